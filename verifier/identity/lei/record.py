"""What a register says of one legal entity, and what it means.

"Active" means: the entity is ACTIVE and its registration is in force. A registration that is LAPSED while the entity is ACTIVE
is common; it is still the same entity, so what it issued is believed with a note, and nothing new is issued. RETIRED,
ANNULLED, DUPLICATE and entities that are INACTIVE have ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from schemas.errors import FormatError
from verifier.documents import parse_stamp

_IN_FORCE = frozenset({"ISSUED", "PENDING_TRANSFER", "PENDING_ARCHIVAL"})


class Standing(StrEnum):
    """What an LEI record means for a hospital."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    ENDED = "ended"


class Source(StrEnum):
    """Where a record came from."""

    REGISTER = "register"
    """The register's API, just now or as remembered; `as_of` says which."""
    INDEX = "index"
    """An index made from a published file; `as_of` is when the file was published."""


@dataclass(frozen=True, slots=True)
class OtherName:
    """Another name of a legal entity, with its language tag (empty when the register gives none)."""

    value: str
    language: str


@dataclass(frozen=True, slots=True)
class LeiRecord:
    """What the register says of one legal entity. `as_of` is when it said so, `registered_at` the code of its home register."""

    lei: str
    legal_name: str
    language: str
    other_names: tuple[OtherName, ...]
    jurisdiction: str
    country: str
    registered_as: str
    entity_status: str
    registration_status: str
    next_renewal: datetime | None
    managing_lou: str
    as_of: datetime
    registered_at: str = ""
    source: Source = Source.REGISTER

    @property
    def standing(self) -> Standing:
        """Active, lapsed or ended."""
        return standing(self.entity_status, self.registration_status)

    @property
    def active(self) -> bool:
        """Whether new bindings and new credentials may rest on this record, if it is not too old."""
        return self.standing is Standing.ACTIVE


def standing(entity_status: str, registration_status: str) -> Standing:
    """What the two statuses of an LEI record mean together."""
    if entity_status != "ACTIVE":
        return Standing.ENDED
    if registration_status in _IN_FORCE:
        return Standing.ACTIVE
    return Standing.LAPSED if registration_status == "LAPSED" else Standing.ENDED


def read_record(data: Any, *, as_of: datetime, source: Source = Source.REGISTER) -> LeiRecord:
    """The record in one JSON:API resource of the GLEIF API (`data` of `/lei-records/{lei}`).

    Raises:
        FormatError: `lei.record`, it does not have that shape.
    """
    match data:
        case {
            "attributes": {
                "lei": str(lei),
                "entity": {"legalName": {"name": str(name)}, "status": entity_status} as entity,
                "registration": {"status": str(registration_status)} as registration,
            }
        } if name:
            return LeiRecord(
                lei=lei,
                legal_name=name,
                language=_text(entity["legalName"].get("language")),
                other_names=tuple(_names(entity.get("otherNames"), entity.get("transliteratedOtherNames"))),
                jurisdiction=_text(entity.get("jurisdiction")),
                country=_inner(entity, "legalAddress", "country"),
                registered_as=_text(entity.get("registeredAs")),
                entity_status=_text(entity_status),
                registration_status=registration_status,
                next_renewal=parse_stamp(registration.get("nextRenewalDate")),
                managing_lou=_text(registration.get("managingLou")),
                as_of=as_of,
                registered_at=_inner(entity, "registeredAt", "id"),
                source=source,
            )
    raise FormatError("lei.record", "This is not an LEI record as the GLEIF API gives it.", "Check the register's address.")


def _names(*lists: Any) -> Iterable[OtherName]:
    for names in lists:
        for item in names if isinstance(names, list) else []:
            match item:
                case {"name": str(value)} if value:
                    yield OtherName(value, _text(item.get("language")))


def _inner(entity: dict[str, Any], member: str, name: str) -> str:
    inner = entity.get(member)
    return _text(inner.get(name)) if isinstance(inner, dict) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""Legal Entity Identifiers: the check digits (ISO 17442-1, ISO/IEC 7064 MOD 97-10) and an LEI's record.

"Active" means: the entity is ACTIVE and its registration is in force. A registration that is LAPSED while the entity is ACTIVE
is common; it is still the same entity, so what it issued is believed with a note, and nothing new is issued. RETIRED,
ANNULLED, DUPLICATE and entities that are INACTIVE have ended.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from schemas.errors import FormatError
from verifier.documents import parse_stamp

_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
_IN_FORCE = frozenset({"ISSUED", "PENDING_TRANSFER", "PENDING_ARCHIVAL"})


class Standing(StrEnum):
    """What an LEI record means for a hospital."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class OtherName:
    """Another name of a legal entity, with its language tag (empty when the register gives none)."""

    value: str
    language: str


@dataclass(frozen=True, slots=True)
class LeiRecord:
    """What the register says of one legal entity. `as_of` is when it was read from the register."""

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

    @property
    def standing(self) -> Standing:
        """Active, lapsed or ended."""
        return standing(self.entity_status, self.registration_status)

    @property
    def active(self) -> bool:
        """Whether new bindings and new credentials may rest on this record."""
        return self.standing is Standing.ACTIVE


def standing(entity_status: str, registration_status: str) -> Standing:
    """What the two statuses of an LEI record mean together."""
    if entity_status != "ACTIVE":
        return Standing.ENDED
    if registration_status in _IN_FORCE:
        return Standing.ACTIVE
    return Standing.LAPSED if registration_status == "LAPSED" else Standing.ENDED


def check_digits_ok(lei: str) -> bool:
    """Whether a text is an LEI with right check digits."""
    return bool(_LEI.fullmatch(lei)) and lei[18:] not in ("00", "01", "99") and _number(lei) % 97 == 1


def check_digits(first_18: str) -> str:
    """The two check digits for the first 18 characters of an LEI.

    Raises:
        FormatError: `lei.malformed`, not 18 digits and capital letters.
    """
    if not _LEI.fullmatch(f"{first_18}00"):
        raise FormatError("lei.malformed", "An LEI starts with 18 digits and capital letters.", "Look for lower case and spaces.")
    return f"{98 - _number(f'{first_18}00') % 97:02d}"


def require_lei(lei: str) -> str:
    """The LEI itself, when its check digits are right.

    Raises:
        FormatError: `lei.malformed`.
    """
    if not check_digits_ok(lei):
        raise FormatError("lei.malformed", "This is not an LEI: its check digits do not fit.", "Compare all 20 characters.")
    return lei


def read_record(data: Any, *, as_of: datetime) -> LeiRecord:
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
            address = entity.get("legalAddress")
            country = address.get("country") if isinstance(address, dict) else ""
            return LeiRecord(
                lei=lei,
                legal_name=name,
                language=_text(entity["legalName"].get("language")),
                other_names=tuple(_names(entity.get("otherNames"), entity.get("transliteratedOtherNames"))),
                jurisdiction=_text(entity.get("jurisdiction")),
                country=_text(country),
                registered_as=_text(entity.get("registeredAs")),
                entity_status=_text(entity_status),
                registration_status=registration_status,
                next_renewal=parse_stamp(registration.get("nextRenewalDate")),
                managing_lou=_text(registration.get("managingLou")),
                as_of=as_of,
            )
    raise FormatError("lei.record", "This is not an LEI record as the GLEIF API gives it.", "Check the register's address.")


def _names(*lists: Any) -> Iterable[OtherName]:
    for names in lists:
        for item in names if isinstance(names, list) else []:
            match item:
                case {"name": str(value)} if value:
                    yield OtherName(value, _text(item.get("language")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(lei: str) -> int:
    return int("".join(str(int(character, 36)) for character in lei))

"""One legal entity as a row of the index: made from the three forms GLEIF publishes, given back as the GLEIF API gives it.

    JSON:API resource      {"attributes": {"lei", "entity": {…}, "registration": {…}}}
    golden copy JSON       {"LEI": {"$": …}, "Entity": {…}, "Registration": {…}}
    golden copy CSV        see `golden_csv`

Kept is what identifies, names, places and dates an entity and its registration; not events, other addresses, mappings to other
identifiers and who validated what else. Empty text stands for what a register does not say.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from schemas.errors import FormatError
from verifier.documents import parse_stamp
from verifier.identity.lei.record import LeiRecord, OtherName, Source

COLUMNS = (
    "lei",
    "legal_name",
    "language",
    "other_names",
    "legal_address",
    "headquarters",
    "country",
    "jurisdiction",
    "registered_at",
    "registered_as",
    "category",
    "sub_category",
    "legal_form",
    "entity_status",
    "created",
    "successors",
    "first_registered",
    "last_update",
    "registration_status",
    "next_renewal",
    "managing_lou",
    "corroboration",
    "validated_at",
    "validated_as",
)
"""Every column is text; `other_names`, the two addresses and `successors` are JSON, empty when there is nothing."""

type Entry = tuple[str, ...]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ADDRESS = ("language", "addressLines", "city", "region", "country", "postalCode")
RECORD_COLUMNS = (
    "lei, legal_name, language, other_names, jurisdiction, country, registered_as, entity_status, registration_status, "
    "next_renewal, managing_lou, registered_at"
)


def entry(values: Mapping[str, str], *, names: Iterable[list[Any]], legal: list[Any], seat: list[Any], heirs: list[str]) -> Entry:
    """A row.

    Args:
        values: the plain columns by name.
        names: other names, each `[name, language, type, 1 when transliterated else 0]`.
        legal, seat: addresses, each `[language, lines, city, region, country, postal code]`.
        heirs: LEIs of successors.
    """
    others = [name for name in names if name[0]]
    made = {
        "other_names": _encode(others) if others else "",
        "legal_address": _encode(legal) if any(legal) else "",
        "headquarters": _encode(seat) if any(seat) and seat != legal else "",
        "country": legal[4],
        "successors": _encode(heirs) if heirs else "",
    }
    return tuple([made[column] if column in made else values.get(column, "") for column in COLUMNS])


def from_resource(resource: Any) -> Entry:
    """A row from a JSON:API resource.

    Raises:
        FormatError: `lei.record`.
    """
    match resource:
        case {"attributes": {"lei": str(lei), "entity": dict(entity), "registration": dict(registration)}}:
            pass
        case _:
            raise FormatError("lei.record", "This is not an LEI record as the GLEIF API gives it.", "Check the file.")
    legal_name = _dict(entity.get("legalName"))
    values = {
        "lei": lei,
        "legal_name": _text(legal_name.get("name")),
        "language": _text(legal_name.get("language")),
        "jurisdiction": _text(entity.get("jurisdiction")),
        "registered_at": _text(_dict(entity.get("registeredAt")).get("id")),
        "registered_as": _text(entity.get("registeredAs")),
        "category": _text(entity.get("category")),
        "sub_category": _text(entity.get("subCategory")),
        "legal_form": _text(_dict(entity.get("legalForm")).get("id")),
        "entity_status": _text(entity.get("status")),
        "created": _text(entity.get("creationDate")),
        "first_registered": _text(registration.get("initialRegistrationDate")),
        "last_update": _text(registration.get("lastUpdateDate")),
        "registration_status": _text(registration.get("status")),
        "next_renewal": _text(registration.get("nextRenewalDate")),
        "managing_lou": _text(registration.get("managingLou")),
        "corroboration": _text(registration.get("corroborationLevel")),
        "validated_at": _text(_dict(registration.get("validatedAt")).get("id")),
        "validated_as": _text(registration.get("validatedAs")),
    }
    names = [
        [_text(name.get("name")), _text(name.get("language")), _text(name.get("type")), transliterated]
        for transliterated, member in enumerate(("otherNames", "transliteratedOtherNames"))
        for name in _dicts(entity.get(member))
    ]
    heirs = _dicts(entity.get("successorEntities")) or [_dict(entity.get("successorEntity"))]
    return entry(
        values,
        names=names,
        legal=_address(_dict(entity.get("legalAddress"))),
        seat=_address(_dict(entity.get("headquartersAddress"))),
        heirs=[heir["lei"] for heir in heirs if _text(heir.get("lei"))],
    )


def from_golden(record: Any) -> Entry:
    """A row from a record of the golden copy in JSON, where `$` is an element's text and `@…` its attributes.

    Raises:
        FormatError: `lei.record`.
    """
    match record:
        case {"LEI": lei, "Entity": dict(entity), "Registration": dict(registration)}:
            pass
        case _:
            raise FormatError("lei.record", "This is not a record of the LEI golden copy.", "Check the file.")
    authority = _dict(entity.get("RegistrationAuthority"))
    validation = _dict(registration.get("ValidationAuthority"))
    values = {
        "lei": _element(lei),
        "legal_name": _element(entity.get("LegalName")),
        "language": _language(entity.get("LegalName")),
        "jurisdiction": _element(entity.get("LegalJurisdiction")),
        "registered_at": _element(authority.get("RegistrationAuthorityID")),
        "registered_as": _element(authority.get("RegistrationAuthorityEntityID")),
        "category": _element(entity.get("EntityCategory")),
        "sub_category": _element(entity.get("EntitySubCategory")),
        "legal_form": _element(_dict(entity.get("LegalForm")).get("EntityLegalFormCode")),
        "entity_status": _element(entity.get("EntityStatus")),
        "created": _element(entity.get("EntityCreationDate")),
        "first_registered": _element(registration.get("InitialRegistrationDate")),
        "last_update": _element(registration.get("LastUpdateDate")),
        "registration_status": _element(registration.get("RegistrationStatus")),
        "next_renewal": _element(registration.get("NextRenewalDate")),
        "managing_lou": _element(registration.get("ManagingLOU")),
        "corroboration": _element(registration.get("ValidationSources")),
        "validated_at": _element(validation.get("ValidationAuthorityID")),
        "validated_as": _element(validation.get("ValidationAuthorityEntityID")),
    }
    names = [
        [_element(name), _language(name), _text(name.get("@type")), transliterated]
        for transliterated, (outer, inner) in enumerate(
            (
                ("OtherEntityNames", "OtherEntityName"),
                ("TransliteratedOtherEntityNames", "TransliteratedOtherEntityName"),
            )
        )
        for name in _dicts(_dict(entity.get(outer)).get(inner))
    ]
    heirs = [_element(heir.get("SuccessorLEI")) for heir in _dicts(entity.get("SuccessorEntity"))]
    return entry(
        values,
        names=names,
        legal=_golden_address(_dict(entity.get("LegalAddress"))),
        seat=_golden_address(_dict(entity.get("HeadquartersAddress"))),
        heirs=[heir for heir in heirs if heir],
    )


def to_record(row: Entry, *, as_of: datetime) -> LeiRecord:
    """The record in a row of `RECORD_COLUMNS`."""
    lei, legal_name, language, others, jurisdiction, country, number, entity_status, status, renewal, lou, authority = row
    return LeiRecord(
        lei,
        legal_name,
        language,
        tuple([OtherName(name[0], name[1]) for name in json.loads(others)]) if others else (),
        jurisdiction,
        country,
        number,
        entity_status,
        status,
        parse_stamp(renewal) if renewal else None,
        lou,
        as_of,
        authority,
        Source.INDEX,
    )


def to_resource(row: Entry) -> dict[str, Any]:
    """The JSON:API resource of a row of `COLUMNS`, as `/lei-records/{lei}` has it in `data`."""
    known = dict(zip(COLUMNS, row, strict=True))
    legal = json.loads(known["legal_address"]) if known["legal_address"] else ["", [], "", "", "", ""]
    seat = json.loads(known["headquarters"]) if known["headquarters"] else legal
    names = json.loads(known["other_names"]) if known["other_names"] else []
    heirs = json.loads(known["successors"]) if known["successors"] else []
    entity = {
        "legalName": {"name": known["legal_name"], "language": known["language"] or None},
        "otherNames": [_name(name) for name in names if not name[3]],
        "transliteratedOtherNames": [_name(name) for name in names if name[3]],
        "legalAddress": _shown_address(legal),
        "headquartersAddress": _shown_address(seat),
        "registeredAt": {"id": known["registered_at"] or None, "other": None},
        "registeredAs": known["registered_as"] or None,
        "jurisdiction": known["jurisdiction"] or None,
        "category": known["category"] or None,
        "subCategory": known["sub_category"] or None,
        "legalForm": {"id": known["legal_form"] or None, "other": None},
        "status": known["entity_status"] or None,
        "creationDate": known["created"] or None,
        "successorEntity": {"lei": heirs[0] if heirs else None, "name": None},
        "successorEntities": [{"lei": heir, "name": None} for heir in heirs],
    }
    registration = {
        "initialRegistrationDate": known["first_registered"] or None,
        "lastUpdateDate": known["last_update"] or None,
        "status": known["registration_status"] or None,
        "nextRenewalDate": known["next_renewal"] or None,
        "managingLou": known["managing_lou"] or None,
        "corroborationLevel": known["corroboration"] or None,
        "validatedAt": {"id": known["validated_at"] or None, "other": None},
        "validatedAs": known["validated_as"] or None,
    }
    attributes = {"lei": known["lei"], "entity": entity, "registration": registration}
    return {"type": "lei-records", "id": known["lei"], "attributes": attributes}


def _name(name: list[Any]) -> dict[str, str | None]:
    return {"name": name[0], "language": name[1] or None, "type": name[2] or None}


def _shown_address(address: list[Any]) -> dict[str, Any]:
    return {
        member: value or (value if member == "addressLines" else None) for member, value in zip(_ADDRESS, address, strict=True)
    }


def _address(address: dict[str, Any]) -> list[Any]:
    lines = address.get("addressLines")
    plain = [_text(address.get(member)) for member in _ADDRESS]
    plain_lines = [line for line in lines if _text(line)] if isinstance(lines, list) else []
    return [plain[0], plain_lines, *plain[2:]]


def _golden_address(address: dict[str, Any]) -> list[Any]:
    more = [_element(line) for line in _dicts(address.get("AdditionalAddressLine"))]
    lines = [_element(address.get("FirstAddressLine")), *more]
    rest = [_element(address.get(member)) for member in ("City", "Region", "Country", "PostalCode")]
    return [_language(address), [line for line in lines if line], *rest]


def _element(value: Any) -> str:
    return _text(value.get("$")) if isinstance(value, dict) else _text(value)


def _language(value: Any) -> str:
    return _text(value.get("@xml:lang")) if isinstance(value, dict) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

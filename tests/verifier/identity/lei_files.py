"""Published files with invented legal entities, as GLEIF would publish them: golden copies in CSV and JSON, resources of its API.

Every entity is made from its number, so that a file of three million rows needs no memory and two runs make the same.
"""

import csv
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verifier.identity.lei import check_digits

PUBLISHED = "20261124-0800-gleif-goldencopy-lei2-golden-copy"
LATER = "20261124-1600-gleif-goldencopy-lei2-intra-day-delta"
_ENGLISH = (
    "Harbour",
    "Mountain",
    "River",
    "Garden",
    "Island",
    "Northern",
    "Eastern",
    "Golden",
    "Silver",
    "Jade",
    "Lotus",
    "Pearl",
)
_TRADE = (
    "Hospital",
    "Clinic",
    "Trading",
    "Holdings",
    "Logistics",
    "Pharmacy",
    "Capital",
    "Marine",
    "Textiles",
    "Foods",
    "Energy",
)
_ENDING = ("Limited", "GmbH", "S.A.", "PLC", "Inc.", "B.V.", "Lda.", "Pty Ltd", "AG", "LLC")
_SYLLABLES = [onset + vowel + end for onset in "bdfghjklmnprstvwz" for vowel in "aeiou" for end in ("", "n", "r", "l", "s")]
_PLACES = ("深圳", "广州", "北京", "上海", "珠海", "香港", "澳門", "九龍", "東莞", "佛山", "中山", "惠州")
_MIDDLE = ("海湾", "明德", "康宁", "仁愛", "和平", "建国", "長江", "南方", "新华", "永安", "福田", "中信", "龍騰", "天成")
_KINDS = ("医院有限公司", "貿易有限公司", "科技股份有限公司", "醫療集團", "投资有限公司", "药业有限公司", "物流有限公司")
_PORTUGUESE = ("São João", "Misericórdia", "Conceição", "Açoriana", "Coração", "Atlântico", "Município", "Saúde")
_COUNTRIES = ("US", "DE", "GB", "IN", "IT", "NL", "CN", "HK", "MO", "PT", "SG", "JP")


@dataclass(frozen=True)
class Entity:
    """One invented legal entity."""

    lei: str
    name: str
    language: str
    country: str
    others: tuple[tuple[str, str, str], ...] = ()
    transliterated: tuple[tuple[str, str, str], ...] = ()
    number: str = ""
    authority: str = "RA999999"
    status: str = "ACTIVE"
    registration: str = "ISSUED"
    renewal: str = "2027-06-30T00:00:00Z"

    def but(self, **changes: Any) -> "Entity":
        return replace(self, **changes)


HARBOUR = Entity(
    "984500HKTESTHOSP0164",
    "維港示範醫院",
    "zh",
    "HK",
    others=(("Harbour Demonstration Hospital", "en", "ALTERNATIVE_LANGUAGE_LEGAL_NAME"),),
    transliterated=(("Wai Kong Si Faan Ji Jyun", "zh", "PREFERRED_ASCII_TRANSLITERATED_LEGAL_NAME"),),
    number="1234567",
    authority="RA000388",
)
BAY = Entity(
    "984500SZTESTHOSP0152",
    "深圳湾示范医院",
    "zh",
    "CN",
    others=(("Shenzhen Bay Demonstration Hospital", "en", "ALTERNATIVE_LANGUAGE_LEGAL_NAME"),),
    number="91440300SYNTHETIC1",
    authority="RA000092",
)
MERCY = Entity(
    f"984500MOTESTMISE01{check_digits('984500MOTESTMISE01')}",
    "Santa Casa da Misericórdia de Demonstração, S.A.",
    "pt",
    "MO",
    others=(("示範仁慈堂", "zh", "ALTERNATIVE_LANGUAGE_LEGAL_NAME"),),
    number="SO 4711",
)
KNOWN = (HARBOUR, BAY, MERCY)


def synthetic(number: int) -> Entity:
    """The `number`-th invented entity. One in six is Chinese, one in twelve Portuguese; LEIs are in no order."""
    dice = random.Random(number)
    first = f"{dice.choice(('9845', '5493', '2138', '8368'))}00{dice.getrandbits(59):012X}"[:18]
    lei = first + check_digits(first)
    kind = number % 12
    syllables = "".join(dice.choices(_SYLLABLES, k=3)).capitalize()
    english = f"{syllables} {dice.choice(_ENGLISH)} {dice.choice(_TRADE)} {dice.choice(_ENDING)}"
    registered = f"{number:08d}{dice.randrange(100):02d}"
    if kind in (0, 1):
        name = dice.choice(_PLACES) + dice.choice(_MIDDLE) + dice.choice(_MIDDLE) + dice.choice(_KINDS)
        others = ((english, "en", "ALTERNATIVE_LANGUAGE_LEGAL_NAME"),)
        return Entity(lei, name, "zh", ("CN", "HK")[kind], others=others, number=registered, authority="RA000092")
    if kind == 2:
        return Entity(lei, f"{syllables} {dice.choice(_PORTUGUESE)}, Lda.", "pt", dice.choice(("PT", "MO")), number=registered)
    return Entity(lei, english, "en", dice.choice(_COUNTRIES), number=registered)


def header() -> list[str]:
    """The columns, as many of each kind as the golden copy has of those that are read, and some that are not."""
    address = ("FirstAddressLine", "AddressNumber", *(f"AdditionalAddressLine.{n}" for n in (1, 2, 3)), "City", "Region")
    address = ("xmllang", *address, "Country", "PostalCode")
    other, also = "Entity.OtherEntityNames.OtherEntityName", "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName"
    return [
        "LEI",
        "Entity.LegalName",
        "Entity.LegalName.xmllang",
        *(f"{stem}.{number}{end}" for stem in (other, also) for number in range(1, 6) for end in ("", ".xmllang", ".type")),
        *(f"Entity.LegalAddress.{name}" for name in address),
        *(f"Entity.HeadquartersAddress.{name}" for name in address),
        "Entity.RegistrationAuthority.RegistrationAuthorityID",
        "Entity.RegistrationAuthority.RegistrationAuthorityEntityID",
        "Entity.LegalJurisdiction",
        "Entity.EntityCategory",
        "Entity.LegalForm.EntityLegalFormCode",
        "Entity.EntityStatus",
        "Entity.EntityCreationDate",
        "Entity.SuccessorEntity.1.SuccessorLEI",
        "Registration.InitialRegistrationDate",
        "Registration.LastUpdateDate",
        "Registration.RegistrationStatus",
        "Registration.NextRenewalDate",
        "Registration.ManagingLOU",
        "Registration.ValidationSources",
        "Registration.ValidationAuthority.ValidationAuthorityID",
        "Registration.ValidationAuthority.ValidationAuthorityEntityID",
    ]


def _cells(entity: Entity) -> dict[str, str]:
    cells = {
        "LEI": entity.lei,
        "Entity.LegalName": entity.name,
        "Entity.LegalName.xmllang": entity.language,
        "Entity.RegistrationAuthority.RegistrationAuthorityID": entity.authority,
        "Entity.RegistrationAuthority.RegistrationAuthorityEntityID": entity.number,
        "Entity.LegalJurisdiction": entity.country,
        "Entity.EntityCategory": "GENERAL",
        "Entity.LegalForm.EntityLegalFormCode": "8888",
        "Entity.EntityStatus": entity.status,
        "Entity.EntityCreationDate": "2001-02-03T00:00:00Z",
        "Registration.InitialRegistrationDate": "2024-01-02T00:00:00Z",
        "Registration.LastUpdateDate": "2026-06-30T08:00:00Z",
        "Registration.RegistrationStatus": entity.registration,
        "Registration.NextRenewalDate": entity.renewal,
        "Registration.ManagingLOU": "506700GE1G29325QX363",
        "Registration.ValidationSources": "FULLY_CORROBORATED",
    }
    for stem, names in (
        ("Entity.OtherEntityNames.OtherEntityName", entity.others),
        ("Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName", entity.transliterated),
    ):
        for number, (name, language, kind) in enumerate(names, 1):
            cells |= {f"{stem}.{number}": name, f"{stem}.{number}.xmllang": language, f"{stem}.{number}.type": kind}
    for stem in ("Entity.LegalAddress", "Entity.HeadquartersAddress"):
        cells |= {
            f"{stem}.xmllang": entity.language,
            f"{stem}.FirstAddressLine": "1 Demonstration Road",
            f"{stem}.City": "Synthetic",
            f"{stem}.Country": entity.country,
            f"{stem}.PostalCode": "999077",
        }
    return cells


def write_csv(path: Path, entities: Iterable[Entity]) -> Path:
    """A golden copy in CSV."""
    columns = header()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(columns)
        for entity in entities:
            cells = _cells(entity)
            writer.writerow([cells.get(column, "") for column in columns])
    return path


def resource(entity: Entity) -> dict[str, Any]:
    """The entity as the GLEIF API gives it."""
    address = {
        "language": entity.language,
        "addressLines": ["1 Demonstration Road"],
        "city": "Synthetic",
        "region": None,
        "country": entity.country,
        "postalCode": "999077",
    }

    def listed(names: tuple[tuple[str, str, str], ...]) -> list[dict[str, str]]:
        return [{"name": name, "language": language, "type": kind} for name, language, kind in names]

    return {
        "type": "lei-records",
        "id": entity.lei,
        "attributes": {
            "lei": entity.lei,
            "entity": {
                "legalName": {"name": entity.name, "language": entity.language},
                "otherNames": listed(entity.others),
                "transliteratedOtherNames": listed(entity.transliterated),
                "legalAddress": address,
                "headquartersAddress": address,
                "registeredAt": {"id": entity.authority, "other": None},
                "registeredAs": entity.number or None,
                "jurisdiction": entity.country,
                "category": "GENERAL",
                "subCategory": None,
                "legalForm": {"id": "8888", "other": None},
                "status": entity.status,
                "creationDate": "2001-02-03T00:00:00Z",
                "successorEntity": {"lei": None, "name": None},
                "successorEntities": [],
            },
            "registration": {
                "initialRegistrationDate": "2024-01-02T00:00:00Z",
                "lastUpdateDate": "2026-06-30T08:00:00Z",
                "status": entity.registration,
                "nextRenewalDate": entity.renewal,
                "managingLou": "506700GE1G29325QX363",
                "corroborationLevel": "FULLY_CORROBORATED",
                "validatedAt": {"id": None, "other": None},
                "validatedAs": None,
            },
        },
    }


def golden(entity: Entity) -> dict[str, Any]:
    """The entity as the golden copy has it in JSON."""
    address = {
        "@xml:lang": entity.language,
        "FirstAddressLine": {"$": "1 Demonstration Road"},
        "City": {"$": "Synthetic"},
        "Country": {"$": entity.country},
        "PostalCode": {"$": "999077"},
    }

    def listed(names: tuple[tuple[str, str, str], ...]) -> list[dict[str, str]]:
        return [{"$": name, "@xml:lang": language, "@type": kind} for name, language, kind in names]

    return {
        "LEI": {"$": entity.lei},
        "Entity": {
            "LegalName": {"@xml:lang": entity.language, "$": entity.name},
            "OtherEntityNames": {"OtherEntityName": listed(entity.others)},
            "TransliteratedOtherEntityNames": {"TransliteratedOtherEntityName": listed(entity.transliterated)},
            "LegalAddress": address,
            "HeadquartersAddress": address,
            "RegistrationAuthority": {
                "RegistrationAuthorityID": {"$": entity.authority},
                "RegistrationAuthorityEntityID": {"$": entity.number},
            },
            "LegalJurisdiction": {"$": entity.country},
            "EntityCategory": {"$": "GENERAL"},
            "LegalForm": {"EntityLegalFormCode": {"$": "8888"}},
            "EntityStatus": {"$": entity.status},
            "EntityCreationDate": {"$": "2001-02-03T00:00:00Z"},
        },
        "Registration": {
            "InitialRegistrationDate": {"$": "2024-01-02T00:00:00Z"},
            "LastUpdateDate": {"$": "2026-06-30T08:00:00Z"},
            "RegistrationStatus": {"$": entity.registration},
            "NextRenewalDate": {"$": entity.renewal},
            "ManagingLOU": {"$": "506700GE1G29325QX363"},
            "ValidationSources": {"$": "FULLY_CORROBORATED"},
        },
    }


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def some(number: int) -> Iterator[Entity]:
    """The entities that tests look for, and `number` others."""
    yield from KNOWN
    yield from map(synthetic, range(number))

"""The golden copy's CSV: columns found by name, rows read one at a time.

Refused: a file without the columns that make a record, a row with another number of fields than the header has, a field or a
line that does not end. Rows are streamed; the longest field is the csv module's 128 kB, the longest line 4 MB.
"""

import csv
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from schemas.errors import FormatError
from verifier.identity.lei.entry import Entry, entry

NEEDED = ("LEI", "Entity.LegalName", "Entity.EntityStatus", "Registration.RegistrationStatus")
_PLAIN = {
    "lei": "LEI",
    "legal_name": "Entity.LegalName",
    "language": "Entity.LegalName.xmllang",
    "jurisdiction": "Entity.LegalJurisdiction",
    "registered_at": "Entity.RegistrationAuthority.RegistrationAuthorityID",
    "registered_as": "Entity.RegistrationAuthority.RegistrationAuthorityEntityID",
    "category": "Entity.EntityCategory",
    "sub_category": "Entity.EntitySubCategory",
    "legal_form": "Entity.LegalForm.EntityLegalFormCode",
    "entity_status": "Entity.EntityStatus",
    "created": "Entity.EntityCreationDate",
    "first_registered": "Registration.InitialRegistrationDate",
    "last_update": "Registration.LastUpdateDate",
    "registration_status": "Registration.RegistrationStatus",
    "next_renewal": "Registration.NextRenewalDate",
    "managing_lou": "Registration.ManagingLOU",
    "corroboration": "Registration.ValidationSources",
    "validated_at": "Registration.ValidationAuthority.ValidationAuthorityID",
    "validated_as": "Registration.ValidationAuthority.ValidationAuthorityEntityID",
}
_NAMES = (
    "Entity.OtherEntityNames.OtherEntityName",
    "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName",
)
_ADDRESSES = ("Entity.LegalAddress", "Entity.HeadquartersAddress")
_LONGEST_LINE = 4 * 1024 * 1024
_LINES = ("FirstAddressLine", "AdditionalAddressLine.1", "AdditionalAddressLine.2", "AdditionalAddressLine.3")
_REST = ("City", "Region", "Country", "PostalCode")

type Row = list[str]


def csv_rows(text: TextIO) -> tuple[Iterator[Row], Callable[[Row], Entry]]:
    """The rows of a golden copy, and what makes an index row of one.

    Raises:
        FormatError: `lei.file_columns`; while the rows are read, `lei.file_row`.
    """
    rows = _rows(csv.reader(_lines(text), strict=True))
    header = next(rows, [])
    if missing := [name for name in NEEDED if name not in header]:
        raise FormatError(
            "lei.file_columns",
            f"This file has no column {missing[0]}.",
            "Give GLEIF's golden copy of level 1 data (lei2) in CSV.",
        )
    return rows, _maker(header)


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise FormatError("lei.file_too_large", "A line in this file is longer than any LEI record.", "Check the file.")
        yield line


def _rows(reader: Any) -> Iterator[Row]:
    width = 0
    try:
        for row in reader:
            width = width or len(row)
            if len(row) != width:
                raise FormatError(
                    "lei.file_row",
                    f"Line {reader.line_num} has {len(row)} fields, the header has {width}.",
                    "Download the file again.",
                )
            yield row
    except csv.Error as error:
        raise FormatError("lei.file_row", f"Line {reader.line_num} is not CSV.", "Download the file again.") from error


def _maker(header: Row) -> Callable[[Row], Entry]:
    place = {name: number for number, name in enumerate(header)}
    plain = [(column, place[name]) for column, name in _PLAIN.items() if name in place]
    names = [
        (place[f"{stem}.{number}"], place.get(f"{stem}.{number}.xmllang"), place.get(f"{stem}.{number}.type"), transliterated)
        for transliterated, stem in enumerate(_NAMES)
        for number in range(1, 10)
        if f"{stem}.{number}" in place
    ]
    legal, seat = (_address_maker(place, stem) for stem in _ADDRESSES)
    heirs = [place[name] for number in range(1, 6) if (name := f"Entity.SuccessorEntity.{number}.SuccessorLEI") in place]

    def make(row: Row) -> Entry:
        others = [
            [row[name], "" if language is None else row[language], "" if kind is None else row[kind], transliterated]
            for name, language, kind, transliterated in names
            if row[name]
        ]
        return entry(
            {column: row[number] for column, number in plain},
            names=others,
            legal=legal(row),
            seat=seat(row),
            heirs=[row[number] for number in heirs if row[number]],
        )

    return make


def _address_maker(place: dict[str, int], stem: str) -> Callable[[Row], list[Any]]:
    language = place.get(f"{stem}.xmllang")
    lines = [place[name] for line in _LINES if (name := f"{stem}.{line}") in place]
    rest = [place.get(f"{stem}.{name}") for name in _REST]

    def make(row: Row) -> list[Any]:
        return [
            "" if language is None else row[language],
            [row[number] for number in lines if row[number]],
            *("" if number is None else row[number] for number in rest),
        ]

    return make

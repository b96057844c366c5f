"""The JSON:API documents of the GLEIF API as values: one record, a page of records, completions, issuers.

The API is trusted for what it says, not for its form: whatever does not have the expected shape is `lei.garbage`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.errors import FormatError
from verifier.documents import parse_stamp
from verifier.identity.lei.record import LeiRecord, Source, read_record
from verifier.identity.lei.upstream import garbage


@dataclass(frozen=True, slots=True)
class Completion:
    """A name that begins or sounds like what was typed, and whose it is (empty when the register does not say)."""

    value: str
    lei: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody who issues LEIs (a local operating unit) or vLEI credentials, and since when it is accredited or qualified."""

    lei: str
    name: str
    marketing_name: str
    website: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records; `last` is the number of the last page."""

    records: tuple[LeiRecord, ...]
    resources: tuple[dict[str, Any], ...]
    last: int


def one_record(document: Mapping[str, Any], at: datetime) -> LeiRecord:
    """The record in `{"data": {…}}`.

    Raises:
        SourceError: `lei.garbage`.
    """
    return _record(document.get("data"), document, at)


def record_page(document: Mapping[str, Any], at: datetime) -> Page:
    """The records in `{"meta": {"pagination": …}, "data": [{…}]}`.

    Raises:
        SourceError: `lei.garbage`.
    """
    resources = tuple(_list(document))
    records = tuple(_record(resource, document, at) for resource in resources)
    match document:
        case {"meta": {"pagination": {"lastPage": int(last)}}}:
            return Page(records, resources, last)
    return Page(records, resources, 1)


def completions(document: Mapping[str, Any], at: datetime) -> tuple[Completion, ...]:
    """The names in an answer of `/fuzzycompletions` or `/autocompletions`.

    Raises:
        SourceError: `lei.garbage`.
    """
    return tuple(_completion(resource) for resource in _list(document))


def issuers(document: Mapping[str, Any], at: datetime) -> tuple[Issuer, ...]:
    """The issuers in an answer of `/vlei-issuers` or `/lei-issuers`.

    Raises:
        SourceError: `lei.garbage`.
    """
    return tuple(_issuer(resource) for resource in _list(document))


def one_issuer(document: Mapping[str, Any], at: datetime) -> Issuer:
    """The issuer in an answer of `/lei-records/{lei}/lei-issuer` or `…/managing-lou`.

    Raises:
        SourceError: `lei.garbage`.
    """
    return _issuer(document.get("data"))


def _list(document: Mapping[str, Any]) -> Iterator[Any]:
    data = document.get("data")
    if not isinstance(data, list):
        raise garbage()
    yield from data


def _record(resource: Any, document: Mapping[str, Any], at: datetime) -> LeiRecord:
    """`as_of` is when the register answered, unless the answer itself says that it is older: a look-up service over a file."""
    as_of, source = at, Source.REGISTER
    match document.get("meta"):
        case {"as_of": said, **rest} if stamp := parse_stamp(said):
            as_of, source = min(at, stamp), Source.INDEX if rest.get("source") == Source.INDEX else Source.REGISTER
    try:
        return read_record(resource, as_of=as_of, source=source)
    except FormatError as error:
        raise garbage() from error


def _completion(resource: Any) -> Completion:
    match resource:
        case {"attributes": {"value": str(value)}, "relationships": {"lei-records": {"data": {"id": str(lei)}}}}:
            return Completion(value, lei)
        case {"attributes": {"value": str(value)}}:
            return Completion(value, "")
    raise garbage()


def _issuer(resource: Any) -> Issuer:
    match resource:
        case {"attributes": {"lei": str(lei), "entity": {"legalName": {"name": str(name)}}}}:
            return Issuer(lei, name, "", "", None)
        case {"attributes": {"lei": str(lei), "name": str(name)} as attributes}:
            since = attributes.get("qualificationDate") or attributes.get("accreditationDate")
            return Issuer(lei, name, _text(attributes.get("marketingName")), _text(attributes.get("website")), parse_stamp(since))
    raise garbage()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

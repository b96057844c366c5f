"""Does the register have this hospital already, under this LEI or another one?

Order: the applied name as written and as folded, and each of its languages by itself; the number in the home register; the
address. What comes back is compared here, and each candidate says why it is one. Nothing is decided by a search: a person records
the outcome. The register is asked at most once a second, so a search takes a few seconds; where it is silent the index is asked.
"""

import asyncio
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from issuer.context import IssuerContext
from issuer.onboarding.checks.applicant import Applicant, applicant
from issuer.onboarding.checks.checklist import OTHER_LEI
from issuer.onboarding.checks.evidence import papers
from issuer.onboarding.checks.names import Pair, compare, fold
from issuer.onboarding.checks.slots import Slot
from issuer.onboarding.checks.tables import DuplicateSearch
from schemas.errors import InputError, NotFoundError, SourceError, StateError
from verifier.identity.lei import GleifApi, LeiRecord, LeiSource, TwoSources
from verifier.identity.lei.index import LeiIndex

MOST = 20
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


class Why(StrEnum):
    """Why a record is a candidate."""

    OWN_LEI = "own_lei"
    NAME_SAME = "name_same"
    NAME_NORMALISED = "name_normalised"
    NAME_SIMILAR = "name_similar"
    NUMBER = "number"
    NUMBER_ELSEWHERE = "number_elsewhere"
    ADDRESS = "address"


class Outcome(StrEnum):
    """What the checker made of the candidates."""

    NONE = "none"
    """None of them is this hospital."""
    SAME_LEI = "same_lei"
    """The one with the LEI applied with is this hospital; no other is."""
    OTHER_LEI = OTHER_LEI


class Finder(Protocol):
    """Where records are searched for. Each raises SourceError when it has no answer."""

    async def named(self, name: str, country: str) -> Iterable[LeiRecord]: ...
    async def registered(self, number: str) -> Iterable[LeiRecord]: ...
    async def anywhere(self, text: str, country: str) -> Iterable[LeiRecord]: ...


@dataclass
class Candidates:
    """Records found, each with its reasons."""

    about: Applicant
    number: str = ""
    authority: str = ""
    found: dict[str, tuple[LeiRecord, set[Why]]] = field(default_factory=dict)

    def add(self, records: Iterable[LeiRecord], why: Why) -> None:
        """Take records that were found in one way, and say in which other ways they fit."""
        for record in records:
            _, reasons = self.found.setdefault(record.lei, (record, set()))
            reasons.add(why)
            reasons |= set(self._further(record))

    def _further(self, record: LeiRecord) -> Iterable[Why]:
        if record.lei == self.about.lei:
            yield Why.OWN_LEI
        names = [record.legal_name, *(other.value for other in record.other_names)]
        results = {compare(self.about.name, name, names) for name in names}
        if Pair.SAME in results:
            yield Why.NAME_SAME
        elif Pair.NORMALISED in results:
            yield Why.NAME_NORMALISED
        if self.number and _number(record.registered_as) == _number(self.number):
            yield Why.NUMBER_ELSEWHERE if self.authority and record.registered_at != self.authority else Why.NUMBER

    def as_json(self) -> list[dict[str, Any]]:
        """Best first: by how many ways it was found, then by LEI."""
        ranked = sorted(self.found.values(), key=lambda one: (-len(_strong(one[1])), one[0].lei))
        return [
            {
                "lei": record.lei,
                "legalName": record.legal_name,
                "language": record.language,
                "jurisdiction": record.jurisdiction,
                "entityStatus": record.entity_status,
                "registrationStatus": record.registration_status,
                "registeredAt": record.registered_at,
                "registeredAs": record.registered_as,
                "reasons": sorted(_strong(reasons)),
            }
            for record, reasons in ranked[:MOST]
        ]


async def search(context: IssuerContext, slug: str, *, who: str, finder: Finder | None = None) -> str:
    """Look for a hospital in the register; the id of the search. An LEI record that was not found by its name is no candidate
    for that, but one found by number or address is.

    Raises:
        NotFoundError: `hospital.unknown`. SourceError: neither the register nor an index answered.
    """
    async with context.database.begin() as session:
        about = await applicant(session, context.settings, slug)
        stated = {slot: row.stated for slot, row in (await papers(session, about)).items()}
    try:
        candidates, source = await _look(finder or finder_of(context.lei), about, stated)
    except NotFoundError as error:  # a register that gives single records only
        raise _no_search() from error
    number = str(uuid.UUID(bytes=context.entropy(16), version=4))
    async with context.database.begin() as session:
        session.add(
            DuplicateSearch(
                id=number,
                hospital=slug,
                name=about.name,
                lei=about.lei,
                searched_by=who,
                searched_at=context.clock.now(),
                source=source,
                candidates=candidates.as_json(),
            )
        )
    context.bell.ring(f"hospital:{slug}")
    return number


async def decide(context: IssuerContext, slug: str, search_id: str, outcome: Outcome, *, who: str) -> None:
    """Record what a person made of a search.

    Raises:
        NotFoundError: `duplicates.unknown`. StateError: `duplicates.decided`.
        InputError: `duplicates.outcome`, the LEI applied with is not among the candidates.
    """
    async with context.database.begin() as session:
        row = await session.get(DuplicateSearch, search_id, with_for_update=True)
        if row is None or row.hospital != slug:
            raise NotFoundError("duplicates.unknown", "There is no such search here.", "Look at the checklist again.")
        if row.outcome is not None:
            raise StateError("duplicates.decided", "The outcome of this search is recorded already.", "Search again.")
        leis = {candidate["lei"] for candidate in row.candidates}
        if (outcome is Outcome.SAME_LEI and row.lei not in leis) or (outcome is Outcome.OTHER_LEI and not leis - {row.lei}):
            raise InputError("duplicates.outcome", "No candidate fits this outcome.", "Choose the outcome that the list shows.")
        row.outcome, row.decided_by, row.decided_at = outcome, who, context.clock.now()
    context.bell.ring(f"hospital:{slug}")


def finder_of(source: LeiSource) -> Finder:
    """How to search where the service reads its records.

    Raises:
        SourceError: `lei.no_search`, that source has no search.
    """
    match source:
        case GleifApi():
            return _Register(source)
        case LeiIndex():
            return _Index(source)
        case TwoSources(register=register, index=index):
            return _Both(finder_of(register), finder_of(index))
    raise _no_search()


@dataclass(frozen=True)
class _Register:
    api: GleifApi

    async def named(self, name: str, country: str) -> Iterable[LeiRecord]:
        return await self.api.named(name, country=country, most=MOST)

    async def registered(self, number: str) -> Iterable[LeiRecord]:
        return await self.api.registered(number)

    async def anywhere(self, text: str, country: str) -> Iterable[LeiRecord]:
        return await self.api.search(text, country=country, most=MOST)


@dataclass(frozen=True)
class _Index:
    index: LeiIndex

    async def named(self, name: str, country: str) -> Iterable[LeiRecord]:
        found = await asyncio.to_thread(self.index.similar, name, country=country, most=MOST)
        return [one.record for one in found]

    async def registered(self, number: str) -> Iterable[LeiRecord]:
        return await asyncio.to_thread(self.index.registered, number)

    async def anywhere(self, text: str, country: str) -> Iterable[LeiRecord]:
        return ()  # the index finds names and numbers only


@dataclass(frozen=True)
class _Both:
    """The register, and the index for each question that the register does not answer."""

    register: Finder
    index: Finder

    async def named(self, name: str, country: str) -> Iterable[LeiRecord]:
        try:
            return await self.register.named(name, country)
        except SourceError:
            return await self.index.named(name, country)

    async def registered(self, number: str) -> Iterable[LeiRecord]:
        try:
            return await self.register.registered(number)
        except SourceError:
            return await self.index.registered(number)

    async def anywhere(self, text: str, country: str) -> Iterable[LeiRecord]:
        try:
            return await self.register.anywhere(text, country)
        except SourceError:
            return await self.index.anywhere(text, country)


async def _look(finder: Finder, about: Applicant, stated: Mapping[Slot, Mapping[str, str]]) -> tuple[Candidates, str]:
    extract, address = stated.get(Slot.REGISTRY_EXTRACT, {}), stated.get(Slot.ADDRESS, {})
    country = about.jurisdiction.partition("-")[0]
    candidates = Candidates(about, extract.get("number", ""), extract.get("authority", ""))
    records: list[LeiRecord] = []
    for name in _ways_to_write([about.name, extract.get("name", "")]):
        records += (found := list(await finder.named(name, country)))
        candidates.add(found, Why.NAME_SIMILAR)
    if candidates.number:
        records += (found := list(await finder.registered(candidates.number)))
        candidates.add([one for one in found if _number(one.registered_as) == _number(candidates.number)], Why.NUMBER)
    if address.get("line"):
        records += (found := list(await finder.anywhere(address["line"], country)))
        candidates.add(found, Why.ADDRESS)
    return candidates, next((record.source.value for record in records), "register")


def _ways_to_write(names: Iterable[str]) -> list[str]:
    """A name as it is, its Chinese and its other part by themselves, each also folded; at most six, each once."""
    ways: list[str] = []
    for name in filter(None, names):
        han, rest = " ".join(_HAN.findall(name)), " ".join(_HAN.sub(" ", name).split())
        for part in (han, rest) if han and rest else (name,):
            ways += [part, fold()(part)] if _HAN.search(part) else [part]
    return list(dict.fromkeys(way for way in ways if len(way.strip()) > 1))[:6]


def _strong(reasons: set[Why]) -> set[Why]:
    """Without what a stronger reason says already."""
    weaker = set()
    if reasons & {Why.NAME_SAME, Why.NAME_NORMALISED}:
        weaker.add(Why.NAME_SIMILAR)
    if Why.NUMBER_ELSEWHERE in reasons:
        weaker.add(Why.NUMBER)
    return reasons - weaker


def _number(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())


def _no_search() -> SourceError:
    return SourceError("lei.no_search", "This source of LEI records cannot be searched.", "Set lei_source in agents.yml.")

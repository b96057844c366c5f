"""The GLEIF API as a source of LEI records, read politely and within limits, its answers remembered with their age.

Each question, in order: the check digits, an answer at most `fresh` old from memory, the register (`Upstream`: at most one call
a second). When the register does not answer, an answer at most `usable` old is given instead; a record's `as_of` says how old
it is, and whoever asked decides (a note after a day, no new issuing after three).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

import httpx

from schemas.errors import NotFoundError, SourceError
from verifier.fetch import Limits
from verifier.identity.lei.answers import (
    Completion,
    Issuer,
    Page,
    completions,
    issuers,
    one_issuer,
    one_record,
    record_page,
)
from verifier.identity.lei.digits import require_lei
from verifier.identity.lei.memory import AnswerMemory, Answers
from verifier.identity.lei.record import LeiRecord
from verifier.identity.lei.source import Clock
from verifier.identity.lei.upstream import Upstream, garbage

GLEIF = "https://api.gleif.org/api/v1"
ONE = Limits(max_bytes=256 * 1024, seconds=5.0)
MANY = Limits(max_bytes=8 * 1024 * 1024, seconds=20.0)
BATCH = 200
"""How many LEIs one call may name."""
_MOST_PAGES = 200

type Read[T] = Callable[[dict[str, Any], datetime], T]


class GleifApi:
    """A `LeiSource` over HTTP. One instance serves one event loop; it remembers what it read.

    Args:
        base_url: where the API is, without a slash at the end.
        http: the client that is used.
        clock: for ages and pauses.
        fresh: up to this age a remembered answer is given without asking.
        usable: up to this age a remembered answer is given when the register does not answer.
        memory: where answers are remembered; in memory when not given.
        pause: the least time between two calls.
        sleep: how to wait for the next allowed call.
    """

    def __init__(
        self,
        base_url: str,
        http: httpx.AsyncClient,
        clock: Clock,
        *,
        fresh: timedelta = timedelta(hours=1),
        usable: timedelta = timedelta(hours=72),
        memory: Answers | None = None,
        pause: timedelta = timedelta(seconds=1),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._upstream = Upstream(base_url, http, clock, pause=pause, sleep=sleep)
        self._clock = clock
        self._fresh = fresh
        self._usable = usable
        self._memory = AnswerMemory() if memory is None else memory
        self._one_at_a_time = asyncio.Lock()

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI; `as_of` is when the register gave it.

        Raises:
            FormatError: `lei.malformed`.
            NotFoundError: `lei.not_found`.
            SourceError: `lei.rate_limited`, `lei.garbage`, `lei.status`, `source.timeout`, `source.unreachable`,
                `source.too_large`; each only when no remembered record is usable.
        """
        require_lei(lei)
        return await self._ask(_path(lei), _record_of(lei))

    async def records(self, leis: Iterable[str]) -> dict[str, LeiRecord]:
        """The records of many LEIs, 200 a call. An LEI that the register does not have is missing from the answer.

        Raises:
            FormatError: `lei.malformed`, one of them; nothing was asked.
            SourceError: as `record`; only when something asked for is neither answered nor remembered.
        """
        wanted = dict.fromkeys(require_lei(lei) for lei in leis)
        found = {lei: record for lei in wanted if (record := self._remembered(lei, self._fresh))}
        for batch in batched([lei for lei in wanted if lei not in found], BATCH, strict=False):
            try:
                found |= await self._batch(batch)
            except SourceError:
                usable = {lei: record for lei in batch if (record := self._remembered(lei, self._usable))}
                if len(usable) < len(batch):
                    raise
                found |= usable
        return {lei: found[lei] for lei in wanted if lei in found}

    async def search(self, text: str, *, country: str = "", most: int = 20) -> tuple[LeiRecord, ...]:
        """Records in which a text stands anywhere, the best first.

        Args:
            text: words in any language.
            country: ISO 3166 code of the legal address; any when empty.
            most: how many records, 1 to 200.

        Raises:
            SourceError: as `record`.
        """
        return await self._first_page({"filter[fulltext]": text} | _in(country), most)

    async def named(self, name: str, *, country: str = "", most: int = 20) -> tuple[LeiRecord, ...]:
        """Records with this legal name, or one like it. Arguments and errors as `search`."""
        return await self._first_page({"filter[entity.legalName]": name} | _in(country), most)

    async def registered(self, number: str, *, authority: str = "") -> tuple[LeiRecord, ...]:
        """Records with this number in their home register.

        Args:
            number: as that register writes it, a unified social credit code for example.
            authority: its code at GLEIF (`RA000092`); any when empty.

        Raises:
            SourceError: as `record`.
        """
        found = await self._first_page({"filter[entity.registeredAs]": number}, BATCH)
        return tuple(record for record in found if authority in ("", record.registered_at))

    async def complete(self, text: str) -> tuple[Completion, ...]:
        """Legal names like what was typed so far.

        Raises:
            SourceError: as `record`.
        """
        return await self._ask("/fuzzycompletions", completions, {"field": "entity.legalName", "q": text}, MANY)

    async def direct_parent(self, lei: str) -> LeiRecord | None:
        """Who consolidates the entity directly; None when the register has no such relationship.

        Raises:
            FormatError: `lei.malformed`. SourceError: as `record`.
        """
        return await self._related(lei, "direct-parent", one_record)

    async def ultimate_parent(self, lei: str) -> LeiRecord | None:
        """Who consolidates the entity in the end; None when the register has no such relationship. Errors as `direct_parent`."""
        return await self._related(lei, "ultimate-parent", one_record)

    async def children(self, lei: str) -> tuple[LeiRecord, ...]:
        """The entities that it consolidates directly. Errors as `direct_parent`."""
        path = f"{_path(lei)}/direct-children"
        try:
            return tuple([record for page in await self._pages(path, {}) for record in page.records])
        except NotFoundError:
            return ()

    async def lei_issuer(self, lei: str) -> Issuer | None:
        """Who issued the LEI; None when the register does not say. Errors as `direct_parent`."""
        return await self._related(lei, "lei-issuer", one_issuer)

    async def managing_lou(self, lei: str) -> Issuer | None:
        """Who looks after the registration now; None when the register does not say. Errors as `direct_parent`."""
        return await self._related(lei, "managing-lou", one_issuer)

    async def vlei_issuers(self) -> tuple[Issuer, ...]:
        """Who is qualified to issue vLEI credentials.

        Raises:
            SourceError: as `record`.
        """
        return await self._ask("/vlei-issuers", issuers, _page(1), MANY)

    async def _related[T](self, lei: str, what: str, read: Read[T]) -> T | None:
        try:
            return await self._ask(f"{_path(require_lei(lei))}/{what}", read)
        except NotFoundError:
            return None

    async def _first_page(self, query: dict[str, str], most: int) -> tuple[LeiRecord, ...]:
        size = max(1, min(most, BATCH))
        page = await self._ask("/lei-records", record_page, query | {"page[number]": "1", "page[size]": str(size)}, MANY)
        return page.records[:size]

    async def _pages(self, path: str, query: dict[str, str]) -> list[Page]:
        pages = [await self._ask(path, record_page, query | _page(1), MANY)]
        if pages[0].last > _MOST_PAGES:
            raise garbage()
        for number in range(2, pages[0].last + 1):
            pages.append(await self._ask(path, record_page, query | _page(number), MANY))
        return pages

    async def _batch(self, leis: Collection[str]) -> dict[str, LeiRecord]:
        found = {}
        for page in await self._pages("/lei-records", {"filter[lei]": ",".join(leis)}):
            for record, resource in zip(page.records, page.resources, strict=True):
                if record.lei not in leis:
                    raise garbage()
                document = {"meta": {"as_of": record.as_of.isoformat(), "source": record.source}, "data": resource}
                self._memory.keep(self._key(_path(record.lei)), document, self._clock.now())
                found[record.lei] = record
        return found

    def _remembered(self, lei: str, age: timedelta) -> LeiRecord | None:
        known = self._memory.get(self._key(_path(lei)))
        return one_record(*known) if known and self._clock.now() - known[1] <= age else None

    def _key(self, path: str, query: dict[str, str] | None = None) -> str:
        """Answers may be kept with those of other registers, so a key says which register's it is."""
        return f"{self._base_url}{path}" if query is None else f"{self._base_url}{path}?{sorted(query.items())}"

    async def _ask[T](self, path: str, read: Read[T], query: dict[str, str] | None = None, limits: Limits = ONE) -> T:
        key = self._key(path, query)
        known = self._memory.get(key)
        if known is None or self._clock.now() - known[1] > self._fresh:
            async with self._one_at_a_time:
                # Somebody may have asked the same while this call waited.
                known = self._memory.get(key)
                if known is None or self._clock.now() - known[1] > self._fresh:
                    try:
                        document = await self._upstream.get(path, limits, query)
                        answer = read(document, self._clock.now())
                    except SourceError:
                        if known is None or self._clock.now() - known[1] > self._usable:
                            raise
                    else:
                        self._memory.keep(key, document, self._clock.now())
                        return answer
        return read(*known)


def _path(lei: str) -> str:
    return f"/lei-records/{lei}"


def _page(number: int) -> dict[str, str]:
    return {"page[number]": str(number), "page[size]": str(BATCH)}


def _in(country: str) -> dict[str, str]:
    return {"filter[entity.legalAddress.country]": country} if country else {}


def _record_of(lei: str) -> Read[LeiRecord]:
    def read(document: dict[str, Any], at: datetime) -> LeiRecord:
        record = one_record(document, at)
        if record.lei != lei:
            raise garbage()
        return record

    return read

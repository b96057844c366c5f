"""LEIs and where their records come from: the `LeiSource` interface and the GLEIF API behind it, read politely and within limits.

`GleifApi.record`, in order: the check digits, a record at most `fresh` old from memory, the pause the register asked for, at
most one call a second, the answer. When the register does not answer, a record at most `usable` old is given instead; its
`as_of` says how old it is, and whoever asked decides (a note after a day, no new issuing after three).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from schemas.errors import FormatError, NotFoundError, SourceError
from verifier.documents import DuplicateMemberError, read_document
from verifier.fetch import Answer, Limits, fetch
from verifier.identity.lei_record import (
    LeiRecord,
    OtherName,
    Standing,
    check_digits,
    check_digits_ok,
    read_record,
    require_lei,
    standing,
)

__all__ = [
    "GLEIF",
    "GleifApi",
    "LeiRecord",
    "LeiSource",
    "OtherName",
    "Standing",
    "check_digits",
    "check_digits_ok",
    "read_record",
    "require_lei",
    "standing",
]

GLEIF = "https://api.gleif.org/api/v1"
LIMITS = Limits(max_bytes=256 * 1024, seconds=5.0)
_PAUSE = timedelta(seconds=1)
_BACK_OFF = timedelta(seconds=60)
_LONGEST_BACK_OFF = timedelta(minutes=15)
_MOST_RECORDS = 10_000


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime: ...


class LeiSource(Protocol):
    """Somewhere LEI records are read from."""

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI.

        Raises:
            FormatError: `lei.malformed`, the check digits are wrong.
            NotFoundError: `lei.not_found`, the register has no such LEI.
            SourceError: the register did not give an answer that can be used.
        """
        ...


class GleifApi:
    """A `LeiSource` over HTTP. One instance serves one process; it remembers what it read.

    Args:
        base_url: where the API is, without a slash at the end.
        http: the client that is used.
        clock: for ages and pauses.
        fresh: up to this age a remembered record is given without asking.
        usable: up to this age a remembered record is given when the register does not answer.
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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._clock = clock
        self._fresh = fresh
        self._usable = usable
        self._sleep = sleep
        self._records: dict[str, LeiRecord] = {}
        self._next_call: datetime | None = None
        self._silent_until: datetime | None = None
        self._lock = asyncio.Lock()

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI; `as_of` is when the register gave it.

        Raises:
            FormatError: `lei.malformed`.
            NotFoundError: `lei.not_found`.
            SourceError: `lei.rate_limited`, `lei.garbage`, `lei.status`, `source.timeout`, `source.unreachable`,
                `source.too_large`; each only when no remembered record is usable.
        """
        require_lei(lei)
        async with self._lock:
            known = self._records.get(lei)
            if known and self._clock.now() - known.as_of <= self._fresh:
                return known
            try:
                record = await self._read(lei)
            except SourceError:
                if known and self._clock.now() - known.as_of <= self._usable:
                    return known
                raise
            if len(self._records) >= _MOST_RECORDS:
                self._records.pop(next(iter(self._records)))
            self._records[lei] = record
            return record

    async def _read(self, lei: str) -> LeiRecord:
        now = self._clock.now()
        if self._silent_until and now < self._silent_until:
            raise _rate_limited()
        if self._next_call and now < self._next_call:
            await self._sleep((self._next_call - now).total_seconds())
        self._next_call = self._clock.now() + _PAUSE
        answer = await fetch(
            self._http, f"{self._base_url}/lei-records/{lei}", LIMITS, headers={"accept": "application/vnd.api+json"}
        )
        if answer.status == 404:
            raise NotFoundError("lei.not_found", "The register has no such LEI.", "Compare all 20 characters.")
        if answer.status == 429:
            self._silent_until = self._clock.now() + _retry_after(answer)
            raise _rate_limited()
        if answer.status != 200:
            raise SourceError("lei.status", f"The LEI register answered {answer.status}.", "Try again later.")
        return self._parse(lei, answer.body)

    def _parse(self, lei: str, body: bytes) -> LeiRecord:
        try:
            document = read_document(body, max_bytes=LIMITS.max_bytes)
            record = read_record(document["data"] if isinstance(document, dict) else None, as_of=self._clock.now())
        except (FormatError, DuplicateMemberError, KeyError) as error:
            raise _garbage() from error
        if record.lei != lei:
            raise _garbage()
        return record


def _retry_after(answer: Answer) -> timedelta:
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:6])), _LONGEST_BACK_OFF)
    return _BACK_OFF


def _rate_limited() -> SourceError:
    return SourceError("lei.rate_limited", "The LEI register asked to wait.", "Try again in a minute.")


def _garbage() -> SourceError:
    return SourceError("lei.garbage", "The LEI register's answer is not an LEI record.", "Check the register's address.")

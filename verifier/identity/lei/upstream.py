"""Asking a register politely: one call at a time, a pause between calls, and silence while it asks for it or is in trouble.

Each GET, in order: is the register to be left alone still, the pause, the call within its byte and time limits, the status.

    429                         left alone for Retry-After (seconds or a date), else one minute; twice as long each time in a row
    5xx, silence, too slow      left alone for two seconds, twice as long each time in a row, at most one minute

While it is left alone every caller is told at once, so that a slow register never makes a queue. "No such thing" is only what
the register itself said with 404.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from schemas.errors import FormatError, NotFoundError, SourceError
from verifier.documents import DuplicateMemberError, read_document
from verifier.fetch import Answer, Limits, fetch
from verifier.identity.lei.source import Clock

ACCEPT = {"accept": "application/vnd.api+json"}
_BUSY = timedelta(seconds=60)
_LONGEST_BUSY = timedelta(minutes=15)
_TROUBLE = timedelta(seconds=2)
_LONGEST_TROUBLE = timedelta(minutes=1)


class Upstream:
    """One register over HTTP. Its owner makes one call at a time.

    Args:
        base_url: where the API is.
        http: the client that is used.
        clock: for pauses.
        pause: the least time between two calls.
        sleep: how to wait for the next allowed call.
    """

    def __init__(
        self,
        base_url: str,
        http: httpx.AsyncClient,
        clock: Clock,
        *,
        pause: timedelta = timedelta(seconds=1),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._clock = clock
        self._pause = pause
        self._sleep = sleep
        self._next_call: datetime | None = None
        self._silent_until: datetime | None = None
        self._silent_because = _rate_limited()
        self._in_a_row = 0

    async def get(self, path: str, limits: Limits, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON:API document at a path.

        Args:
            path: begins with a slash; its segments are quoted here.
            limits: bytes and seconds.
            query: parameters.

        Raises:
            NotFoundError: `lei.not_found`, the register says that there is no such thing.
            SourceError: `lei.rate_limited`, `lei.garbage`, `lei.status`, `source.timeout`, `source.unreachable`,
                `source.too_large`, `source.encoding`.
        """
        url = f"{self._base_url}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        answer = await self._call(url, limits)
        if answer.status == 404:
            raise NotFoundError("lei.not_found", "The register has no such LEI.", "Compare all 20 characters.")
        if answer.status != 200:
            raise _status(answer)
        return _document(answer.body, limits)

    async def _call(self, url: str, limits: Limits) -> Answer:
        now = self._clock.now()
        if self._silent_until and now < self._silent_until:
            known = self._silent_because
            raise SourceError(known.code, known.message, known.hint)
        if self._next_call and now < self._next_call:
            await self._sleep((self._next_call - now).total_seconds())
        self._next_call = self._clock.now() + self._pause
        try:
            answer = await fetch(self._http, url, limits, headers=ACCEPT)
        except SourceError as error:
            if error.code in ("source.timeout", "source.unreachable"):
                self._leave_alone(error, _TROUBLE, _LONGEST_TROUBLE)
            raise
        if answer.status == 429:
            busy = _rate_limited()
            self._leave_alone(busy, _BUSY, _LONGEST_BUSY, asked=self._retry_after(answer))
            raise busy
        if answer.status >= 500 and not _not_in_index(answer):
            trouble = _status(answer)
            self._leave_alone(trouble, _TROUBLE, _LONGEST_TROUBLE)
            raise trouble
        self._in_a_row = 0
        return answer

    def _leave_alone(self, because: SourceError, first: timedelta, most: timedelta, asked: timedelta | None = None) -> None:
        doubled = first * 2 ** min(self._in_a_row, 10)
        self._in_a_row += 1
        self._silent_because = because
        self._silent_until = self._clock.now() + min(asked if asked is not None else doubled, most)

    def _retry_after(self, answer: Answer) -> timedelta | None:
        """RFC 9110 §10.2.3: seconds, or a date."""
        text = answer.headers.get("retry-after", "")
        if text.isascii() and text.isdigit():
            return timedelta(seconds=int(text[:6]))
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - self._clock.now())


def garbage() -> SourceError:
    """The register's answer cannot be what it should be."""
    return SourceError("lei.garbage", "The LEI register's answer is not an LEI record.", "Check the register's address.")


def _document(body: bytes, limits: Limits) -> dict[str, Any]:
    try:
        document = read_document(body, max_bytes=limits.max_bytes)
    except (FormatError, DuplicateMemberError) as error:
        raise garbage() from error
    if not isinstance(document, dict):
        raise garbage()
    return document


def _status(answer: Answer) -> SourceError:
    if _not_in_index(answer):
        return SourceError("lei.not_in_index", "The look-up service's file does not have this LEI.", "Ask the register itself.")
    return SourceError("lei.status", f"The LEI register answered {answer.status}.", "Try again later.")


def _not_in_index(answer: Answer) -> bool:
    """Whether a look-up service over a file says that it cannot know; it is well, and answers other questions."""
    try:
        document = read_document(answer.body)
    except (FormatError, DuplicateMemberError):
        return False
    match document:
        case {"errors": [{"code": "lei.not_in_index"}, *_]}:
            return True
    return False


def _rate_limited() -> SourceError:
    return SourceError("lei.rate_limited", "The LEI register asked to wait.", "Try again in a minute.")

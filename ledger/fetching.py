"""One HTTP exchange with a machine we do not trust: bounded in bytes, bounded in time, no redirects, no decompression."""

import asyncio
from dataclasses import dataclass

import httpx

from schemas.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, media type without parameters, and the body."""

    status: int
    media_type: str
    body: bytes


async def exchange(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    seconds: float,
    limit: int,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send a request and read the whole answer.

    Args:
        seconds: the most time for everything, from connecting to the last byte.
        limit: the most bytes of body.

    Raises:
        LedgerError: `ledger.unreachable`; `ledger.slow`, the time is over; `ledger.answer_too_long`;
            `ledger.answer_malformed`, a compressed body, which nobody asked for.
    """
    asked = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        async with (
            asyncio.timeout(seconds),
            http.stream(method, url, content=content, headers=asked, timeout=seconds, follow_redirects=False) as response,
        ):
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise LedgerError("ledger.answer_malformed", "The answer is compressed; nobody asked for that.")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise LedgerError("ledger.answer_too_long", "The answer is longer than any honest one.")
    except (TimeoutError, httpx.TimeoutException) as error:
        raise LedgerError("ledger.slow", "The answer did not come in time.", "It is asked again later.") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise LedgerError("ledger.unreachable", "Nobody answers at this address.", "See `medcred doctor`.") from error
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, media_type, bytes(body))

"""Somebody who acts at a service through the interface their own software would use: JSON over HTTP, signed in or with a key.

Nothing here reaches into a database or an agent: what the demo and the command line can do, any program can do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from schemas.errors import (
    InputError,
    MedcredError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    RefusedError,
    TooLargeError,
    TooOftenError,
    UnavailableError,
)

type Json = Any

# So that a command ends as it would if the service's work were done here. Others may be gone when it is tried again.
KINDS: dict[int, type[MedcredError]] = {
    kind.http_status: kind
    for kind in (InputError, TooLargeError, RefusedError, NotSignedInError, NotAllowedError, NotFoundError, TooOftenError)
}

TIMEOUT = httpx.Timeout(60, connect=5)


class Party:
    """Somebody with a session at one service, or with an API key there.

    Args:
        base_url: the service.
        api_key: for programs; people sign in with `sign_in`.
    """

    def __init__(self, base_url: str, api_key: str = "") -> None:
        headers = {"accept": "application/json"} | ({"authorization": f"Bearer {api_key}"} if api_key else {})
        self.http = httpx.AsyncClient(
            base_url=base_url, headers=headers, timeout=TIMEOUT, trust_env=False, follow_redirects=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.http.aclose()

    async def sign_in(self, **words: str) -> None:
        """Sign in; the session cookie and the form token are kept for all later calls."""
        answer = await self.post("/api/login", words)
        self.http.headers["x-csrf"] = answer["csrf"]

    async def get(self, path: str) -> Json:
        return self._read(await self.http.get(path))

    async def post(self, path: str, body: Json = None, headers: Mapping[str, str] | None = None) -> Json:
        return self._read(await self.http.post(path, json=body if body is not None else {}, headers=headers))

    def _read(self, answer: httpx.Response) -> Json:
        """The JSON of a good answer; a problem becomes an error with its code and its own sentence."""
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        code = problem.get("code", f"http.{answer.status_code}")
        raise KINDS.get(answer.status_code, UnavailableError)(
            code, problem.get("detail", f"{answer.request.url.path} answered {answer.status_code}."), problem.get("hint", "")
        )


async def until[Answer](
    look: Callable[[], Awaitable[Answer]], good: Callable[[Answer], object], *, what: str, seconds: float = 60
) -> Answer:
    """Look again until the answer is good.

    Raises:
        UnavailableError: `demo.too_long`, it was not after `seconds`; says what was waited for.
    """
    try:
        async with asyncio.timeout(seconds):
            while not good(answer := await look()):  # noqa: ASYNC110 -- what is waited for is in another process
                await asyncio.sleep(0.1)
            return answer
    except TimeoutError:
        raise UnavailableError(
            "demo.too_long", f"{what} took more than {seconds:.0f} s.", "`medcred doctor` may know why."
        ) from None

"""Live pages: `GET /console/events?key=binding:…` tells a page that what it shows has changed; the page reads itself again.

An event carries no facts, so it needs no more rights than the page itself. The first event comes at once: what changed between
the page and this call is not missed.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Query, Response

from issuer.console.parts import Console
from issuer.staff import Member
from schemas.errors import InputError
from web.live import HEARTBEAT_SECONDS, event, event_stream

MOST_KEYS = 40
_KEY = re.compile(r"(binding|credential|hospital):[A-Za-z0-9-]{1,40}")


def router(console: Console) -> APIRouter:
    """The event stream."""
    routes = APIRouter()

    @routes.get("/console/events")
    async def events(
        _: Annotated[Member, console.roll.signed_in()], key: Annotated[list[str], Query(max_length=MOST_KEYS)]
    ) -> Response:
        if not all(_KEY.fullmatch(one) for one in key):
            raise InputError("events.key", "This is not something a page can watch.")
        return event_stream(changes(console, key))

    return routes


async def changes(console: Console, keys: list[str]) -> AsyncIterator[str]:
    """An event at once and after each change of one of `keys`; a comment now and then shows that the line is alive."""
    with ExitStack() as stack:
        watchers = [stack.enter_context(console.context.bell.watch(key)) for key in keys]
        yield event("changed", {})
        while True:
            waits = [asyncio.ensure_future(watcher.wait()) for watcher in watchers]
            try:
                done, _ = await asyncio.wait(waits, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            for watcher in watchers:
                watcher.clear()
            yield event("changed", {}) if done else ": alive\n\n"

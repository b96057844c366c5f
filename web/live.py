"""Server-sent events (HTML Living Standard §9.2): a page hears that something changed, and reads the state again.

An event carries a name and small facts, never a record. A page that missed some asks for the state, so none has to be kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0


class Bell:
    """Wakes the pages that watch a key. Holds no history: at most one waiting ring per watcher."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def ring(self, key: str) -> None:
        """Something about `key` changed."""
        for watcher in self._watchers.get(key, ()):
            watcher.set()

    @contextmanager
    def watch(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set at each ring of `key`."""
        watcher = asyncio.Event()
        self._watchers.setdefault(key, set()).add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[key].discard(watcher)
            if not self._watchers[key]:
                del self._watchers[key]


def event(name: str, facts: dict[str, object]) -> str:
    """One event in wire form."""
    return f"event: {name}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n"


def event_stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Answer with a stream of `event()` texts."""
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )

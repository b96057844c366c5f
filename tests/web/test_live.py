"""The bell that wakes watching pages, and events on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator

from web.live import Bell, event, event_stream


async def test_a_ring_wakes_who_watches_that_key() -> None:
    bell = Bell()
    with bell.watch("a") as first, bell.watch("a") as second, bell.watch("b") as other:
        bell.ring("a")
        assert first.is_set()
        assert second.is_set()
        assert not other.is_set()


async def test_rings_are_not_counted_and_none_is_lost() -> None:
    bell = Bell()
    with bell.watch("a") as ring:
        for _ in range(3):
            bell.ring("a")
        await asyncio.wait_for(ring.wait(), 1)
        ring.clear()
        assert not ring.is_set()
        bell.ring("a")
        assert ring.is_set()


async def test_who_left_is_forgotten() -> None:
    bell = Bell()
    with bell.watch("a"), bell.watch("a"):
        pass
    assert bell._watchers == {}
    bell.ring("a")


async def test_a_waiting_page_goes_on_when_it_rings() -> None:
    bell = Bell()

    async def page() -> str:
        with bell.watch("a") as ring:
            await ring.wait()
            return "woken"

    waiting = asyncio.create_task(page())
    await asyncio.sleep(0)
    bell.ring("a")
    assert await asyncio.wait_for(waiting, 1) == "woken"
    assert bell._watchers == {}


def test_an_event_is_one_block_whatever_is_in_it() -> None:
    text = event("state", {"state": "line\nbreak\r\n\ndata: forged", "word": "診所"})
    assert text.startswith("event: state\ndata: ")
    assert text.endswith("\n\n")
    assert text.count("\n") == 3
    assert json.loads(text.split("data: ", 1)[1])["word"] == "診所"


async def test_a_stream_is_not_kept_by_anybody() -> None:
    async def events() -> AsyncIterator[str]:
        yield event("state", {"state": "shared"})

    response = event_stream(events())
    assert response.media_type == "text/event-stream"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert [chunk async for chunk in response.body_iterator] == ['event: state\ndata: {"state": "shared"}\n\n']

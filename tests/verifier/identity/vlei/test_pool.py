"""Two hundred at once: every answer right, the loop free, the line bounded."""

import asyncio
import time

import pytest

from schemas.errors import UnavailableError
from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import World
from verifier.identity.vlei import KeyStateCache, VleiPool

AT_ONCE = 200
LONGEST_BLOCK = 0.05


async def test_two_hundred_at_once_are_all_right_and_the_loop_stays_free() -> None:
    world = World("pool", keys=5, witnesses=5).issue_all()
    good = world.stream("ECR")
    other = World("pool", keys=5, witnesses=5).issue_all()
    other.revoke("LE")
    revoked = other.stream("ECR")
    blocked: list[float] = []

    async def watch() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0)
            # What the loop did between two turns; whether this process was on a processor at all is not its fault.
            blocked.append(time.perf_counter() - start)
            await asyncio.sleep(0.002)

    watcher = asyncio.create_task(watch())
    with VleiPool(workers=2) as pool:
        for cache in (None, KeyStateCache()):
            streams = [good if number % 3 else revoked for number in range(AT_ONCE)]
            results = await asyncio.gather(*(pool.verify(each, pins(world), at=AT, cache=cache) for each in streams))
            assert [result.accepted for result in results] == [bool(number % 3) for number in range(AT_ONCE)]
            assert {result.reasons for result in results} == {(), ("vlei.revoked",)}
    watcher.cancel()
    assert len(blocked) > 20
    late = sorted(blocked)[-max(1, len(blocked) // 100)]
    assert late < LONGEST_BLOCK, f"one turn in a hundred took {late:.3f} s"


async def test_the_line_is_bounded() -> None:
    world = World().issue_all()
    with VleiPool(workers=1, waiting=3) as pool:
        asked = [pool.verify(world.stream("LE"), pins(world), at=AT) for _ in range(10)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(answer, UnavailableError) and answer.code == "vlei.busy" for answer in answers) == 7
        assert (await pool.verify(world.stream("LE"), pins(world), at=AT)).accepted


async def test_what_is_asked_wrongly_is_told_to_who_asked() -> None:
    with VleiPool(workers=1) as pool, pytest.raises(ValueError, match="zone"):
        await pool.verify(b"", pins(World()), at=AT.replace(tzinfo=None))

"""The process ends at every step there is, once each; afterwards exactly one credential is in the wallet, acknowledged.

A step is a call to the agent or the ledger (before it, or after the other side has acted) and a transaction (before it, before
its commit, after it). The caller does what a caller must: repeat a request that got no answer, with the same Idempotency-Key.
"""

import asyncio
from datetime import timedelta

import pytest

from issuer.claims import LEASE
from issuer.settings import Settings
from tests.issuer.issuing.house import House
from tests.issuer.issuing.world import Fate, Killed


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One hospital only: fewer lanes, the same steps."""
    return settings.model_copy(update={"hospitals": [each for each in settings.hospitals if each.slug == "hk"]})


async def test_an_end_at_any_step_loses_and_doubles_nothing(house: House) -> None:
    # PostgreSQL, where each step takes longer, gets every third: the steps are the same.
    stride = 1 if house.settings.database.startswith("sqlite") else 3
    at = 1 - stride
    while True:
        at += stride
        fate = Fate(at)
        key = f"key-{at}"
        died = await _until_death(house, fate, key)
        if not died:
            break
        house.clock.at += LEASE + timedelta(seconds=1)
        again = house.open()
        [credential] = await house.submit(again, key)
        await house.run(again)
        await _assert_once(house, credential, where=f"step {at}: {fate.names[-1]}")
        await again.database.close()
    assert at > 40, "the flow has more steps than that"


async def test_an_end_at_two_steps_loses_and_doubles_nothing(house: House) -> None:
    for first, second in ((6, 9), (14, 6), (23, 12), (31, 17), (37, 5), (44, 11), (52, 8), (60, 20)):
        key = f"key-{first}-{second}"
        for at in (first, second):
            await _until_death(house, Fate(at), key)
            house.clock.at += LEASE + timedelta(seconds=1)
        again = house.open()
        [credential] = await house.submit(again, key)
        await house.run(again)
        await _assert_once(house, credential, where=f"steps {first} and {second}")


async def _until_death(house: House, fate: Fate, key: str) -> bool:
    process = house.open(fate)
    try:
        await house.submit(process, key)
        await house.run(process)
    except Killed:
        return True
    finally:
        await _last_gasps()
        await process.database.close()
    return False


async def _last_gasps() -> None:
    """Let the other tasks of an ended process come to their own end: nothing of theirs gets through any more."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


async def _assert_once(house: House, credential: str, *, where: str) -> None:
    context = house.open()
    row = await house.read(context, credential)
    stored = house.agent.wallet.stored.get(f"urn:uuid:{credential}", [])
    assert row.state == "acknowledged", where
    assert len(stored) == 1, where
    assert stored[0]["credential"] == row.signed, where
    assert house.agent.exchanges == {}, where
    assert house.agent.wallet.problems == [], where
    assert house.agent.wallet.offers == [], where
    await context.database.close()

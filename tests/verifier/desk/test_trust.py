"""The trust list: only the pinned publisher's, never an older one, kept for when nobody answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import Database, migrate
from storage.clock import FixedClock
from tests.verifier.desk.fakes import Elsewhere
from verifier.desk.copies import Copies
from verifier.desk.settings import Settings
from verifier.desk.trust import Trust

URL = "http://localhost:8101/trust.json"


@pytest.fixture
async def trust(settings: Settings, clock: FixedClock, elsewhere: Elsewhere) -> AsyncIterator[Trust]:
    database = Database(settings.database)
    await migrate(database, "verifier.desk")
    async with elsewhere.client() as http:
        yield Trust(settings.trust, Copies(database), http, clock)
    await database.close()


async def test_a_list_by_the_pinned_publisher_is_kept_and_serves_with_the_publisher_away(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any], clock: FixedClock
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust(sequence=4)).encode()
    assert await trust.refresh()
    elsewhere.pages.clear()
    clock.at += timedelta(hours=5)
    kept = await trust.fresh(())
    assert kept is not None
    assert kept.sequence == 4
    copy = await trust.copy()
    assert copy is not None
    assert copy.fetched_at == clock.at - timedelta(hours=5)


@pytest.mark.parametrize(
    "fault",
    ["another_publisher", "altered", "older", "not_json", "too_large", "not_there"],
)
async def test_what_is_not_believed_leaves_the_old_copy(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any], fault: str
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust(sequence=4)).encode()
    await trust.refresh()
    bad = {
        "another_publisher": json.dumps(signed_trust(sequence=5, key=Ed25519PrivateKey.generate())).encode(),
        "altered": json.dumps(signed_trust() | {"sequence": 5}).encode(),
        "older": json.dumps(signed_trust(sequence=3)).encode(),
        "not_json": b"<html>",
        "too_large": b" " * (5 * 2**20),
    }
    elsewhere.pages.clear()
    if fault in bad:
        elsewhere.pages[URL] = bad[fault]
    assert not await trust.refresh()
    kept = await trust.kept()
    assert kept is not None
    assert kept.sequence == 4


async def test_a_young_list_that_knows_the_issuer_is_not_fetched_again(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any], clock: FixedClock
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust()).encode()
    await trust.refresh()
    clock.at += timedelta(seconds=30)
    await trust.fresh(())
    assert len(elsewhere.asked) == 1
    clock.at += timedelta(seconds=31)
    await trust.fresh(())
    assert len(elsewhere.asked) == 2


async def test_an_unknown_issuer_makes_the_desk_ask_again_but_not_at_every_knock(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any], clock: FixedClock
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust()).encode()
    await trust.refresh()
    for _ in range(5):
        await trust.fresh(["did:web:new.example"])
    assert len(elsewhere.asked) == 1
    clock.at += timedelta(seconds=2)
    await trust.fresh(["did:web:new.example"])
    assert len(elsewhere.asked) == 2


async def test_a_publisher_that_does_not_answer_is_left_alone_for_a_while(
    trust: Trust, elsewhere: Elsewhere, clock: FixedClock
) -> None:
    for _ in range(3):
        assert await trust.fresh(()) is None
    assert len(elsewhere.asked) == 1
    clock.at += timedelta(seconds=15)
    await trust.fresh(())
    assert len(elsewhere.asked) == 2


async def test_who_asks_while_the_list_is_being_fetched_waits_for_it(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any]
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust()).encode()
    lists = await asyncio.gather(*(trust.fresh(()) for _ in range(5)))
    assert [found.sequence for found in lists if found] == [1] * 5
    assert len(elsewhere.asked) == 1


async def test_a_copy_altered_in_the_database_is_not_believed(
    trust: Trust, elsewhere: Elsewhere, signed_trust: Callable[..., Any]
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust()).encode()
    await trust.refresh()
    altered = json.dumps(signed_trust() | {"sequence": 9})
    copy = await trust.copy()
    assert copy is not None
    await trust._copies.keep_trust(copy.publisher, 9, altered, copy.fetched_at)
    assert await trust.kept() is None


async def test_without_a_pinned_publisher_no_list_is_fetched(
    settings: Settings, clock: FixedClock, elsewhere: Elsewhere, signed_trust: Callable[..., Any]
) -> None:
    elsewhere.pages[URL] = json.dumps(signed_trust()).encode()
    database = Database(settings.database)
    await migrate(database, "verifier.desk")
    async with elsewhere.client() as http:
        trust = Trust(settings.trust.model_copy(update={"publisher": ""}), Copies(database), http, clock)
        assert await trust.fresh(()) is None
    assert elsewhere.asked == []
    await database.close()

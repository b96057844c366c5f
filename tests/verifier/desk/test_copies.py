"""Copies only move forward, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ledger.memory import LogHead
from storage import Database, migrate
from verifier.cache import Kept
from verifier.desk.copies import Copies

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
async def copies(database_url: str) -> AsyncIterator[Copies]:
    database = Database(database_url)
    await migrate(database, "verifier.desk")
    yield Copies(database)
    await database.close()


async def test_an_older_trust_list_does_not_take_the_place_of_a_newer_one(copies: Copies) -> None:
    await copies.keep_trust("did:key:z6MkA", 7, "seven", NOW)
    await copies.keep_trust("did:key:z6MkA", 6, "six", NOW + timedelta(hours=1))
    kept = await copies.trust("did:key:z6MkA")
    assert kept is not None
    assert (kept.sequence, kept.document, kept.fetched_at) == (7, "seven", NOW)
    assert await copies.trust("did:key:z6MkB") is None


async def test_the_same_trust_list_fetched_again_is_younger(copies: Copies) -> None:
    await copies.keep_trust("did:key:z6MkA", 7, "seven", NOW)
    await copies.keep_trust("did:key:z6MkA", 7, "seven", NOW + timedelta(hours=1))
    kept = await copies.trust("did:key:z6MkA")
    assert kept is not None
    assert kept.fetched_at == NOW + timedelta(hours=1)


async def test_a_document_that_came_late_does_not_hide_a_later_one(copies: Copies) -> None:
    url = "https://h.example/status/1"
    await copies.keep_document(url, Kept({"list": "later"}, NOW))
    await copies.keep_document(url, Kept({"list": "earlier"}, NOW - timedelta(seconds=1)))
    assert await copies.documents([url, "https://h.example/status/2"]) == {url: Kept({"list": "later"}, NOW)}
    assert await copies.document_urls() == [url]


async def test_a_smaller_head_leaves_the_memory_as_it_is(copies: Copies) -> None:
    large, small = LogHead("log.example", 2**40, b"\x02" * 32), LogHead("log.example", 3, b"\x01" * 32)
    await copies.keep_head(large, NOW)
    await copies.keep_head(small, NOW)
    assert await copies.heads() == {"log.example": large}

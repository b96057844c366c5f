"""The desk's memory of key events: first seen, kept for good, asked from the thread of a verdict; on both databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.errors import SourceError
from storage import Database, migrate
from verifier.desk.key_events import SeenKeyEvents

A, B = "E" + "a" * 43, "E" + "b" * 43


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await migrate(database, "verifier.desk")
    yield database
    await database.close()


async def test_events_are_remembered_once_and_grow(database: Database) -> None:
    seen = SeenKeyEvents(database, asyncio.get_running_loop())
    assert await asyncio.to_thread(seen.recall, [A]) == {}
    assert await asyncio.to_thread(seen.remember, {A: ["e0", "e1"], B: ["f0"]}) == frozenset()
    assert await asyncio.to_thread(seen.remember, {A: ["e0", "e1", "e2"]}) == frozenset()
    assert await asyncio.to_thread(seen.remember, {A: ["e0"]}) == frozenset()
    assert await asyncio.to_thread(seen.recall, [A, B]) == {A: ["e0", "e1", "e2"], B: ["f0"]}


async def test_a_fork_keeps_nothing(database: Database) -> None:
    seen = SeenKeyEvents(database, asyncio.get_running_loop())
    await asyncio.to_thread(seen.remember, {A: ["e0", "e1"]})
    assert await asyncio.to_thread(seen.remember, {A: ["e0", "other"], B: ["f0"]}) == frozenset({A})
    assert await asyncio.to_thread(seen.recall, [A, B]) == {A: ["e0", "e1"]}


async def test_many_threads_that_learn_the_same_agree(database: Database) -> None:
    seen = SeenKeyEvents(database, asyncio.get_running_loop())
    log = {A: [f"e{sn}" for sn in range(20)]}
    answers = await asyncio.gather(*(asyncio.to_thread(seen.remember, log) for _ in range(8)))
    assert set(answers) == {frozenset()}
    assert await asyncio.to_thread(seen.recall, [A]) == log


async def test_a_database_that_is_away_is_said(database: Database) -> None:
    unmigrated = Database("sqlite:////nowhere/at/all.db")
    seen = SeenKeyEvents(unmigrated, asyncio.get_running_loop())
    with pytest.raises(SourceError) as error:
        await asyncio.to_thread(seen.recall, [A])
    assert error.value.code == "vlei.memory"
    await unmigrated.close()

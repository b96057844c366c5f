"""One database behind the same few calls: whole transactions, points in time, and what happens when it is not there."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from schemas.errors import ConfigError, UnavailableError
from storage import Database, SystemClock
from storage.clock import FixedClock
from storage.engine import driver_url
from tests.storage.conftest import Base, Visit

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOWHERE = "postgresql://postgres@127.0.0.1:18958/nothing"


async def test_a_transaction_is_kept_whole(database: Database) -> None:
    async with database.begin() as session:
        session.add(Visit(name="a"))
        session.add(Visit(name="b"))
    async with database.begin() as session:
        assert set(await session.scalars(select(Visit.name))) == {"a", "b"}


async def test_an_error_leaves_nothing_behind(database: Database) -> None:
    async def fails_on_the_way() -> None:
        async with database.begin() as session:
            session.add(Visit(name="a"))
            await session.flush()
            raise RuntimeError("on the way")

    async def is_refused_by_the_database() -> None:
        async with database.begin() as session:
            session.add(Visit(name="b"))
            await session.execute(text("INSERT INTO visits (name, count) VALUES ('c', 0), ('c', 0)"))

    with pytest.raises(RuntimeError, match="on the way"):
        await fails_on_the_way()
    with pytest.raises(IntegrityError):
        await is_refused_by_the_database()
    async with database.begin() as session:
        assert list(await session.scalars(select(Visit.name))) == []


async def test_a_cancelled_step_leaves_nothing_behind(database: Database) -> None:
    inside = asyncio.Event()

    async def step() -> None:
        async with database.begin() as session:
            session.add(Visit(name="a"))
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(step())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with database.begin() as session:
        assert list(await session.scalars(select(Visit.name))) == []


@pytest.mark.parametrize(
    "at",
    [NOON, NOON.replace(microsecond=123456), datetime(2026, 11, 24, 20, 0, tzinfo=timezone(timedelta(hours=8))), None],
    ids=["UTC", "microseconds", "Hong Kong", "none"],
)
async def test_a_point_in_time_comes_back(database: Database, at: datetime | None) -> None:
    async with database.begin() as session:
        session.add(Visit(name="a", at=at))
    async with database.begin() as session:
        found = await session.scalar(select(Visit.at))
    assert found == at
    assert found is None or found.tzinfo is UTC


async def test_times_are_compared_as_points_in_time(database: Database) -> None:
    """Also where they are stored as text: 20:30 in Hong Kong is after noon UTC, and before 13:00 UTC."""
    async with database.begin() as session:
        session.add(Visit(name="a", at=datetime(2026, 11, 24, 20, 30, tzinfo=timezone(timedelta(hours=8)))))
    async with database.begin() as session:
        assert await session.scalar(select(Visit.name).where(Visit.at > NOON, Visit.at < NOON + timedelta(hours=1))) == "a"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        async with database.begin() as session:
            session.add(Visit(name="a", at=datetime(2026, 11, 24)))  # noqa: DTZ001 -- what is refused


async def test_two_writers_wait_for_each_other(database_url: str, database: Database) -> None:
    """Read, then write, from two processes at once: nobody fails half way, and on SQLite no count is lost."""
    async with database.begin() as session:
        session.add(Visit(name="a"))
    second = Database(database_url)

    async def add(through: Database) -> None:
        async with through.begin() as session:
            row = await session.get_one(Visit, "a", with_for_update=True)
            await asyncio.sleep(0.01)
            row.count += 1

    await asyncio.gather(*(add(through) for through in (database, second) for _ in range(5)))
    async with database.begin() as session:
        assert await session.scalar(select(Visit.count)) == 10
    await second.close()


async def test_a_database_that_answers(database: Database) -> None:
    await database.check()


@pytest.mark.parametrize("url", ["sqlite:////proc/no/such/folder/test.db", NOWHERE], ids=["sqlite", "postgresql"])
async def test_a_database_that_does_not_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engine.make_folder", lambda _: None)
    before = set(threading.enumerate())
    database = Database(url)
    with pytest.raises(UnavailableError) as caught:
        await database.check()
    assert caught.value.code == "database.unreachable"
    assert "postgres@" not in caught.value.message + caught.value.hint
    await database.close()
    async with asyncio.timeout(10):
        # After a connection that failed, aiosqlite's thread still tells the event loop that it ends.
        while any("_connection_worker_thread" in thread.name for thread in set(threading.enumerate()) - before):
            await asyncio.sleep(0.01)


async def test_sqlite_is_durable_and_holds_to_its_keys(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'test.db'}")
    assert database.is_sqlite
    async with database.begin() as session:
        found = {name: await session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    await database.close()


async def test_a_writer_of_sqlite_does_not_wait_for_ever(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    first, second = Database(url), Database(url)
    async with first.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    event.listen(second.engine.sync_engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    try:
        async with first.begin() as session:
            session.add(Visit(name="a"))
            await session.flush()
            with pytest.raises(UnavailableError):
                await second.check()
        await second.check()
    finally:
        await first.close()
        await second.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "test.db", "", "sqlite+aiosqlite:///x.db"])
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        driver_url(url)
    assert caught.value.code == "database.url"


def test_clocks() -> None:
    assert SystemClock().now().tzinfo is UTC
    clock = FixedClock(NOON)
    assert clock.now() == NOON
    clock.at += timedelta(days=1)
    assert clock.now() == NOON + timedelta(days=1)

"""One database, SQLite when embedded and PostgreSQL when outgrown, behind the same few calls.

    sqlite:///path/to/file.db            embedded: WAL, full sync, foreign keys on, writers take the lock at BEGIN
    postgresql://user@host:port/name     scaled: psycopg 3

Every transaction is `async with database.begin() as session`: it commits at the end or leaves nothing behind.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.types import TypeDecorator

from schemas.errors import ConfigError, UnavailableError


class UtcTime(TypeDecorator[datetime]):
    """A point in time, always UTC and always aware, on databases that know time zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone is not a point in time")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An open database.

    Args:
        url: `sqlite:///FILE` or `postgresql://…`.
        pool_size: the most connections held at once (PostgreSQL).
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = _open(url, pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session inside one transaction, committed at the end, rolled back on any error."""
        async with self._sessions() as session, session.begin():
            yield session

    async def check(self) -> None:
        """Raises UnavailableError `database.unreachable` when a simple read does not come back."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise UnavailableError("database.unreachable", "The database does not answer.", "See `medcred doctor`.") from error

    async def close(self) -> None:
        await self.engine.dispose()


def driver_url(url: str, *, sync: bool = False) -> str:
    """The SQLAlchemy URL, driver named, of a plain `sqlite:///` or `postgresql://` URL.

    Raises:
        ConfigError: `database.url`, any other scheme.
    """
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite":
            return url if sync else f"sqlite+aiosqlite://{rest}"
        case "postgresql":
            return f"postgresql+psycopg://{rest}"
    raise ConfigError(
        "database.url", "A database URL starts with sqlite:/// or postgresql://.", "Check `database` in agents.yml."
    )


def make_folder(url: str) -> None:
    """Make the folder of a SQLite file; SQLite makes files, not folders."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Settings every SQLite connection gets; also used by the rooms that open a synchronous engine."""
    connection.isolation_level = None  # the driver must not begin transactions by itself; `begin_immediate` does
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_immediate(connection: Any) -> None:
    """Take the write lock when the transaction begins, so that two writers wait instead of failing half way."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open(url: str, pool_size: int) -> AsyncEngine:
    if url.startswith("sqlite:///"):
        make_folder(url)
        engine = create_async_engine(driver_url(url))
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
        event.listen(engine.sync_engine, "begin", begin_immediate)
        return engine
    return create_async_engine(driver_url(url), pool_size=pool_size, pool_pre_ping=True)

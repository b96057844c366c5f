"""The operator's and the witness's database: a synchronous engine, used from worker threads.

Hashing and batch inserts are one piece of work; as plain functions on a connection they compose into one transaction and run
faster than through an asynchronous driver. On SQLite a writer takes the lock when its transaction begins; readers never wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from schemas.errors import UnavailableError
from storage.engine import begin_immediate, driver_url, prepare_sqlite


def open_database(url: str) -> Engine:
    """An engine for a `sqlite:///FILE` or `postgresql://…` URL.

    Raises:
        ConfigError: `database.url`, any other scheme.
    """
    if not url.startswith("sqlite:///"):
        return create_engine(driver_url(url, sync=True), pool_pre_ping=True)
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(driver_url(url, sync=True))
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed at the end, nothing left behind on any error."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees a single state of the database and does not write."""
    isolation = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(reading=True, **isolation) as connection, connection.begin():
        yield connection


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves rows alone which are there already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def check_database(engine: Engine) -> None:
    """Raises UnavailableError `database.unreachable` when a simple read does not come back."""
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise UnavailableError("database.unreachable", "The database does not answer.", "See `medcred doctor`.") from error


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN")
    else:
        begin_immediate(connection)

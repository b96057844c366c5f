"""One operator process for one log: a second one is refused when it starts.

Two writers could not corrupt the log (appends are serialised by the database), but they would sign heads side by side and ask
the witnesses against each other. The lock ends with the process that holds it, however it ends.

    SQLite        an exclusive flock on `<database>.writer`
    PostgreSQL    an advisory lock held by one connection
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from schemas.errors import SetupError

# Any fixed number serves; advisory locks are per database.
_ADVISORY_LOCK = int.from_bytes(b"medcredl", "big", signed=True)


@contextmanager
def only_writer(engine: Engine) -> Iterator[None]:
    """Hold the writer's lock of this database.

    Raises:
        SetupError: `ledger.second_writer`, another process holds it.
    """
    if engine.dialect.name == "sqlite":
        with open(f"{engine.url.database}.writer", "wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _second_writer() from error
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _ADVISORY_LOCK}).scalar_one():
            raise _second_writer()
        try:
            yield
        finally:
            # The connection goes back to a pool; the lock must not go with it.
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _ADVISORY_LOCK})


def _second_writer() -> SetupError:
    return SetupError(
        "ledger.second_writer",
        "Another process is writing this log already.",
        "Run one operator for one database; stop the other one first.",
    )

"""The newest trust list of each publisher, kept for good, so that an older one is refused after a restart too.

A list is signed and dated, and an old one still carries a good signature: whoever holds back the newest can show a hospital that
was suspended since as one in good standing. `accept` refuses a list with a smaller number than one it took before, and another of
the same number. The list itself is kept, with its signature, and serves when no file is named.

One SQLite file that several processes may share; what was accepted is on disk when `accept` returns.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from schemas.errors import MedcredError, SetupError
from verifier.identity.trust import TrustList

_BUSY_SECONDS = 10.0


class TrustMemory:
    """The newest list of each publisher in a SQLite file, which is made when first used.

    Raises (every method):
        SetupError: `trust.memory`, the file cannot be used. A memory that fails must not look like one that knows nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def newest(self, publisher: str) -> TrustList | None:
        """The newest list accepted of a publisher; None when there was none."""
        with self._open() as database:
            return _newest(database, publisher)

    def accept(self, data: bytes, *, publisher: str, file: str = "") -> TrustList:
        """Read a signed trust list that is not older than one accepted before, and keep it.

        Args:
            data: the file.
            publisher: the did:key that must have signed it.
            file: its name, for errors.

        Raises:
            ConfigError, RefusedError: as `TrustList.parse`; `trust.sequence` for an older list.
        """
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                trust = TrustList.parse(data, publisher=publisher, newest=_newest(database, publisher), file=file)
                database.execute("REPLACE INTO list (publisher, document) VALUES (?, ?)", (publisher, data))
                database.execute("COMMIT")
            except MedcredError:
                database.execute("ROLLBACK")
                raise
        return trust

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = FULL")
                database.execute("CREATE TABLE IF NOT EXISTS list (publisher TEXT PRIMARY KEY, document BLOB NOT NULL)")
                yield database
        except (sqlite3.Error, OSError) as error:
            raise SetupError(
                "trust.memory", "What was seen of trust lists cannot be read or kept.", "Name a folder that you may write to."
            ) from error


def _newest(database: sqlite3.Connection, publisher: str) -> TrustList | None:
    row = database.execute("SELECT document FROM list WHERE publisher = ?", (publisher,)).fetchone()
    try:
        return TrustList.parse(row[0], publisher=publisher) if row else None
    except MedcredError as error:
        raise SetupError(
            "trust.memory", "What was seen of trust lists cannot be read or kept.", "The file was changed; look who did it."
        ) from error

"""Answers of a register, kept with the time they were given: in memory, or in a file that outlives the process.

What is kept is public. A file that cannot be read is begun anew: it holds nothing that cannot be asked for again.
"""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

_FORM = 1
_MOST_ANSWERS = 10_000
_TABLE = "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL) WITHOUT ROWID"


class Answers(Protocol):
    """What a register answered, and when. Used by one event loop."""

    def get(self, key: str) -> tuple[Any, datetime] | None:
        """What was kept under a key, and when it was given."""
        ...

    def keep(self, key: str, value: Any, at: datetime) -> None:
        """Keep a JSON value under a key."""
        ...


class AnswerMemory:
    """`Answers` that live as long as this object; `most` are kept, the oldest go first."""

    def __init__(self, *, most: int = _MOST_ANSWERS) -> None:
        self._most = most
        self._answers: dict[str, tuple[Any, datetime]] = {}

    def get(self, key: str) -> tuple[Any, datetime] | None:
        return self._answers.get(key)

    def keep(self, key: str, value: Any, at: datetime) -> None:
        self._answers.pop(key, None)
        self._answers[key] = value, at
        if len(self._answers) > self._most:
            del self._answers[next(iter(self._answers))]


class AnswerFile:
    """`Answers` in an SQLite file; `most` are kept, the oldest go first. Close it when done."""

    def __init__(self, path: Path, *, most: int = _MOST_ANSWERS) -> None:
        self._most = most
        self._database = _opened(path)
        self._number = int(self._database.execute("SELECT count(*) FROM answer").fetchone()[0])

    def get(self, key: str) -> tuple[Any, datetime] | None:
        try:
            row = self._database.execute("SELECT body, at FROM answer WHERE key = ?", (key,)).fetchone()
            return (json.loads(row[0]), datetime.fromtimestamp(row[1], UTC)) if row else None
        except (sqlite3.DatabaseError, ValueError):
            return None

    def keep(self, key: str, value: Any, at: datetime) -> None:
        text = json.dumps(value, ensure_ascii=False)
        self._number += self._database.execute("SELECT 1 FROM answer WHERE key = ?", (key,)).fetchone() is None
        self._database.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", (key, at.timestamp(), text))
        if self._number > self._most:
            # A tenth at once, so that a full file does not look for the oldest at every answer.
            some = max(1, self._most // 10)
            self._database.execute("DELETE FROM answer WHERE key IN (SELECT key FROM answer ORDER BY at LIMIT ?)", (some,))
            self._number -= some

    def close(self) -> None:
        self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _with_table(sqlite3.connect(path, isolation_level=None))
    except sqlite3.OperationalError:
        raise  # somebody else uses it: that is no reason to throw it away
    except sqlite3.DatabaseError:
        path.unlink()
        return _with_table(sqlite3.connect(path, isolation_level=None))


def _with_table(database: sqlite3.Connection) -> sqlite3.Connection:
    try:
        # A lost answer is asked for again, so nothing waits for the disk.
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 1000;")
        if database.execute("PRAGMA user_version").fetchone()[0] not in (0, _FORM):
            raise sqlite3.DatabaseError("of another form")
        database.execute(_TABLE)
        database.execute(f"PRAGMA user_version = {_FORM}")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database

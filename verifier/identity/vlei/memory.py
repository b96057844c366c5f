"""What a verifier has seen of key event logs, kept for good: the first event seen at a number is the only one it will ever take.

One stream shows one history. Whoever holds keys can sign two, and only somebody who saw the first notices (duplicity). So the
SAID of every event of the identifiers behind accepted credentials is kept, and a later stream must tell the same: another event
at a number is a fork, a log that ends before what was seen is a roll-back, and both are refused; a roll-back of a QVI's log or of
one above it only as too old, because those grow with other entities' business. The rows are public key events; identifiers of
persons are not kept.

`FileMemory` keeps them in one SQLite file that several processes may share. What it was told is on disk when `remember` returns.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

_BUSY_SECONDS = 10.0
_MOST_NAMES = 500


class KeyStateMemory(Protocol):
    """First-seen key events."""

    def recall(self, aids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """For each identifier that is known, the SAIDs of its events by number."""
        ...

    def remember(self, logs: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """Keep the SAIDs of logs, all or none.

        Returns:
            The identifiers of which another event was kept meanwhile; nothing is kept then.
        """
        ...


def contradicts(seen: Sequence[str], shown: Sequence[str]) -> str:
    """How a log contradicts what was seen of it: `fork`, `rollback`, or not at all (empty)."""
    if any(one != other for one, other in zip(seen, shown, strict=False)):
        return "fork"
    return "rollback" if len(shown) < len(seen) else ""


class FileMemory:
    """A `KeyStateMemory` in a SQLite file, made when first used.

    Raises (every method):
        sqlite3.Error: the file cannot be used. A memory that fails must not look like one that knows nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def recall(self, aids: Iterable[str]) -> dict[str, list[str]]:
        names = sorted(set(aids))
        seen: dict[str, list[str]] = {}
        with self._lock, closing(self._open()) as database:
            for start in range(0, len(names), _MOST_NAMES):
                some = names[start : start + _MOST_NAMES]
                marks = ",".join("?" * len(some))
                rows = database.execute(f"SELECT aid, said FROM event WHERE aid IN ({marks}) ORDER BY aid, sn", some)  # noqa: S608
                for aid, said in rows:
                    seen.setdefault(aid, []).append(said)
        return seen

    def remember(self, logs: Mapping[str, Sequence[str]]) -> frozenset[str]:
        with self._lock, closing(self._open()) as database:
            database.execute("BEGIN IMMEDIATE")
            conflicts = set()
            for aid, saids in logs.items():
                rows = database.execute("SELECT said FROM event WHERE aid = ? ORDER BY sn", (aid,))
                seen = [said for (said,) in rows]
                if contradicts(seen, saids) == "fork":
                    conflicts.add(aid)
                new = [(aid, sn, said) for sn, said in enumerate(saids) if sn >= len(seen)]
                database.executemany("INSERT INTO event (aid, sn, said) VALUES (?, ?, ?)", new)
            database.execute("ROLLBACK" if conflicts else "COMMIT")
        return frozenset(conflicts)

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._file, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = FULL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS event"
                " (aid TEXT NOT NULL, sn INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (aid, sn)) WITHOUT ROWID"
            )
        except BaseException:
            database.close()
            raise
        return database

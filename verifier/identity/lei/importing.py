"""Importing published files into an index, so that nobody who looks something up notices, whatever goes wrong.

In order, each step repeatable:

    1  the lock: one import at a time
    2  stage     rows are read one by one into `<index>.rows`, and every 10,000 with the place reached; an import that was
                 killed goes on from there when the same files are given again, else it starts anew
    3  build     `<index>.building` is made anew from the staged rows, or from a copy of the index and the staged delta
    4  swap      the disk has it all, then it takes the index's name; who has the old one open reads on in the old one

Refused: a delta without an index, a delta older than the index, files that do not say when they were published. Rows without a
right LEI or a name are passed over and counted. Everything else that is wrong with a file ends the import and changes nothing.
"""

import fcntl
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.errors import FormatError, NotFoundError, SetupError, StateError
from verifier.identity.lei.digits import check_digits_ok
from verifier.identity.lei.entry import COLUMNS, Entry
from verifier.identity.lei.golden_file import digest_of, golden_rows, published_by_name
from verifier.identity.lei.index_build import apply_delta, build, swap
from verifier.identity.lei.index_form import ABOUT_TABLE, INCOMING_TABLE, NAME_TABLE, Provenance
from verifier.identity.lei.names import NameFold

BATCH = 10_000
_PLACE = {name: number for number, name in enumerate(COLUMNS)}

type Progress = Callable[[str, int, int, int], None]
"""Told now and then: the step, how much of it is done, how much there is, how many records so far."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported.

    Args:
        files: golden copies or deltas in CSV or JSON, zipped or plain, in the order they apply.
        index: the index's file.
        countries: ISO 3166 codes to keep, by legal address or jurisdiction; all when empty. A delta keeps the index's choice.
        delta: the files change an index that is there; without, they make a new one.
        published: when the newest file was published, where its name does not say.
    """

    files: tuple[Path, ...]
    index: Path
    countries: tuple[str, ...] = ()
    delta: bool = False
    published: datetime | None = None


def import_files(order: Order, progress: Progress = lambda step, done, total, records: None) -> Provenance:
    """Import, and what the index then says of itself.

    Raises:
        FormatError: `lei.file_…`, `lei.published_unknown`, `lei.record`. NotFoundError: `lei.no_index`.
        StateError: `lei.delta_older`, `lei.import_running`. SetupError: `lei.import_disk`, `lei.index_unreadable`.
    """
    with _locked(order.index):
        try:
            return _import(order, progress)
        except sqlite3.OperationalError as error:
            raise SetupError("lei.import_disk", f"The index cannot be written: {error}.", "Look for space and rights.") from error
        except OSError as error:
            raise SetupError(
                "lei.import_disk", f"A file cannot be used: {error.strerror}.", "Look for space and rights."
            ) from error


def _import(order: Order, progress: Progress) -> Provenance:
    published = order.published or _published(order.files)
    before = _before(order, published) if order.delta else None
    countries = frozenset(before.countries if before else order.countries)
    fold = NameFold(before.fold) if before else NameFold.with_chinese()
    digests = tuple(digest_of(path) for path in order.files)
    staged_as = {
        "digests": digests,
        "countries": sorted(countries),
        "delta": order.delta,
        "on": before and before.as_of.isoformat(),
    }
    rows = order.index.with_name(f"{order.index.name}.rows")
    building = order.index.with_name(f"{order.index.name}.building")
    with closing(_staging(rows, json.dumps(staged_as | {"fold": fold.pairs}))) as staging:
        stage = _Stage(staging, countries, fold, known_in=order.index if before and countries else None)
        with closing(stage):
            for number, path in enumerate(order.files):
                stage.read(number, path, progress)
        passed_over = stage.passed_over
    about = before or Provenance(published, tuple(sorted(countries)), 0, 0, passed_over, digests, fold=fold.pairs)
    if before:
        after = apply_delta(order.index, building, rows, about, digests, published, passed_over, progress)
    else:
        after = build(building, rows, about, progress)
    swap(building, order.index)
    _forget(rows)
    return after


class _Stage:
    """Reads files into the staging database, and remembers how far it came."""

    def __init__(self, database: sqlite3.Connection, countries: frozenset[str], fold: NameFold, known_in: Path | None) -> None:
        self._database = database
        self._countries = countries
        self._fold = fold
        # An entity that moved out of the chosen countries is still one the index has an old record of.
        self._known = sqlite3.connect(f"{known_in.absolute().as_uri()}?mode=ro", uri=True) if known_in else None
        self._next_name = int(database.execute("SELECT coalesce(max(id), 0) + 1 FROM name").fetchone()[0])
        self.kept, self.passed_over = self._said("kept"), self._said("passed_over")

    def close(self) -> None:
        if self._known:
            self._known.close()

    def read(self, number: int, path: Path, progress: Progress) -> None:
        """Stage what is not staged yet of one file, the `number`-th."""
        reached = self._said(f"reached_{number}")
        total = path.stat().st_size
        with golden_rows(path) as (rows, make, position):
            entries: list[Entry] = []
            seen = 0
            for seen, raw in enumerate(rows, 1):
                if seen <= reached:
                    continue
                row = make(raw)
                if not row[1] or not check_digits_ok(row[0]):
                    self.passed_over += 1
                elif self._wanted(row):
                    entries.append(row)
                if seen % BATCH == 0:
                    self._keep(entries, number, seen)
                    entries = []
                    progress("reading", min(position(), total), total, self.kept)
            self._keep(entries, number, max(seen, reached))
        if not seen:
            raise FormatError("lei.file_empty", "There is no LEI record in this file.", "Download the file again.")
        progress("reading", total, total, self.kept)

    def _wanted(self, row: Entry) -> bool:
        if not self._countries or row[_PLACE["country"]] in self._countries:
            return True
        if row[_PLACE["jurisdiction"]].partition("-")[0] in self._countries:
            return True
        return bool(self._known and self._known.execute("SELECT 1 FROM record WHERE lei = ?", row[:1]).fetchone())

    def _keep(self, entries: Sequence[Entry], number: int, reached: int) -> None:
        names: list[tuple[int, str, str, str]] = []
        rows: list[tuple[str | int, ...]] = []
        for row in entries:
            first = self._next_name
            country = row[_PLACE["country"]]
            for folded in self._folded(row):
                names.append((self._next_name, row[0], folded, country))
                self._next_name += 1
            rows.append((*row, first, self._next_name - first))
        self.kept += len(rows)
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        with self._database:
            self._database.executemany(f"INSERT INTO incoming VALUES ({marks})", rows)  # noqa: S608
            self._database.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", names)
            for key, value in ((f"reached_{number}", reached), ("kept", self.kept), ("passed_over", self.passed_over)):
                self._database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, str(value)))

    def _folded(self, row: Entry) -> Iterator[str]:
        folded = {self._fold(row[1]): None}
        if others := row[_PLACE["other_names"]]:
            folded |= {self._fold(other[0]): None for other in json.loads(others)}
        return (name for name in folded if name)

    def _said(self, key: str) -> int:
        row = self._database.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else 0


def _published(files: Sequence[Path]) -> datetime:
    times = [published_by_name(path) for path in files]
    if not times or None in times:
        raise FormatError(
            "lei.published_unknown", "The file's name does not say when it was published.", "Say it with --published TIME."
        )
    return max(time for time in times if time)


def _before(order: Order, published: datetime) -> Provenance:
    if not order.index.exists():
        raise NotFoundError("lei.no_index", "There is no index that a delta could change.", "Import a golden copy first.")
    try:
        with closing(sqlite3.connect(f"{order.index.absolute().as_uri()}?mode=ro", uri=True)) as database:
            before = Provenance.read(database)
    except (sqlite3.DatabaseError, ValueError, TypeError, KeyError) as error:
        raise SetupError("lei.index_unreadable", "This file is not an LEI index.", "Import a golden copy anew.") from error
    if published < before.as_of:
        raise StateError(
            "lei.delta_older", "This delta is older than the index.", f"The index is as of {before.as_of:%Y-%m-%d %H:%M} UTC."
        )
    return before


def _staging(path: Path, staged_as: str) -> sqlite3.Connection:
    """The staging database of exactly this import, begun or begun again."""
    for _ in range(2):
        database = sqlite3.connect(path)
        try:
            database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;")
            known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone()
            if known and database.execute("SELECT value FROM about WHERE key = 'as'").fetchone() == (staged_as,):
                return database
            if not known:
                with database:
                    for table in (INCOMING_TABLE, NAME_TABLE, ABOUT_TABLE):
                        database.execute(table)
                    database.execute("INSERT INTO about VALUES ('as', ?)", (staged_as,))
                return database
        except sqlite3.DatabaseError:
            # What was left there cannot be read; it is only staged rows.
            pass
        database.close()
        _forget(path)
    raise SetupError("lei.import_disk", "Rows cannot be staged beside the index.", "Look for space and rights.")


def _forget(rows: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        rows.with_name(rows.name + suffix).unlink(missing_ok=True)


@contextmanager
def _locked(index: Path) -> Iterator[None]:
    try:
        file = index.with_name(f"{index.name}.lock").open("w")
    except OSError as error:
        raise SetupError(
            "lei.import_disk", f"The index cannot be written: {error.strerror}.", "Look for space and rights."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError("lei.import_running", "Another import into this index is running.", "Wait for it to end.") from error
        yield

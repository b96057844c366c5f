"""Making an index out of staged rows, and putting it in its place.

A new index is written without a journal: when the process dies, what it wrote is thrown away and made again from the staged
rows, which are safe. Sorting is SQLite's, within its cache and on the disk, so that memory does not grow with the world.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from verifier.identity.lei.index_form import (
    ABOUT_TABLE,
    GRAM_COUNTS,
    GRAM_TABLE,
    INDEXES,
    NAME_TABLE,
    RECORD_TABLE,
    ROW,
    SEARCHES,
    Provenance,
    country_word,
    gram_text,
)
from verifier.identity.lei.names import han_pairs, has_han

type Progress = Callable[[str, int, int, int], None]

_STEPS = 6
_DELETE_GRAMS = "INSERT INTO name_grams (name_grams, rowid, text) VALUES ('delete', ?, ?)"
_DELETE_PAIRS = "INSERT INTO name_pairs (name_pairs, rowid, text) VALUES ('delete', ?, ?)"
_INSERT_GRAMS = "INSERT INTO name_grams (rowid, text) VALUES (?, ?)"
_INSERT_PAIRS = "INSERT INTO name_pairs (rowid, text) VALUES (?, ?)"


def build(building: Path, rows: Path, about: Provenance, progress: Progress) -> Provenance:
    """Make a new index out of all staged rows. Where an LEI was staged more than once the last row counts."""
    building.unlink(missing_ok=True)
    with closing(_open(building)) as database:
        database.execute("PRAGMA page_size = 8192")
        database.execute("ATTACH ? AS staged", (str(rows),))
        with database:
            for table in (RECORD_TABLE, NAME_TABLE, GRAM_TABLE, ABOUT_TABLE, *SEARCHES):
                database.execute(table)
            progress("sorting records", 0, _STEPS, 0)
            database.execute(f"INSERT OR REPLACE INTO record SELECT {ROW} FROM staged.incoming ORDER BY lei, incoming.rowid")  # noqa: S608
            records = _count(database, "record")
            progress("sorting names", 1, _STEPS, records)
            database.execute("INSERT INTO name SELECT id, lei, folded, country FROM staged.name ORDER BY id")
            if _count(database, "staged.incoming") > records:
                _drop_names_of_replaced_rows(database)
            for number, index in enumerate(INDEXES, 2):
                progress("sorting names", number, _STEPS, records)
                database.execute(index)
            progress("indexing names", 4, _STEPS, records)
            database.execute("INSERT INTO name_grams (rowid, text) SELECT id, folded || ' ~' || lower(country) FROM name")
            progress("indexing names", 5, _STEPS, records)
            chinese = database.execute("SELECT id, folded, country FROM name WHERE folded GLOB '*[㐀-鿿]*' ORDER BY id")
            database.executemany(_INSERT_PAIRS, ((number, pair_text(folded, country)) for number, folded, country in chinese))
            for table in ("name_grams", "name_pairs"):
                database.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
            database.execute(GRAM_COUNTS)
            database.execute("INSERT INTO gram SELECT term, doc FROM temp.gram_counts")
            after = replace(about, records=records, names=_count(database, "name"))
            after.write(database)
        progress("indexing names", _STEPS, _STEPS, records)
    return after


def apply_delta(
    index: Path,
    building: Path,
    rows: Path,
    about: Provenance,
    digests: tuple[str, ...],
    published: datetime,
    passed_over: int,
    progress: Progress,
) -> Provenance:
    """Make a copy of the index with the staged rows in the place of, or beside, the ones it has."""
    building.unlink(missing_ok=True)
    shutil.copyfile(index, building)
    with closing(_open(building)) as database:
        database.execute("ATTACH ? AS staged", (str(rows),))
        total = _count(database, "staged.incoming")
        with database:
            last_name = int(database.execute("SELECT coalesce(max(id), 0) FROM name").fetchone()[0])
            changed = database.execute(f"SELECT {ROW} FROM staged.incoming ORDER BY incoming.rowid")  # noqa: S608
            for done, row in enumerate(changed):
                _replace(database, row, last_name)
                if done % 1000 == 0:
                    progress("changing records", done, total, done)
            records, names = _count(database, "record"), _count(database, "name")
            after = about.after_delta(digests, published, records, names, passed_over)
            after.write(database)
        progress("changing records", total, total, records)
    return after


def swap(building: Path, index: Path) -> None:
    """Give a finished index its name, once the disk has it."""
    _sync(building)
    building.replace(index)
    _sync(index.parent)


def pair_text(folded: str, country: str) -> str:
    """What `name_pairs` reads of a name."""
    return " ".join([*han_pairs(folded), country_word(country)])


def _replace(database: sqlite3.Connection, row: tuple[str | int, ...], last_name: int) -> None:
    known = database.execute("SELECT names_from, names_count FROM record WHERE lei = ?", row[:1]).fetchone()
    if known:
        span = (known[0], known[0] + known[1] - 1)
        old = database.execute("SELECT id, folded, country FROM name WHERE id BETWEEN ? AND ?", span).fetchall()
        _tell_searches(database, old, _DELETE_GRAMS, _DELETE_PAIRS)
        database.execute("DELETE FROM name WHERE id BETWEEN ? AND ?", span)
    first, number = int(row[-2]), int(row[-1])
    span = (first, first + number - 1)
    staged = database.execute("SELECT id, lei, folded, country FROM staged.name WHERE id BETWEEN ? AND ?", span).fetchall()
    fresh = [(last_name + number, lei, folded, country) for number, lei, folded, country in staged]
    database.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", fresh)
    _tell_searches(database, [(number, folded, country) for number, _, folded, country in fresh], _INSERT_GRAMS, _INSERT_PAIRS)
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT OR REPLACE INTO record VALUES ({marks})", (*row[:-2], last_name + first, number))  # noqa: S608


def _tell_searches(database: sqlite3.Connection, names: Iterable[tuple[int, str, str]], grams: str, pairs: str) -> None:
    for number, folded, country in names:
        database.execute(grams, (number, gram_text(folded, country)))
        if has_han(folded):
            database.execute(pairs, (number, pair_text(folded, country)))


def _drop_names_of_replaced_rows(database: sqlite3.Connection) -> None:
    database.execute(
        "DELETE FROM name WHERE id IN (SELECT each.id FROM name AS each JOIN record USING (lei) "
        "WHERE each.id NOT BETWEEN record.names_from AND record.names_from + record.names_count - 1)"
    )


def _open(building: Path) -> sqlite3.Connection:
    database = sqlite3.connect(building)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -32768")
    database.execute("PRAGMA temp_store = FILE")
    return database


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

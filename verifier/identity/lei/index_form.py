"""The form of an index: its tables, and what it says of itself.

    record        one row an LEI, by LEI; also by number in the home register
    name          every name, folded; by folded name
    name_grams    full text: which names hold three characters in a row
    gram          in how many names each three characters stood when the index was made
    name_pairs    full text: which names hold two Chinese characters in a row; most words of Chinese are two
    about         the form, what was imported, when it was published, how Chinese folds

The full-text tables hold no text of their own and no positions: they name candidates, and the search looks at their names.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from verifier.documents import parse_stamp
from verifier.identity.lei.entry import COLUMNS

FORM = "medcred-lei-1"
_TEXTS = ", ".join(f"{column} TEXT NOT NULL" for column in COLUMNS[1:])
_NAMES = "names_from INTEGER NOT NULL, names_count INTEGER NOT NULL"
ROW = ", ".join([*COLUMNS, "names_from", "names_count"])
"""The columns of a row, and which rows of `name` are its names."""

RECORD_TABLE = f"CREATE TABLE record (lei TEXT PRIMARY KEY, {_TEXTS}, {_NAMES}) WITHOUT ROWID"
INCOMING_TABLE = f"CREATE TABLE incoming (lei TEXT NOT NULL, {_TEXTS}, {_NAMES})"
NAME_TABLE = "CREATE TABLE name (id INTEGER PRIMARY KEY, lei TEXT NOT NULL, folded TEXT NOT NULL, country TEXT NOT NULL)"
GRAM_TABLE = "CREATE TABLE gram (gram TEXT PRIMARY KEY, names INTEGER NOT NULL) WITHOUT ROWID"
ABOUT_TABLE = "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
INDEXES = (
    "CREATE INDEX record_number ON record (registered_as, registered_at)",
    "CREATE INDEX name_folded ON name (folded, country, lei)",
)
_WITHOUT_TEXT = "content='', detail=none, columnsize=0"
SEARCHES = (
    f"CREATE VIRTUAL TABLE name_grams USING fts5 (text, {_WITHOUT_TEXT}, tokenize='trigram case_sensitive 1')",
    f"CREATE VIRTUAL TABLE name_pairs USING fts5 (text, {_WITHOUT_TEXT}, tokenize='unicode61')",
)


GRAM_COUNTS = "CREATE VIRTUAL TABLE temp.gram_counts USING fts5vocab (main, name_grams, row)"


def gram_text(folded: str, country: str) -> str:
    """What `name_grams` reads of a name: it and, as three characters that no name has, its country."""
    return f"{folded} {country_gram(country)}"


def country_gram(country: str) -> str:
    return f"~{country.casefold()}"


def country_word(country: str) -> str:
    """The country among the pairs of Chinese characters."""
    return f"in{country.casefold()}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an index says of itself.

    Attributes:
        as_of: when the newest file in it was published.
        countries: the countries chosen; none is the whole world.
        records: how many LEIs it has.
        names: how many names.
        passed_over: how many rows of the files had no right LEI or no name.
        files: SHA-256 of the files it was made from.
        deltas: SHA-256 of the delta files applied since, the last first; at most 100.
        fold: the characters by which Chinese is folded.
    """

    as_of: datetime
    countries: tuple[str, ...]
    records: int
    names: int
    passed_over: int
    files: tuple[str, ...]
    deltas: tuple[str, ...] = ()
    fold: str = ""

    @property
    def whole_world(self) -> bool:
        """Whether an LEI that is not in it was not in the published file either."""
        return not self.countries

    def after_delta(self, digests: tuple[str, ...], as_of: datetime, records: int, names: int, passed_over: int) -> "Provenance":
        return replace(
            self,
            as_of=as_of,
            records=records,
            names=names,
            passed_over=self.passed_over + passed_over,
            deltas=(*reversed(digests), *self.deltas)[:100],
        )

    def write(self, database: sqlite3.Connection) -> None:
        values = asdict(self) | {"as_of": self.as_of.astimezone(UTC).isoformat(), "form": FORM}
        database.executemany(
            "INSERT OR REPLACE INTO about VALUES (?, ?)", [(key, json.dumps(value)) for key, value in values.items()]
        )

    @classmethod
    def read(cls, database: sqlite3.Connection) -> "Provenance":
        """What an open index says of itself.

        Raises:
            ValueError: it is of another form. sqlite3.DatabaseError: it is no index.
        """
        said: dict[str, Any] = {key: json.loads(value) for key, value in database.execute("SELECT key, value FROM about")}
        as_of = parse_stamp(said.get("as_of"))
        if said.get("form") != FORM or as_of is None:
            raise ValueError("an index of another form")
        return cls(
            as_of=as_of,
            countries=tuple(said["countries"]),
            records=said["records"],
            names=said["names"],
            passed_over=said["passed_over"],
            files=tuple(said["files"]),
            deltas=tuple(said["deltas"]),
            fold=said["fold"],
        )

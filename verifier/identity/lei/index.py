"""An index of LEI records on this machine, read only: by LEI, by number in the home register, by name.

The file is opened as one that never changes (`immutable=1`: no locks, no journal); an import does not change it but puts another
file in its place, which the next question notices.

What an index does not have is not thereby unknown to the register. `LeiIndex.record` says `lei.not_found` only when it holds the
whole world and is fresh; else `lei.not_in_index`, which is "could not check".
"""

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from schemas.errors import NotFoundError, SourceError
from verifier.identity.lei.digits import require_lei
from verifier.identity.lei.entry import COLUMNS, RECORD_COLUMNS, to_record, to_resource
from verifier.identity.lei.freshness import LEI_FRESHNESS, Age, LeiFreshness
from verifier.identity.lei.index_form import Provenance
from verifier.identity.lei.index_search import NameSearch, Near
from verifier.identity.lei.names import NameFold
from verifier.identity.lei.record import LeiRecord
from verifier.identity.lei.source import Clock

_ONE = f"SELECT {RECORD_COLUMNS} FROM record WHERE lei = ?"  # noqa: S608
_WHOLE = f"SELECT {', '.join(COLUMNS)} FROM record WHERE lei = ?"  # noqa: S608
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Not memory mapped: a file that somebody cuts short under a running service should be an error, not its end.
_CACHE_KB = 32 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a search found, and the name it was found by (folded)."""

    record: LeiRecord
    name: str


class LeiIndex:
    """A `LeiSource` over an index file, which is opened at the first question. Any thread may ask; close it when done.

    Args:
        path: the file.
        clock: says whether the index is fresh.
        freshness: until when "not in it" means "no such LEI".
    """

    def __init__(self, path: Path, clock: Clock, *, freshness: LeiFreshness = LEI_FRESHNESS) -> None:
        self._path = path
        self._clock = clock
        self._freshness = freshness
        self._lock = threading.Lock()
        self._open: _Open | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._open:
            self._open.close()
            self._open = None

    @property
    def about(self) -> Provenance:
        """What the index says of itself.

        Raises:
            SourceError: `lei.no_index`, `lei.index_unreadable`.
        """
        with self._lock:
            return self._current().about

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI; `as_of` is when the file it came from was published.

        Raises:
            FormatError: `lei.malformed`. NotFoundError: `lei.not_found`.
            SourceError: `lei.not_in_index`, `lei.no_index`, `lei.index_unreadable`.
        """
        require_lei(lei)
        with self._lock, _readable():
            current = self._current()
            row = current.database.execute(_ONE, (lei,)).fetchone()
        if row is None:
            raise self._absent(current.about)
        return to_record(row, as_of=current.about.as_of)

    def resource(self, lei: str) -> tuple[dict[str, Any], datetime]:
        """All that the index has of an LEI, as the JSON:API resource of the GLEIF API, and when it was published.

        Raises: as `record`.
        """
        require_lei(lei)
        with self._lock, _readable():
            current = self._current()
            row = current.database.execute(_WHOLE, (lei,)).fetchone()
        if row is None:
            raise self._absent(current.about)
        return to_resource(row), current.about.as_of

    def search(self, name: str, *, country: str = "", most: int = 20) -> tuple[Found, ...]:
        """Records that have a name with these words in it, the best first: the very name, names that begin so, the shorter ones.

        Args:
            name: words in any language; each stands somewhere in the name. Chinese words of two characters and more.
            country: ISO 3166 code of the legal address; any when empty.
            most: how many records, 1 to 200.

        Raises:
            SourceError: `lei.no_index`, `lei.index_unreadable`.
        """
        return self._found(name, country, most, similar=False)

    def similar(self, name: str, *, country: str = "", most: int = 20) -> tuple[Found, ...]:
        """As `search`, and where that finds nothing names that are nearly so, the likest first."""
        return self._found(name, country, most, similar=False) or self._found(name, country, most, similar=True)

    def registered(self, number: str, *, authority: str = "", most: int = 20) -> tuple[LeiRecord, ...]:
        """Records with this number in their home register.

        Args:
            number: as that register writes it.
            authority: its code at GLEIF (`RA000092`); any when empty.
            most: how many records.

        Raises:
            SourceError: `lei.no_index`, `lei.index_unreadable`.
        """
        with self._lock, _readable():
            current = self._current()
            rows = current.database.execute(
                f"SELECT {RECORD_COLUMNS} FROM record WHERE registered_as = ? AND (? = '' OR registered_at = ?) LIMIT ?",  # noqa: S608
                (number, authority, authority, most),
            ).fetchall()
        return tuple([to_record(row, as_of=current.about.as_of) for row in rows])

    def _found(self, name: str, country: str, most: int, *, similar: bool) -> tuple[Found, ...]:
        if country and not _COUNTRY.fullmatch(country):
            return ()
        with self._lock, _readable():
            current = self._current()
            find = current.names.similar if similar else current.names.search
            near: Sequence[Near] = find(name, country, max(1, min(most, 200)))
            rows = [(one, current.database.execute(_ONE, (one.lei,)).fetchone()) for one in near]
        return tuple([Found(to_record(row, as_of=current.about.as_of), one.name) for one, row in rows if row])

    def _absent(self, about: Provenance) -> NotFoundError | SourceError:
        if about.whole_world and self._freshness.of(about.as_of, self._clock.now()) is Age.FRESH:
            return NotFoundError("lei.not_found", "The register has no such LEI.", "Compare all 20 characters.")
        covers = "the whole world" if about.whole_world else ", ".join(about.countries)
        return SourceError(
            "lei.not_in_index",
            f"The index ({covers}, as of {about.as_of:%Y-%m-%d %H:%M} UTC) does not have this LEI.",
            "Ask the register itself, or import its latest file.",
        )

    def _current(self) -> "_Open":
        if self._open is None or _identity(self._path) != self._open.identity:
            fresh = _Open(self._path)
            self.close()
            self._open = fresh
        return self._open


class _Open:
    """An index file as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self.identity = _identity(path)
        with _readable():
            self.database = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False, isolation_level=None
            )
            try:
                self.database.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
                self.about = Provenance.read(self.database)
            except BaseException:
                self.database.close()
                raise
        self.names = NameSearch(self.database, NameFold(self.about.fold))

    def close(self) -> None:
        self.database.close()


@contextmanager
def _readable() -> Iterator[None]:
    """Turns what a file that is no index, or a damaged one, raises into `lei.index_unreadable`."""
    try:
        yield
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            "lei.index_unreadable", "This file is not an LEI index, or is damaged.", "Import a golden copy anew."
        ) from error


def _identity(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise SourceError("lei.no_index", "There is no LEI index there.", "Make one: medcred lei import --help") from error
    return status.st_dev, status.st_ino, status.st_mtime_ns

"""A published file as it lies on the disk: plain or zipped, CSV or JSON, with its digest and the time it was published.

GLEIF names its files by time: `20261124-0800-gleif-goldencopy-lei2-golden-copy.csv.zip` was published on 24 November 2026 at
08:00 UTC. A file of another name needs to be told: an index that claims to be fresher than it is would be believed too long.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from schemas.errors import FormatError
from verifier.identity.lei.entry import Entry
from verifier.identity.lei.golden_csv import csv_rows
from verifier.identity.lei.golden_json import json_rows

_NAMED = re.compile(r"(?:^|[^0-9])(20[0-9]{6})-?([0-9]{4})(?:[^0-9]|$)")
_SIGNATURE = b"PK"

type Position = Callable[[], int]


def digest_of(path: Path) -> str:
    """The SHA-256 of the file as it is, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def published_by_name(path: Path) -> datetime | None:
    """When the file was published, by its name; None when the name does not say."""
    if not (found := _NAMED.search(path.name)):
        return None
    try:
        return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


@contextmanager
def golden_rows(path: Path) -> Iterator[tuple[Iterator[Any], Callable[[Any], Entry], Position]]:
    """The records of a file one by one, what makes an index row of one, and how many of its bytes were read so far.

    Raises:
        FormatError: `lei.file_kind`, `lei.file_damaged`, `lei.file_encoding`, `lei.file_columns`, `lei.file_row`,
            `lei.file_json`, `lei.file_too_large`; most of them while the records are read.
    """
    try:
        with path.open("rb") as file, _content(file) as content, TextIOWrapper(content, "utf-8-sig", newline="") as text:
            first = text.read(4096).lstrip()[:1]
            text.seek(0)
            rows, make = json_rows(text) if first in ("{", "[") else csv_rows(text)
            yield rows, make, file.tell
    except UnicodeDecodeError as error:
        raise FormatError("lei.file_encoding", "This file is not UTF-8.", "Download the file again.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FormatError("lei.file_damaged", "This zip file is damaged or of an unusual kind.", "Download it again.") from error


@contextmanager
def _content(file: IO[bytes]) -> Iterator[IO[bytes]]:
    signature = file.read(2)
    file.seek(0)
    if signature != _SIGNATURE:
        yield file
        return
    with zipfile.ZipFile(file) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1 or members[0].flag_bits & 1:
            raise FormatError(
                "lei.file_kind", "This zip file does not hold exactly one readable file.", "Give the file as GLEIF publishes it."
            )
        with archive.open(members[0]) as content:
            yield content

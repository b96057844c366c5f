"""What a verifier keeps between verdicts, in a folder: documents it fetched, and the heads of ledgers it has seen.

    <folder>/documents/<sha-256 of the URL>.json     {"url", "fetchedAt", "document"}
    <folder>/heads/<sha-256 of the origin>.json      {"origin", "size", "root"}

Every file is written beside its place and then moved there, so a reader or a crash finds the old file or the new one, never
half of one. A file that cannot be read counts as not there: a document is fetched again. Nothing of a patient is kept: status
lists and DID documents are public, and a list is asked for as a whole. What is kept is judged again each time it is used.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ledger.memory import HeadStore, LogHead
from verifier.documents import parse_stamp
from verifier.verdict import stamp

MAX_FILE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A document and when its URL gave it."""

    document: dict[str, Any]
    fetched_at: datetime


class Shelf(HeadStore, Protocol):
    """Where a verifier keeps public documents by their URL (or DID), and the heads of ledgers: a folder, a database."""

    def document(self, url: str) -> Kept | None:
        """The document kept of a URL, with the time its URL gave it; None asks for it to be fetched."""
        ...

    def keep(self, url: str, document: dict[str, Any], at: datetime) -> None:
        """Keep what a URL gave."""
        ...


class Cache:
    """A `Shelf` in a folder, which is made when something is first kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def document(self, url: str) -> Kept | None:
        """The document kept of a URL (or of a DID)."""
        match self._read("documents", url):
            case {"url": kept_url, "fetchedAt": fetched, "document": dict(document)} if kept_url == url:
                at = parse_stamp(fetched)
                return Kept(document, at) if at else None
        return None

    def keep(self, url: str, document: dict[str, Any], at: datetime) -> None:
        """Keep what a URL gave."""
        self._write("documents", url, {"url": url, "fetchedAt": stamp(at), "document": document})

    def recall(self, origin: str) -> LogHead | None:
        """The head remembered of a ledger."""
        match self._read("heads", origin):
            case {"origin": kept_origin, "size": int(size), "root": str(root)} if kept_origin == origin:
                try:
                    return LogHead(origin, size, bytes.fromhex(root))
                except ValueError:
                    return None
        return None

    def remember(self, head: LogHead) -> None:
        """Remember a head instead of any earlier one of its ledger."""
        self._write("heads", head.origin, {"origin": head.origin, "size": head.size, "root": head.root.hex()})

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / kind / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def _read(self, kind: str, name: str) -> Any:
        try:
            with self._path(kind, name).open("rb") as file:
                return json.loads(file.read(MAX_FILE_BYTES))
        except (OSError, ValueError, RecursionError):
            return None

    def _write(self, kind: str, name: str, value: dict[str, Any]) -> None:
        path = self._path(kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".new")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, ensure_ascii=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

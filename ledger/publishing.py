"""From sealed to published: the log's head is signed, cosigned, and becomes what receipts are made of.

    sign      the head of the whole log, once for each size; the log vouches for it from here on
    keep      what witnesses answered, row by row, so that a restart asks only those who have not yet
    publish   the first time enough witnesses have cosigned; a published checkpoint never changes again

When the log grows while witnesses are away, a larger head is signed and the smaller one is left behind: the larger covers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from ledger import tlog
from ledger.checkpoint import Checkpoint
from ledger.database import insert_new
from ledger.notes import NoteSignature, SignedNote, SigningKey, parse_signature_lines, sign
from ledger.tables import checkpoint, cosignature
from schemas.errors import StateError


@dataclass(frozen=True, slots=True)
class Pending:
    """A signed head that waits for witnesses, and those who have cosigned it already."""

    head: Checkpoint
    note: SignedNote
    cosigned: frozenset[str]


def sign_head(connection: Connection, key: SigningKey, now: datetime) -> Pending | None:
    """Sign the log's present head if it is not signed yet; None when the present head is published or the log is empty.

    Raises:
        StateError: `ledger.rewritten`, the log no longer contains what it signed last. It must not sign again (C2SP
            tlog-checkpoint §Signatures); `ledger.fsck` says where it differs. `ledger.other_key`, the last head was signed
            under another name or key.
    """
    size = tlog.size(connection)
    if size == 0:
        return None
    last = connection.execute(select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)).one_or_none()
    if last is not None:
        _check_continues(connection, last, size, key)
        if last.size == size:
            note = SignedNote.parse(last.note)
            waiting = Pending(Checkpoint.parse(note.body), note, frozenset(_lines(connection, size)))
            return None if last.published_at else waiting
    head = Checkpoint(key.verifier_key.name, size, tlog.root(connection, size))
    note = sign(head.body(), key)
    connection.execute(insert(checkpoint).values(size=size, root=head.root, note=str(note), signed_at=now))
    return Pending(head, note, frozenset())


def keep_cosignatures(connection: Connection, size: int, lines: Mapping[str, NoteSignature]) -> None:
    """Keep what witnesses answered, by witness name."""
    rows = [{"size": size, "witness": witness, "line": str(line)} for witness, line in lines.items()]
    if rows:
        connection.execute(insert_new(connection, cosignature), rows)


def publish(connection: Connection, size: int, quorum: int, now: datetime) -> bool:
    """Publish the head of this size if at least `quorum` witnesses cosigned it; returns whether it is published."""
    if len(_lines(connection, size)) < quorum:
        return False
    connection.execute(
        update(checkpoint).where(checkpoint.c.size == size, checkpoint.c.published_at.is_(None)).values(published_at=now)
    )
    return True


def last_cosigned(connection: Connection, witness: str) -> int:
    """The size of the last head this witness cosigned, as far as we know; 0 when none."""
    query = select(func.coalesce(func.max(cosignature.c.size), 0)).where(cosignature.c.witness == witness)
    return int(connection.execute(query).scalar_one())


def published_note(connection: Connection, *, covering: int | None = None) -> SignedNote | None:
    """A published checkpoint with its cosignatures: the first that covers this log position, or else the newest."""
    query = select(checkpoint.c.size, checkpoint.c.note).where(checkpoint.c.published_at.is_not(None))
    if covering is None:
        query = query.order_by(checkpoint.c.size.desc())
    else:
        query = query.where(checkpoint.c.size > covering).order_by(checkpoint.c.size)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return None
    lines = _lines(connection, row.size).values()
    return SignedNote.parse(row.note).with_signatures([line for text in lines for line in parse_signature_lines(text)])


def _check_continues(connection: Connection, last: Row[Any], size: int, key: SigningKey) -> None:
    if not SignedNote.parse(last.note).verify([key.verifier_key]):
        raise StateError(
            "ledger.other_key",
            "This database belongs to a log with another name or key.",
            "Set the origin and key it was begun with, or begin a new log in an empty database.",
        )
    if last.size > size or tlog.root(connection, last.size) != bytes(last.root):
        raise StateError(
            "ledger.rewritten",
            "The log no longer contains what it has signed.",
            "Stop the operator, keep the database, and run `medcred ledger fsck`.",
        )


def _lines(connection: Connection, size: int) -> dict[str, str]:
    query = select(cosignature.c.witness, cosignature.c.line).where(cosignature.c.size == size)
    return {row.witness: row.line for row in connection.execute(query.order_by(cosignature.c.witness))}

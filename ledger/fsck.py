"""Read the whole ledger again and compare everything that can be computed with what is stored.

Order: the log (leaves, then every stored subtree), the checkpoints (roots, signatures, quorum), the epochs (leaves, roots, their
entries in the log), the commitments. A fault is reported with a stable code and a place; reading goes on after it.

A clean report says the database agrees with itself and with the log's signatures. It cannot say that the whole was not replaced
by another that agrees with itself: only heads held elsewhere can (`ledger.memory`, witnesses, `ledger.export`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, func, select

from ledger import publishing, sealing
from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.database import reading
from ledger.epoch import EpochTree
from ledger.merkle import SHA256
from ledger.notes import KeyType, SignedNote, VerifierKey
from ledger.receipting import leaves_of
from ledger.tables import checkpoint, commitment, epoch_tree, log_leaf, log_node
from schemas.errors import FormatError

_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something stored that does not agree with the rest. `where` names the row, never its content."""

    code: str
    where: str


@dataclass(slots=True)
class FsckReport:
    """What was read, and what is wrong with it."""

    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.faults

    def blame(self, code: str, where: str) -> None:
        self.faults.append(Fault(code, where))


def fsck(engine: Engine, log: VerifierKey, witnesses: Sequence[VerifierKey], quorum: int) -> FsckReport:
    """Check the ledger in `engine` against the log's key, the witnesses' keys and the quorum it claims to publish by."""
    report = FsckReport()
    with reading(engine) as connection:
        roots = _check_log(connection, report)
        _check_checkpoints(connection, report, roots, log, witnesses, quorum)
        _check_epochs(connection, report)
        report.counts |= {str(state): count for state, count in sealing.counts(connection).items()}
    return report


def _check_log(connection: Connection, report: FsckReport) -> dict[int, bytes]:
    """Compare every leaf and subtree; returns the root at each size a checkpoint was signed for."""
    wanted = set(connection.execute(select(checkpoint.c.size)).scalars())
    roots: dict[int, bytes] = {}
    peaks: list[bytes | None] = []  # peaks[level] is the complete subtree of that level not yet part of a larger one
    size = stored_nodes = 0
    leaves = select(log_leaf).order_by(log_leaf.c.position).execution_options(yield_per=_ROWS)
    for row in connection.execute(leaves):
        if row.position != size:
            report.blame("leaf.gap", f"log_leaf {size}")
            size = row.position
        current = SHA256.leaf(bytes(row.entry))
        if current != bytes(row.hash):
            report.blame("leaf.hash", f"log_leaf {row.position}")
        level = 0
        while level < len(peaks) and (left := peaks[level]) is not None:
            peaks[level] = None
            current = SHA256.node(left, current)
            level += 1
            stored_nodes += 1
            _compare_node(connection, report, level, size >> level, current)
        if level == len(peaks):
            peaks.append(None)
        peaks[level] = current
        size += 1
        if size in wanted:
            roots[size] = _bag(peaks)
    if connection.execute(select(func.count()).select_from(log_node)).scalar_one() != stored_nodes:
        report.blame("node.count", "log_node")
    report.counts["leaves"] = size
    return roots


def _compare_node(connection: Connection, report: FsckReport, level: int, position: int, expected: bytes) -> None:
    query = select(log_node.c.hash).where(log_node.c.level == level, log_node.c.position == position)
    stored = connection.execute(query).scalar_one_or_none()
    if stored is None or bytes(stored) != expected:
        report.blame("node.hash", f"log_node {level}/{position}")


def _bag(peaks: list[bytes | None]) -> bytes:
    """The root over the complete subtrees, smallest first."""
    root: bytes | None = None
    for peak in peaks:
        if peak is not None:
            root = peak if root is None else SHA256.node(peak, root)
    return root or SHA256.empty_root


def _check_checkpoints(
    connection: Connection,
    report: FsckReport,
    roots: dict[int, bytes],
    log: VerifierKey,
    witnesses: Sequence[VerifierKey],
    quorum: int,
) -> None:
    rows = connection.execute(select(checkpoint).order_by(checkpoint.c.size)).all()
    report.counts["checkpoints"] = len(rows)
    for row in rows:
        where = f"checkpoint {row.size}"
        if row.size in roots and roots[row.size] != bytes(row.root):
            report.blame("checkpoint.root", where)
        elif row.size not in roots:
            report.blame("checkpoint.beyond_log", where)
        note = SignedNote.parse(row.note)
        if row.published_at is not None:
            note = publishing.published_note(connection, covering=row.size - 1) or note
        try:
            head = Checkpoint.parse(note.body)
            signed = {one.key for one in note.verify([log, *witnesses])}
        except FormatError:
            report.blame("checkpoint.bad_signature", where)
            continue
        if (head.origin, head.size, head.root) != (log.name, row.size, bytes(row.root)):
            report.blame("checkpoint.note", where)
        if log not in signed:
            report.blame("checkpoint.unsigned", where)
        if row.published_at is not None and sum(key.type is KeyType.COSIGNATURE for key in signed) < quorum:
            report.blame("checkpoint.no_quorum", where)


def _check_epochs(connection: Connection, report: FsckReport) -> None:
    rows = connection.execute(select(epoch_tree).order_by(epoch_tree.c.id)).all()
    report.counts["epoch_trees"] = len(rows)
    for row in rows:
        where = f"epoch_tree {row.id}"
        places = select(commitment.c.position).where(commitment.c.tree == row.id).order_by(commitment.c.position)
        if connection.execute(places).scalars().all() != list(range(row.size)):
            report.blame("epoch.leaves", where)
            continue
        tree = EpochTree(Algorithm(row.algorithm), leaves_of(connection, row.id))
        if tree.root != bytes(row.root):
            report.blame("epoch.root", where)
        entry = connection.execute(select(log_leaf.c.entry).where(log_leaf.c.position == row.log_position)).scalar()
        if entry is None or bytes(entry) != tree.entry():
            report.blame("epoch.entry", where)
    joined = log_leaf.outerjoin(epoch_tree, epoch_tree.c.log_position == log_leaf.c.position)
    orphans = select(log_leaf.c.position).select_from(joined).where(epoch_tree.c.id.is_(None))
    for position in connection.execute(orphans).scalars():
        report.blame("epoch.missing", f"log_leaf {position}")

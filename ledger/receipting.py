"""Receipts for commitments whose epoch is published.

A receipt rests on the first published checkpoint that covers its epoch, so asking again gives the same receipt. Trees are
rebuilt from their leaves; those asked for lately are kept, because hospitals ask for all receipts of an epoch at once.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from ledger import publishing, tlog
from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.epoch import EpochTree
from ledger.log_proof import LogProof
from ledger.receipt import Receipt
from ledger.tables import commitment, epoch_tree

_KEPT_TREES = 8
_QUERY_BATCH = 200


class Receipts:
    """Makes receipts; safe to share between threads."""

    def __init__(self) -> None:
        self._trees: OrderedDict[int, EpochTree] = OrderedDict()
        self._lock = Lock()

    def make(self, connection: Connection, commitments: Sequence[Commitment]) -> dict[bytes, Receipt]:
        """The receipts that are ready, by digest; unknown and unpublished commitments are left out."""
        receipts: dict[bytes, Receipt] = {}
        proofs: dict[int, LogProof | None] = {}
        for row in _sealed(connection, commitments):
            if row.log_position not in proofs:
                proofs[row.log_position] = _log_proof(connection, row.log_position)
            if (proof := proofs[row.log_position]) is not None:
                tree = self._tree(connection, row.tree, Algorithm(row.algorithm))
                receipts[bytes(row.digest)] = Receipt("tlog", tree.algorithm, tree.proof(row.position), proof)
        return receipts

    def _tree(self, connection: Connection, number: int, algorithm: Algorithm) -> EpochTree:
        with self._lock:
            tree = self._trees.pop(number, None) or EpochTree(algorithm, leaves_of(connection, number))
            self._trees[number] = tree
            while len(self._trees) > _KEPT_TREES:
                self._trees.popitem(last=False)
            return tree


def leaves_of(connection: Connection, tree: int) -> list[bytes]:
    """The leaves of an epoch's tree, in their order."""
    query = select(commitment.c.digest).where(commitment.c.tree == tree).order_by(commitment.c.position)
    return [bytes(digest) for digest in connection.execute(query).scalars()]


def _log_proof(connection: Connection, position: int) -> LogProof | None:
    note = publishing.published_note(connection, covering=position)
    if note is None:
        return None
    size = Checkpoint.parse(note.body).size
    return LogProof(position, tuple(tlog.inclusion(connection, position, size)), note)


def _sealed(connection: Connection, commitments: Sequence[Commitment]) -> Iterator[Row[*tuple[Any, ...]]]:
    """Those of `commitments` that are in an epoch, with their places."""
    query = select(
        commitment.c.algorithm, commitment.c.digest, commitment.c.tree, commitment.c.position, epoch_tree.c.log_position
    ).join(epoch_tree, epoch_tree.c.id == commitment.c.tree)
    for begin in range(0, len(commitments), _QUERY_BATCH):
        wanted = [(str(one.algorithm), one.digest) for one in commitments[begin : begin + _QUERY_BATCH]]
        identity = tuple_(commitment.c.algorithm, commitment.c.digest)
        yield from connection.execute(query.where(identity.in_(wanted), commitment.c.decoy.is_(False)))

"""From handed in to sealed: the first two steps of a commitment's life.

submit    a row in `commitment`; its tree is NULL. From here on the operator owes a receipt
seal      everything waiting becomes one epoch: one tree an algorithm, with decoys; each tree's entry goes into the log.
          One transaction: either all of it happened or none of it
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Connection, bindparam, func, insert, select, update

from ledger import tlog
from ledger.algorithms import Algorithm
from ledger.commitment import Commitment
from ledger.database import insert_new
from ledger.epoch import LARGEST_EPOCH, EpochTree, padded
from ledger.tables import checkpoint, commitment, epoch_tree


class CommitmentState(StrEnum):
    """Where a commitment is; it only ever moves down this list."""

    SUBMITTED = "submitted"
    IN_EPOCH = "in_epoch"
    PUBLISHED = "published"


def submit(connection: Connection, commitments: Sequence[Commitment], now: datetime) -> None:
    """Store commitments to be sealed. Those handed in before are left as they are."""
    rows = [{"algorithm": str(one.algorithm), "digest": one.digest, "decoy": False, "submitted_at": now} for one in commitments]
    if rows:
        connection.execute(insert_new(connection, commitment), rows)


def seal(connection: Connection, now: datetime, random_bytes: Callable[[int], bytes]) -> int:
    """Make one epoch of what is waiting, oldest first, at most `LARGEST_EPOCH` commitments; returns how many it took."""
    waiting = (
        select(commitment.c.algorithm, commitment.c.digest)
        .where(commitment.c.tree.is_(None))
        .order_by(commitment.c.submitted_at)
        .limit(LARGEST_EPOCH)
    )
    by_algorithm: dict[Algorithm, list[bytes]] = {}
    for algorithm, digest in connection.execute(waiting):
        by_algorithm.setdefault(Algorithm(algorithm), []).append(bytes(digest))
    if not by_algorithm:
        return 0
    epoch = _next(connection, epoch_tree.c.epoch)
    for algorithm, digests in sorted(by_algorithm.items()):
        _seal_tree(connection, epoch, algorithm, digests, now, random_bytes)
    return sum(map(len, by_algorithm.values()))


def counts(connection: Connection) -> Mapping[CommitmentState, int]:
    """How many commitments, decoys not counted, are in each state."""
    ours = select(func.count()).select_from(commitment).where(commitment.c.decoy.is_(False))
    published = select(func.coalesce(func.max(checkpoint.c.size), 0)).where(checkpoint.c.published_at.is_not(None))
    sealed = ours.join(epoch_tree, epoch_tree.c.id == commitment.c.tree)
    queries = {
        CommitmentState.SUBMITTED: ours.where(commitment.c.tree.is_(None)),
        CommitmentState.IN_EPOCH: sealed.where(epoch_tree.c.log_position >= published.scalar_subquery()),
        CommitmentState.PUBLISHED: sealed.where(epoch_tree.c.log_position < published.scalar_subquery()),
    }
    return {state: int(connection.execute(query).scalar_one()) for state, query in queries.items()}


def _seal_tree(
    connection: Connection,
    epoch: int,
    algorithm: Algorithm,
    digests: list[bytes],
    now: datetime,
    random_bytes: Callable[[int], bytes],
) -> None:
    leaves, decoys = padded(digests, random_bytes)
    tree = EpochTree(algorithm, leaves)
    log_position = tlog.append(connection, [tree.entry()])
    number = _next(connection, epoch_tree.c.id)
    connection.execute(
        insert(epoch_tree).values(
            id=number,
            epoch=epoch,
            algorithm=str(algorithm),
            size=tree.size,
            root=tree.root,
            log_position=log_position,
            sealed_at=now,
        )
    )
    place = {digest: position for position, digest in enumerate(leaves)}
    connection.execute(
        update(commitment)
        .where(commitment.c.algorithm == str(algorithm), commitment.c.digest == bindparam("leaf"))
        .values(tree=number, position=bindparam("place")),
        [{"leaf": digest, "place": place[digest]} for digest in digests],
    )
    if decoys:
        made = {"algorithm": str(algorithm), "decoy": True, "submitted_at": now, "tree": number}
        connection.execute(insert(commitment), [made | {"digest": one, "position": place[one]} for one in decoys])


def _next(connection: Connection, column: Column[int]) -> int:
    return int(connection.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar_one())

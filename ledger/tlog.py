"""The embedded transparency log: an RFC 6962 tree of entries in SQL, appended in batches.

Stored are the leaves and the hashes of complete subtrees, each written once when its last leaf arrives (2n - 1 hashes for n
leaves). The root and every proof of every earlier size can be read for ever, because nothing stored ever changes.

All functions work on a connection inside the caller's transaction, so that an entry and the rows that speak of it are
committed together or not at all.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from ledger import merkle
from ledger.merkle import SHA256
from ledger.tables import log_leaf, log_node
from schemas.errors import RepeatedError

_LEAF = select(log_leaf.c.hash).where(log_leaf.c.position == bindparam("position"))
_NODE = select(log_node.c.hash).where(log_node.c.level == bindparam("level"), log_node.c.position == bindparam("position"))


class SqlTree:
    """The stored subtrees of the log, as `ledger.merkle` asks for them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def node(self, level: int, position: int) -> bytes:
        query, at = (_NODE, {"level": level, "position": position}) if level else (_LEAF, {"position": position})
        return bytes(self._connection.execute(query, at).scalar_one())


def size(connection: Connection) -> int:
    """How many entries the log has."""
    return int(connection.execute(select(func.coalesce(func.max(log_leaf.c.position) + 1, 0))).scalar_one())


def root(connection: Connection, size: int) -> bytes:
    """The root of the first `size` entries."""
    return merkle.root(SHA256, SqlTree(connection), size)


def inclusion(connection: Connection, position: int, size: int) -> list[bytes]:
    """The proof that the entry at `position` is in the log of `size` entries."""
    return merkle.inclusion_proof(SHA256, SqlTree(connection), position, size)


def consistency(connection: Connection, old: int, new: int) -> list[bytes]:
    """The proof that the log of `new` entries continues the log of `old` entries."""
    return merkle.consistency_proof(SHA256, SqlTree(connection), old, new)


def append(connection: Connection, entries: Sequence[bytes]) -> int:
    """Add entries in their order; returns the position of the first.

    Writers come one after another: on SQLite the transaction already holds the write lock, on PostgreSQL the table is locked
    against other writers until the transaction ends.

    Raises:
        RepeatedError: `ledger.entry_repeated`, an entry is in the log already. The transaction must then be given up.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE log_leaf IN SHARE ROW EXCLUSIVE MODE"))
    begin = size(connection)
    if not entries:
        return begin
    hashes = [SHA256.leaf(entry) for entry in entries]
    rows = [
        {"position": begin + i, "entry": entry, "hash": leaf} for i, (entry, leaf) in enumerate(zip(entries, hashes, strict=True))
    ]
    try:
        connection.execute(insert(log_leaf), rows)
    except IntegrityError as error:
        raise RepeatedError(
            "ledger.entry_repeated", "This entry is in the log already.", "Each entry is logged once; look up its position."
        ) from error
    if nodes := _completed(SqlTree(connection), begin, hashes):
        connection.execute(insert(log_node), nodes)
    return begin


def _completed(tree: SqlTree, begin: int, hashes: list[bytes]) -> list[dict[str, int | bytes]]:
    """The rows of every subtree that these leaves, beginning at `begin`, make complete."""
    nodes: list[dict[str, int | bytes]] = []
    level = 0
    while True:
        if begin & 1:  # the left sibling was stored by an earlier batch
            begin -= 1
            hashes = [tree.node(level, begin), *hashes]
        hashes = [SHA256.node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        if not hashes:
            return nodes
        level += 1
        begin //= 2
        nodes += ({"level": level, "position": begin + i, "hash": node} for i, node in enumerate(hashes))

"""The operator's tables. Triggers (see the migration) let rows be added and steps be taken, never changed back.

log_leaf, log_node     the log: entries, and the hashes of its complete subtrees (2n - 1 hashes in all)
epoch_tree             one tree of one epoch and algorithm, and where its entry stands in the log
commitment             what was handed in, and the decoys; `tree` is NULL until its epoch is sealed
checkpoint             heads the log signed; `published_at` is NULL until enough witnesses cosigned
cosignature            what the witnesses answered
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.engine import UtcTime

metadata = MetaData()

# SQLite makes only a column of type INTEGER its row id, which is what keeps appending fast.
_Position = BigInteger().with_variant(Integer, "sqlite")

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("position", _Position, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
)

log_node = Table(
    "log_node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", _Position, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

epoch_tree = Table(
    "epoch_tree",
    metadata,
    Column("id", _Position, primary_key=True, autoincrement=False),
    Column("epoch", _Position, nullable=False),
    Column("algorithm", String(16), nullable=False),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("log_position", _Position, ForeignKey("log_leaf.position"), nullable=False, unique=True),
    Column("sealed_at", UtcTime, nullable=False),
    UniqueConstraint("epoch", "algorithm"),
)

commitment = Table(
    "commitment",
    metadata,
    Column("algorithm", String(16), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("decoy", Boolean, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    Column("tree", _Position, ForeignKey("epoch_tree.id")),
    Column("position", Integer),
    UniqueConstraint("tree", "position"),
)
Index(
    "commitment_submitted",
    commitment.c.submitted_at,
    sqlite_where=commitment.c.tree.is_(None),
    postgresql_where=commitment.c.tree.is_(None),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", _Position, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
)

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", _Position, ForeignKey("checkpoint.size"), primary_key=True, autoincrement=False),
    Column("witness", String(255), primary_key=True),
    Column("line", Text, nullable=False),
)

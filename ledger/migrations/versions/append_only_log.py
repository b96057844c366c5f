"""The log, its epochs, commitments, checkpoints and cosignatures, all append-only."""

import sqlalchemy as sa
from alembic import op

from ledger.append_only import forbid_changes
from storage.engine import UtcTime

revision = "append_only_log"
down_revision = None
branch_labels = None
depends_on = None

_Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("position", _Position, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("position", _Position, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "epoch_tree",
        sa.Column("id", _Position, primary_key=True, autoincrement=False),
        sa.Column("epoch", _Position, nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("log_position", _Position, sa.ForeignKey("log_leaf.position"), nullable=False, unique=True),
        sa.Column("sealed_at", UtcTime, nullable=False),
        sa.UniqueConstraint("epoch", "algorithm"),
    )
    op.create_table(
        "commitment",
        sa.Column("algorithm", sa.String(16), primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("decoy", sa.Boolean, nullable=False),
        sa.Column("submitted_at", UtcTime, nullable=False),
        sa.Column("tree", _Position, sa.ForeignKey("epoch_tree.id")),
        sa.Column("position", sa.Integer),
        sa.UniqueConstraint("tree", "position"),
    )
    not_sealed = sa.text("tree IS NULL")
    op.create_index("commitment_submitted", "commitment", ["submitted_at"], sqlite_where=not_sealed, postgresql_where=not_sealed)
    op.create_table(
        "checkpoint",
        sa.Column("size", _Position, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("published_at", UtcTime),
    )
    op.create_table(
        "cosignature",
        sa.Column("size", _Position, sa.ForeignKey("checkpoint.size"), primary_key=True, autoincrement=False),
        sa.Column("witness", sa.String(255), primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
    )
    for table in ("log_leaf", "log_node", "epoch_tree", "cosignature"):
        forbid_changes(table)
    forbid_changes(
        "commitment",
        unless="OLD.tree IS NULL AND NEW.tree IS NOT NULL AND NEW.position IS NOT NULL"
        " AND NEW.digest = OLD.digest AND NEW.algorithm = OLD.algorithm",
    )
    forbid_changes(
        "checkpoint",
        unless="OLD.published_at IS NULL AND NEW.published_at IS NOT NULL"
        " AND NEW.size = OLD.size AND NEW.root = OLD.root AND NEW.note = OLD.note",
    )

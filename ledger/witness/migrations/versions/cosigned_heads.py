"""The heads a witness cosigned; a head never goes back, and never gets another root."""

import sqlalchemy as sa
from alembic import op

from ledger.append_only import forbid_changes

revision = "cosigned_heads"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cosigned_head",
        sa.Column("origin", sa.String(255), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    forbid_changes(
        "cosigned_head",
        unless="NEW.origin = OLD.origin AND (NEW.size > OLD.size OR (NEW.size = OLD.size AND NEW.root = OLD.root))",
    )

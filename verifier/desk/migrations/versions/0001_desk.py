"""The desk's first tables: requests, and copies of trust lists, fetched documents and ledger heads."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(64), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("exchange_id", sa.String(64), unique=True),
        sa.Column("invitation_url", sa.Text()),
        sa.Column("invitation", sa.JSON(none_as_null=True)),
        sa.Column("fault", sa.String(64)),
        sa.Column("opened_at", UtcTime(), nullable=False, index=True),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("scanned_at", UtcTime()),
        sa.Column("claimed_at", UtcTime()),
        sa.Column("ended_at", UtcTime()),
        sa.Column("verdict", sa.JSON(none_as_null=True)),
        sa.Column("content_until", UtcTime(), index=True),
    )
    op.create_table(
        "desk_trust_copies",
        sa.Column("publisher", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("fetched_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "desk_document_copies",
        sa.Column("url", sa.String(2048), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("fetched_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "desk_ledger_heads",
        sa.Column("origin", sa.String(500), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(128), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
    )


def downgrade() -> None:
    for table in ("desk_ledger_heads", "desk_document_copies", "desk_trust_copies", "desk_sessions"):
        op.drop_table(table)

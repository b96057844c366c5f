"""Accounts, what came to them, what they answered."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("passcode_hash", sa.String(length=200), nullable=False),
        sa.Column("wallet_id", sa.String(length=64), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
        sa.UniqueConstraint("wallet_id"),
    )
    op.create_table(
        "login_attempts",
        sa.Column("login_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("blocked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("login_digest"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "connection_id"),
    )
    op.create_table(
        "holder_dids",
        sa.Column("did", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("did"),
    )
    op.create_index("ix_holder_dids_account_id", "holder_dids", ["account_id"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("message", sa.JSON(), nullable=True),
        sa.Column("thread_id", sa.String(length=200), nullable=True),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "message_id"),
    )
    op.create_index("ix_invitations_connection_id", "invitations", ["connection_id"])
    op.create_index("ix_invitations_thread_id", "invitations", ["thread_id"])
    op.create_table(
        "kept_files",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("account_id", "name"),
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("exchange_id", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.String(length=200), nullable=True),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("record_type", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "exchange_id"),
    )
    op.create_index("ix_offers_state", "offers", ["state"])
    op.create_index("ix_offers_thread_id", "offers", ["thread_id"])
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("exchange_id", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.String(length=200), nullable=True),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("valid_until", UtcTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "exchange_id"),
    )
    op.create_index("ix_requests_state", "requests", ["state"])
    op.create_index("ix_requests_thread_id", "requests", ["thread_id"])
    op.create_table(
        "shares",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("valid_until", UtcTime(), nullable=True),
        sa.Column("shared_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"]),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("ix_shares_account_id", "shares", ["account_id"])


def downgrade() -> None:
    op.drop_index("ix_shares_account_id", table_name="shares")
    op.drop_table("shares")
    op.drop_index("ix_requests_thread_id", table_name="requests")
    op.drop_index("ix_requests_state", table_name="requests")
    op.drop_table("requests")
    op.drop_index("ix_offers_thread_id", table_name="offers")
    op.drop_index("ix_offers_state", table_name="offers")
    op.drop_table("offers")
    op.drop_index("ix_invitations_thread_id", table_name="invitations")
    op.drop_index("ix_invitations_connection_id", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_holder_dids_account_id", table_name="holder_dids")
    op.drop_table("holder_dids")
    op.drop_table("kept_files")
    op.drop_table("contacts")
    op.drop_table("login_attempts")
    op.drop_table("accounts")

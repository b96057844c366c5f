"""Submissions, credentials, their attachments, exchanges to close; status lists, indices and changes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("submitted_at", UtcTime, nullable=False),
        sa.UniqueConstraint("caller", "idempotency_key"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("submission", sa.String(36), sa.ForeignKey("submissions.id"), nullable=False, index=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("binding", sa.String(36), sa.ForeignKey("patient_bindings.id"), nullable=False, index=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("code", sa.String(32), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("draft", sa.JSON, nullable=False),
        sa.Column("signed", sa.JSON),
        sa.Column("commitment", sa.String(80)),
        sa.Column("holder_did", sa.Text),
        sa.Column("exchange_id", sa.String(64), index=True),
        sa.Column("invitation_url", sa.Text),
        sa.Column("invitation", sa.JSON),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("accepted_at", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.Column("send_again_at", UtcTime),
        sa.Column("acknowledged_at", UtcTime),
        *_claimable(),
    )
    op.create_table(
        "attachments",
        sa.Column("token", sa.String(43), primary_key=True),
        sa.Column("submission", sa.String(36), sa.ForeignKey("submissions.id"), nullable=False, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("fetches_left", sa.Integer, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False, index=True),
    )
    op.create_table(
        "closing_exchanges",
        sa.Column("hospital", sa.String(40), primary_key=True),
        sa.Column("exchange_id", sa.String(64), primary_key=True),
        sa.Column("credential", sa.String(36), sa.ForeignKey("credentials.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(32), nullable=False),
        *_claimable(),
    )
    op.create_table(
        "status_lists",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("published_changes", sa.Integer, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("commitment", sa.String(80)),
        sa.Column("anchored", sa.Boolean, nullable=False),
        sa.Column("published_at", UtcTime),
        sa.Column("valid_until", UtcTime),
        *_claimable(),
        sa.UniqueConstraint("hospital", "purpose", "number"),
    )
    op.create_table(
        "status_entries",
        sa.Column("list_id", sa.Integer, sa.ForeignKey("status_lists.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("credential", sa.String(36), nullable=False, index=True),
        sa.Column("is_set", sa.Boolean, nullable=False),
        sa.UniqueConstraint("list_id", "credential"),
    )
    op.create_table(
        "status_changes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("credential", sa.String(36), sa.ForeignKey("credentials.id"), nullable=False, index=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", UtcTime, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", UtcTime),
    )


def downgrade() -> None:
    for table in (
        "status_changes",
        "status_entries",
        "status_lists",
        "closing_exchanges",
        "attachments",
        "credentials",
        "submissions",
    ):
        op.drop_table(table)


def _claimable() -> list[sa.Column[Any]]:
    return [
        sa.Column("due_at", UtcTime, index=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("claimed_until", UtcTime),
    ]

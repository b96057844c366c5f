"""Hospitals, their keys and history, trust lists; patients, the vault and bindings; the console's audit."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hospitals",
        sa.Column("slug", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lei", sa.String(20), nullable=False),
        sa.Column("jurisdiction", sa.String(8), nullable=False),
        sa.Column("did", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("blocked", sa.String(64)),
        sa.Column("applied_by", sa.Text, nullable=False),
        sa.Column("applied_at", UtcTime, nullable=False),
        sa.Column("lei_record", sa.JSON),
        sa.Column("lei_checked_at", UtcTime),
        sa.Column("lei_due_at", UtcTime),
        sa.Column("next_renewal", UtcTime),
        sa.Column("name_match", sa.String(16)),
        sa.Column("bound_from", UtcTime),
        sa.Column("suspended_by", sa.Text),
    )
    op.create_table(
        "hospital_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("multikey", sa.Text, nullable=False),
        sa.Column("valid_from", UtcTime, nullable=False),
        sa.Column("valid_until", UtcTime),
    )
    op.create_table(
        "hospital_history",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
    )
    op.create_table(
        "trust_lists",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("issued_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_table(
        "patients",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hospital", sa.String(40), nullable=False, index=True),
        sa.Column("registered_at", UtcTime, nullable=False),
    )
    op.create_table(
        "patient_vault",
        sa.Column("patient", sa.String(36), sa.ForeignKey("patients.id"), primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("document_type", sa.String(32), nullable=False),
        sa.Column("document_salt", sa.LargeBinary(16), nullable=False),
        sa.Column("document_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("checked_by", sa.Text, nullable=False),
        sa.Column("checked_at", UtcTime, nullable=False),
    )
    op.create_table(
        "patient_bindings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("patient", sa.String(36), sa.ForeignKey("patients.id"), nullable=False, index=True),
        sa.Column("hospital", sa.String(40), nullable=False),
        sa.Column("code", sa.String(32), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.String(64)),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("challenge", sa.String(64), nullable=False),
        sa.Column("invitation_id", sa.String(64)),
        sa.Column("invitation_url", sa.Text),
        sa.Column("invitation", sa.JSON),
        sa.Column("connection_id", sa.String(64), index=True),
        sa.Column("presentation_exchange_id", sa.String(64)),
        sa.Column("holder_dids", sa.JSON, nullable=False),
        sa.Column("activated_at", UtcTime),
        sa.Column("revoked_at", UtcTime),
        sa.Column("revoked_by", sa.Text),
        sa.Column("due_at", UtcTime, index=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("claimed_until", UtcTime),
    )
    op.create_table(
        "console_audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", UtcTime, nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False, index=True),
        sa.Column("outcome", sa.String(64), nullable=False),
    )
    op.create_table(
        "issue_previews",
        sa.Column("token", sa.String(36), primary_key=True),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False, index=True),
        sa.Column("hospital", sa.String(40), nullable=False),
        sa.Column("binding", sa.String(36), nullable=False),
        sa.Column("bundle", sa.LargeBinary, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "issue_previews",
        "console_audit",
        "patient_bindings",
        "patient_vault",
        "patients",
        "trust_lists",
        "hospital_history",
        "hospital_keys",
        "hospitals",
    ):
        op.drop_table(table)

"""The checklist of a hospital: evidence, looks for duplicates, accepted differences of names; what the watch saw and did."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hospital_evidence",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hospital", sa.String(40), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lei", sa.String(20), nullable=False),
        sa.Column("slot", sa.String(24), nullable=False),
        sa.Column("stated", sa.JSON, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("size", sa.Integer),
        sa.Column("filed", sa.Text, nullable=False),
        sa.Column("valid_until", sa.Date),
        sa.Column("put_in_by", sa.Text, nullable=False),
        sa.Column("put_in_at", UtcTime, nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("checked_by", sa.Text),
        sa.Column("checked_at", UtcTime),
    )
    op.create_table(
        "hospital_duplicate_searches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hospital", sa.String(40), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lei", sa.String(20), nullable=False),
        sa.Column("searched_by", sa.Text, nullable=False),
        sa.Column("searched_at", UtcTime, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("outcome", sa.String(24)),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", UtcTime),
    )
    op.create_table(
        "hospital_name_decisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hospital", sa.String(40), nullable=False, index=True),
        sa.Column("source", sa.String(24), nullable=False),
        sa.Column("applied", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", UtcTime, nullable=False),
    )
    op.create_table(
        "hospital_notices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hospital", sa.String(40), nullable=False, index=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("over_at", UtcTime),
        sa.Column("seen_by", sa.Text),
        sa.Column("seen_at", UtcTime),
    )


def downgrade() -> None:
    for table in ("hospital_notices", "hospital_name_decisions", "hospital_duplicate_searches", "hospital_evidence"):
        op.drop_table(table)

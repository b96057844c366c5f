"""By which roads hospitals proved who they are, the key events and revocations seen there; what steps of the history rest on."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hospital_roads",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("road", sa.String(16), nullable=False),
        sa.Column("keys", sa.JSON, nullable=False),
        sa.Column("aid", sa.String(44)),
        sa.Column("credential", sa.String(44)),
        sa.Column("binding", sa.String(44)),
        sa.Column("chain", sa.JSON, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("not_after", UtcTime),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("checked_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("replaced_at", UtcTime),
    )
    op.create_table(
        "seen_key_events",
        sa.Column("aid", sa.String(44), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("said", sa.String(44), nullable=False),
    )
    op.create_table(
        "seen_revocations",
        sa.Column("said", sa.String(44), primary_key=True),
        sa.Column("seen_at", UtcTime, nullable=False),
    )
    op.add_column("hospital_history", sa.Column("rests_on", sa.JSON))


def downgrade() -> None:
    with op.batch_alter_table("hospital_history") as table:
        table.drop_column("rests_on")
    for table_name in ("seen_revocations", "seen_key_events", "hospital_roads"):
        op.drop_table(table_name)

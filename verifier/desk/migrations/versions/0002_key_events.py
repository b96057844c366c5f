"""The KERI key events the desk has seen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "desk_key_events",
        sa.Column("aid", sa.String(44), nullable=False),
        sa.Column("sn", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("said", sa.String(44), nullable=False),
        sa.PrimaryKeyConstraint("aid", "sn", name="pk_desk_key_events"),
    )


def downgrade() -> None:
    op.drop_table("desk_key_events")

"""Salted digests of date of birth and sex beside that of the document's number."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patient_vault", sa.Column("birth_digest", sa.LargeBinary(32)))
    op.add_column("patient_vault", sa.Column("sex_digest", sa.LargeBinary(32)))


def downgrade() -> None:
    with op.batch_alter_table("patient_vault") as table:
        table.drop_column("sex_digest")
        table.drop_column("birth_digest")

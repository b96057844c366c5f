"""Who asks, as far as it was verified when the code was read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("invitations", "requests", "shares")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as columns:
            columns.add_column(sa.Column("asker", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as columns:
            columns.drop_column("asker")

"""Who signs records beside the hospital, and which of them a credential names."""

import sqlalchemy as sa
from alembic import op

from storage import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hospital", sa.String(40), sa.ForeignKey("hospitals.slug"), nullable=False, index=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("aid", sa.String(44), nullable=False),
        sa.Column("did", sa.String(100), nullable=False, unique=True),
        sa.Column("thumbprint", sa.String(43), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("credential", sa.String(44)),
        sa.Column("stream", sa.LargeBinary),
        sa.Column("prepared_by", sa.Text, nullable=False),
        sa.Column("prepared_at", UtcTime, nullable=False),
        sa.Column("active_from", UtcTime),
        sa.Column("left_at", UtcTime),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    with op.batch_alter_table("credentials") as table:
        table.add_column(sa.Column("signer", sa.String(36)))
        table.create_foreign_key("fk_credentials_signer", "signers", ["signer"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("credentials") as table:
        table.drop_constraint("fk_credentials_signer", type_="foreignkey")
        table.drop_column("signer")
    op.drop_table("signers")

"""The rows of signers: one engagement of one person or service at one hospital."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables import Base
from storage import UtcTime


class SignerState(StrEnum):
    """prepared ──the role is proved──▶ active ──▶ left; one that is only prepared can leave too."""

    PREPARED = "prepared"
    ACTIVE = "active"
    LEFT = "left"


class Signer(Base):
    """An engagement. Only `issuer.signers.registry` writes it; the row stays for what was signed."""

    __tablename__ = "signers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    role: Mapped[str] = mapped_column(Text)
    """The engagement context role, as the ECR credential must say it."""
    aid: Mapped[str] = mapped_column(String(44))
    """The signer's own KERI identifier, which binds the key."""
    did: Mapped[str] = mapped_column(String(100), unique=True)
    thumbprint: Mapped[str] = mapped_column(String(43), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    credential: Mapped[str | None] = mapped_column(String(44))
    """SAID of the ECR credential."""
    stream: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The newest stream that was accepted, published as it is."""
    prepared_by: Mapped[str] = mapped_column(Text)
    prepared_at: Mapped[datetime] = mapped_column(UtcTime)
    active_from: Mapped[datetime | None] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked: Mapped[bool] = mapped_column(default=False)
    """Whether the published stream says that the signer has left."""

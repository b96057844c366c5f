"""The rows of patients: a pairwise number for everyone, names and documents in the vault, and the wallets bound."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.claims import Claimable
from issuer.tables import Base
from storage import UtcTime


class Patient(Base):
    """A patient of one hospital, known everywhere outside the vault by `id` alone."""

    __tablename__ = "patients"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hospital: Mapped[str] = mapped_column(String(40), index=True)
    registered_at: Mapped[datetime] = mapped_column(UtcTime)


class PatientIdentity(Base):
    """The vault: the one table that holds a name. Also the identity check: who looked at which kind of document, and when."""

    __tablename__ = "patient_vault"

    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    display_name: Mapped[str] = mapped_column(Text)
    document_type: Mapped[str] = mapped_column(String(32))
    document_salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    document_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    birth_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sex_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Under the salt above, where the check recorded them."""
    checked_by: Mapped[str] = mapped_column(Text)
    checked_at: Mapped[datetime] = mapped_column(UtcTime)


class PatientBinding(Claimable, Base):
    """One wallet of one patient. Only `issuer.patients.binding` writes `state`."""

    __tablename__ = "patient_bindings"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    hospital: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    """Last part of the short URL in the QR code."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str | None] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    challenge: Mapped[str] = mapped_column(String(64))
    invitation_id: Mapped[str | None] = mapped_column(String(64))
    """The invitation while it can be taken; forgotten afterwards, with the two columns below."""
    invitation_url: Mapped[str | None] = mapped_column(Text)
    invitation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    connection_id: Mapped[str | None] = mapped_column(String(64), index=True)
    presentation_exchange_id: Mapped[str | None] = mapped_column(String(64))
    holder_dids: Mapped[list[str]] = mapped_column(JSON)
    """The did:keys this wallet proved to hold."""
    activated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_by: Mapped[str | None] = mapped_column(Text)

"""The rows of the console: who changed what, and status changes that wait for a second person."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables import Base
from storage import UtcTime


class AuditEntry(Base):
    """One change made at the console. `subject` is an id or a slug; nothing here names a patient."""

    __tablename__ = "console_audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    who: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    outcome: Mapped[str] = mapped_column(String(64))
    """`done`, or the code of the refusal."""


class StatusRequest(Base):
    """A revocation, suspension or reinstatement one person asked for and another decides."""

    __tablename__ = "status_requests"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    credential: Mapped[str] = mapped_column(String(64), index=True)
    action: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decision: Mapped[str | None] = mapped_column(String(16))
    """`done` or `declined`; empty while it waits."""

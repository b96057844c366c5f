"""The rows of the console: who changed what, and records that someone looks at before they are issued."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text
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


class IssuePreview(Base):
    """What someone uploaded and has not confirmed yet. Holds a record: deleted when it is issued, or after half an hour."""

    __tablename__ = "issue_previews"

    token: Mapped[str] = mapped_column(String(36), primary_key=True)
    """Also the idempotency key with which it is issued."""
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    hospital: Mapped[str] = mapped_column(String(40))
    binding: Mapped[str] = mapped_column(String(36))
    bundle: Mapped[bytes] = mapped_column(LargeBinary)
    """As uploaded: parsed and written again, decimals would lose digits."""
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Attachments as `POST /credentials` takes them."""

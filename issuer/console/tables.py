"""The row of the console: who changed what."""

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

"""The rows of status: the lists of each hospital, who has which index, and every change with its reason."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.claims import Claimable
from issuer.tables import Base
from storage import UtcTime


class StatusList(Claimable, Base):
    """One list. Its due work is to be published: after a change at once, otherwise before `valid_until`."""

    __tablename__ = "status_lists"
    __table_args__ = (UniqueConstraint("hospital", "purpose", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column()
    taken: Mapped[int] = mapped_column(default=0)
    """How many indices are given out."""
    changes: Mapped[int] = mapped_column(default=0)
    """Counts changes of bits."""
    published_changes: Mapped[int] = mapped_column(default=0)
    """`changes` as it was when `document` was made: a change during signing is not missed."""
    document: Mapped[str | None] = mapped_column(Text)
    """The signed list as served."""
    commitment: Mapped[str | None] = mapped_column(String(80))
    anchored: Mapped[bool] = mapped_column(default=False)
    """Whether the ledger took the commitment of what is served."""
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcTime)


class StatusEntry(Base):
    """The index of one credential in one list."""

    __tablename__ = "status_entries"
    __table_args__ = (UniqueConstraint("list_id", "credential"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("status_lists.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """`statusListIndex`."""
    credential: Mapped[str] = mapped_column(String(36), index=True)
    is_set: Mapped[bool] = mapped_column(default=False)


LARGEST_CHANGE = 2**31 - 1
"""PostgreSQL's INTEGER."""


class StatusChange(Base):
    """One wish to change a status: who wished it and why, who agreed, when it took effect."""

    __tablename__ = "status_changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    credential: Mapped[str] = mapped_column(ForeignKey("credentials.id"), index=True)
    action: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), index=True)
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)

"""The rows of the checks. None holds a file: a paper's digest and the place where it is kept are enough.

A service on the network is no archive: it would hold the identity papers of signatories, for as long as its backups live. What a
colleague looks at is the paper in the archive; its digest says that it is the same one.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables import Base
from storage import UtcTime


class Evidence(Base):
    """One paper in one slot, or the reason why there is none. A newer row of the slot takes its place; none is changed after
    it was decided."""

    __tablename__ = "hospital_evidence"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hospital: Mapped[str] = mapped_column(String(40), index=True)
    """The slug; there may be no application yet."""
    name: Mapped[str] = mapped_column(Text)
    lei: Mapped[str] = mapped_column(String(20))
    """Name and LEI applied with when it was put in: for another application it counts for nothing. Empty before an LEI is."""
    slot: Mapped[str] = mapped_column(String(24))
    stated: Mapped[dict[str, str]] = mapped_column(JSON)
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column()
    filed: Mapped[str] = mapped_column(Text)
    """Where the paper is kept. Shown only to those who put in, check or audit."""
    valid_until: Mapped[date | None] = mapped_column(Date)
    put_in_by: Mapped[str] = mapped_column(Text)
    put_in_at: Mapped[datetime] = mapped_column(UtcTime)
    result: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(24))
    checked_by: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DuplicateSearch(Base):
    """One look for the hospital in the LEI register, and what a person made of it."""

    __tablename__ = "hospital_duplicate_searches"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hospital: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(Text)
    lei: Mapped[str] = mapped_column(String(20))
    searched_by: Mapped[str] = mapped_column(Text)
    searched_at: Mapped[datetime] = mapped_column(UtcTime)
    source: Mapped[str] = mapped_column(String(16))
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    outcome: Mapped[str | None] = mapped_column(String(24))
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class NameDecision(Base):
    """A difference between two names that a person takes for the same legal entity. Counts while both names are these."""

    __tablename__ = "hospital_name_decisions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hospital: Mapped[str] = mapped_column(String(40), index=True)
    source: Mapped[str] = mapped_column(String(24))
    applied: Mapped[str] = mapped_column(Text)
    other: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(24))
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)


class Notice(Base):
    """Something the watch saw, and what it did about it. Open until it is over, and to be told until somebody has seen it."""

    __tablename__ = "hospital_notices"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hospital: Mapped[str] = mapped_column(String(40), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    event: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    over_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)

"""The desk's rows: requests with their verdicts, and the copies that let it judge while others are away.

No table holds record content, a presentation, or a patient's DID. A request's row keeps what was asked, by whom, when, and the
verdict.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Enum, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage import UtcTime
from verifier.desk.states import SessionState


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy's own shape)


_STATE = Enum(SessionState, native_enum=False, length=16, values_callable=lambda states: [state.value for state in states])


class SessionRow(Base):
    """One request to one patient.

    Attributes:
        code: the word in the short address of the QR code.
        person: the member of staff who asked.
        words: the purpose as the patient reads it; emptied with the content when staff wrote it themselves.
        exchange_id: the request at the clinic's agent; empty until the agent was asked.
        invitation: what the short address hands to a wallet; emptied at the end.
        claimed_at: when a process began to check the answer.
        fault: the code of what went wrong, for `failed`.
        verdict: the verdict as data, without content.
        content_until: until when the shared record may be read at the agent. Empty means deleted there.
    """

    __tablename__ = "desk_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    person: Mapped[str] = mapped_column(String(64))
    types: Mapped[list[str]]
    purpose: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    challenge: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[SessionState] = mapped_column(_STATE, index=True)
    exchange_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    invitation_url: Mapped[str | None] = mapped_column(Text)
    invitation: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    fault: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    content_until: Mapped[datetime | None] = mapped_column(index=True)


class TrustCopy(Base):
    """The newest trust list fetched from the publisher, whole, so that its signature can be checked again."""

    __tablename__ = "desk_trust_copies"

    publisher: Mapped[str] = mapped_column(String(128), primary_key=True)
    sequence: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime]


class DocumentCopy(Base):
    """The newest status list fetched from an address, or DID document of a DID, that a hospital on the trust list names."""

    __tablename__ = "desk_document_copies"

    url: Mapped[str] = mapped_column(String(2048), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime]


class HeadCopy(Base):
    """The newest head seen of one ledger; every other head must agree with it."""

    __tablename__ = "desk_ledger_heads"

    origin: Mapped[str] = mapped_column(String(500), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(128))  # hex
    seen_at: Mapped[datetime]


class SeenKeyEvent(Base):
    """A KERI key event as it was first seen at its number; another one there is a forged or forked history."""

    __tablename__ = "desk_key_events"

    aid: Mapped[str] = mapped_column(String(44), primary_key=True)
    sn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[str] = mapped_column(String(44))

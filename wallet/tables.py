"""The wallet's tables. No record can be read here: records live in the agent's encrypted wallet, their attachments are sealed.

`shares` is the exception a patient needs: who saw which fields (their names, not their values), when and for what purpose.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage import UtcTime


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012


def new_id() -> str:
    return uuid4().hex


class Account(Base):
    """A patient's account. `session_epoch` goes up at sign-out: older cookies stop working, wherever they are."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    passcode_hash: Mapped[str] = mapped_column(String(200))
    wallet_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class LoginAttempts(Base):
    """Wrong passcodes in a row, by digest of the login tried, so that an unknown login is slowed like a known one."""

    __tablename__ = "login_attempts"
    login_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class HolderDid(Base):
    """A DID the tenant holds the key of, to which records are bound."""

    __tablename__ = "holder_dids"
    did: Mapped[str] = mapped_column(String(100), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]


class Invitation(Base):
    """A link a patient followed. `message` is kept only while the patient decides about a link; it holds no record.

    `thread_id` is the thread of the offer or request that came inside it; `asker` says who asks (`wallet.asking.Asker`).
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("account_id", "message_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    message_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(120))
    message: Mapped[dict[str, Any] | None]
    thread_id: Mapped[str | None] = mapped_column(String(200), index=True)
    connection_id: Mapped[str | None] = mapped_column(String(64), index=True)
    asker: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    seen_at: Mapped[datetime]


class Contact(Base):
    """A hospital or clinic the wallet has a DIDComm connection with, under the name it gives itself.

    `linked_at` is when the patient proved this wallet to them; None while they are merely connected.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("account_id", "connection_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    connection_id: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    linked_at: Mapped[datetime | None]


class Offer(Base):
    """A record somebody offers. `credential_id` finds it in the wallet once it is there."""

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("account_id", "exchange_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    exchange_id: Mapped[str] = mapped_column(String(64))
    thread_id: Mapped[str | None] = mapped_column(String(200), index=True)
    connection_id: Mapped[str | None] = mapped_column(String(64))
    credential_id: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(120))
    record_type: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), index=True)
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Request(Base):
    """Somebody asks to see records (`types`), or, with no types, to link this wallet to the patient.

    `chosen` holds the agent's record ids the patient picked, kept so that a crash while sharing can be repeated.
    `asker` says who asks (`wallet.asking.Asker`); None for a request that came by other ways than a code.
    """

    __tablename__ = "requests"
    __table_args__ = (UniqueConstraint("account_id", "exchange_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    exchange_id: Mapped[str] = mapped_column(String(64))
    thread_id: Mapped[str | None] = mapped_column(String(200), index=True)
    connection_id: Mapped[str | None] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(500))
    types: Mapped[list[Any]]
    chosen: Mapped[list[Any]]
    asker: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    valid_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), index=True)
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class KeptFile(Base):
    """An attachment of one of the patient's records, sealed (`wallet.files`); `name` is a digest."""

    __tablename__ = "kept_files"
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]


class Share(Base):
    """One line of the patient's history. `items` is empty for a link, else
    `[{"type": …, "valid_from": …, "fields": {language: [label, …]}}]`."""

    __tablename__ = "shares"
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(500))
    items: Mapped[list[Any]]
    asker: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    valid_until: Mapped[datetime | None]
    shared_at: Mapped[datetime]

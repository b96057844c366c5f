"""The rows of issuing. Content is kept because it must be possible to send it again; it is never logged."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from issuer.claims import Claimable
from issuer.issuing.states import CredentialState, Delivery, Reason, check_step
from issuer.status.states import CredentialStatus
from issuer.tables import Base
from schemas.errors import NotFoundError
from storage import UtcTime


class Submission(Base):
    """One `POST /credentials`: who asked, under which idempotency key, and what was answered."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("caller", "idempotency_key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    caller: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """HMAC of the body under the service's secret: a bare digest of a record could be guessed."""
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    submitted_at: Mapped[datetime] = mapped_column(UtcTime)


class Credential(Claimable, Base):
    """One credential, from draft to acknowledgement. `move` is the only way to change its state."""

    __tablename__ = "credentials"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The UUID in the credential's `urn:uuid:` id."""
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    binding: Mapped[str] = mapped_column(ForeignKey("patient_bindings.id"), index=True)
    type: Mapped[str] = mapped_column(String(64))
    signer: Mapped[str | None] = mapped_column(ForeignKey("signers.id", name="fk_credentials_signer"))
    """Who signs beside the hospital."""
    delivery: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    """Last part of the short offer URL."""
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16), default=CredentialStatus.ACTIVE)
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The credential as offered: without subject id and proof."""
    signed: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The credential as it leaves: bound to `holder_did`, signed, later with its receipt."""
    commitment: Mapped[str | None] = mapped_column(String(80))
    """`Commitment.text()` of `signed`."""
    holder_did: Mapped[str | None] = mapped_column(Text)
    exchange_id: Mapped[str | None] = mapped_column(String(64), index=True)
    invitation_url: Mapped[str | None] = mapped_column(Text)
    invitation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    """When `state` last changed."""
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    """When the offer ends."""
    accepted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When sending it was first begun; from then on it may have left, and its bytes do not change."""
    send_again_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the same bytes are sent again unless the wallet has acknowledged them."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)

    def move(self, to: CredentialState, now: datetime, *, due_at: datetime | None, reason: Reason | None = None) -> None:
        """Take the step to `to`, give up any claim, and say when the next step is due.

        Raises:
            StateError: `credential.no_such_step`.
        """
        check_step(CredentialState(self.state), to)
        self.state, self.reason, self.changed_at = to, reason, now
        self.claim, self.claimed_until, self.attempt, self.due_at = None, None, 0, due_at

    def forget_exchange(self) -> None:
        """The exchange is no longer this credential's: it is being closed, or the agent lost it."""
        self.exchange_id, self.invitation_url, self.invitation = None, None, None

    @property
    def by_invitation(self) -> bool:
        return self.delivery == Delivery.INVITATION


class KeptAttachment(Base):
    """A file that belongs to a credential, kept until the wallet had time to fetch it. Its digest is in the credential."""

    __tablename__ = "attachments"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Last part of its URL: 32 random bytes."""
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    fetches_left: Mapped[int] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class ClosingExchange(Claimable, Base):
    """An exchange at an agent that must end. The row stays: a search for a lost offer must not find it again."""

    __tablename__ = "closing_exchanges"

    hospital: Mapped[str] = mapped_column(String(40), primary_key=True)
    exchange_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    credential: Mapped[str] = mapped_column(ForeignKey("credentials.id"), index=True)
    reason: Mapped[str] = mapped_column(String(32))


async def locked(session: AsyncSession, credential: str) -> Credential:
    """The row of a credential, locked until the transaction ends.

    Raises:
        NotFoundError: `credential.unknown`.
    """
    row = await session.get(Credential, credential, with_for_update=True)
    if row is None:
        raise NotFoundError("credential.unknown", "There is no such credential here.", "Use the id that POST /credentials gave.")
    return row

"""The rows of onboarding: hospitals, their keys, how they proved who they are, their history, every trust list published."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables import Base
from storage import UtcTime


class Hospital(Base):
    """A hospital and its binding. Only `issuer.onboarding.bindings` writes `state`."""

    __tablename__ = "hospitals"

    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    lei: Mapped[str] = mapped_column(String(20))
    jurisdiction: Mapped[str] = mapped_column(String(8))
    did: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    blocked: Mapped[str | None] = mapped_column(String(64))
    """Code of what stopped the last step; empty after a step that went through."""
    applied_by: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime] = mapped_column(UtcTime)
    lei_record: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the register said, in the form the trust list carries (`TrustedLei`)."""
    lei_checked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the register gave `lei_record`."""
    lei_due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the register is asked again."""
    next_renewal: Mapped[datetime | None] = mapped_column(UtcTime)
    name_match: Mapped[str | None] = mapped_column(String(16))
    bound_from: Mapped[datetime | None] = mapped_column(UtcTime)
    suspended_by: Mapped[str | None] = mapped_column(Text)


class HospitalKey(Base):
    """A key a hospital proved. `valid_until` is set when another took its place; the row stays for what it signed."""

    __tablename__ = "hospital_keys"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """The verification method: the hospital's DID and a fragment."""
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    multikey: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(UtcTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcTime)


class HospitalRoad(Base):
    """A proof of who a hospital is that was accepted: a vLEI chain with its DID binding, or a certificate chain.

    The one in force has no `replaced_at`: at most one vLEI, and one certificate for each key.
    """

    __tablename__ = "hospital_roads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    road: Mapped[str] = mapped_column(String(16))
    keys: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    """The keys it is about: `{"id": verification method, "jkt": RFC 7638 thumbprint}`."""
    aid: Mapped[str | None] = mapped_column(String(44))
    credential: Mapped[str | None] = mapped_column(String(44))
    binding: Mapped[str | None] = mapped_column(String(44))
    chain: Mapped[list[str]] = mapped_column(JSON)
    """The SAIDs of every credential of a vLEI chain: when one of them is revoked, the road ends."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    not_after: Mapped[datetime | None] = mapped_column(UtcTime)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """What is published: a CESR stream, or a PEM file."""
    source: Mapped[str | None] = mapped_column(Text)
    """Where the hospital keeps its newest stream."""
    checked_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a revocation was seen. The road stays published, with the stream that says so."""
    replaced_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SeenKeyEvent(Base):
    """A KERI event behind an accepted chain: the only one that will ever be taken at its number."""

    __tablename__ = "seen_key_events"

    aid: Mapped[str] = mapped_column(String(44), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[str] = mapped_column(String(44))


class SeenRevocation(Base):
    """A credential that was seen to be revoked: a stream from before proves nothing any more."""

    __tablename__ = "seen_revocations"

    said: Mapped[str] = mapped_column(String(44), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)


class HospitalStep(Base):
    """One step of a hospital's binding: who, when, from, to, why."""

    __tablename__ = "hospital_history"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hospital: Mapped[str] = mapped_column(ForeignKey("hospitals.slug"), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    who: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(String(16))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    rests_on: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """What a proof of identity was: its road, and the SAIDs or the digest by which anyone can find it again."""


class PublishedTrustList(Base):
    """A trust list as signed. `content` is the digest of what it says, so that the same is not signed twice."""

    __tablename__ = "trust_lists"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)

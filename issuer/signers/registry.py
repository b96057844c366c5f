"""The signers of the hospitals, changed by these methods and by nothing else.

    prepare      a key is made in the wallet of the hospital's agent for somebody's KERI identifier, and agrees to be bound to it
    take_stream  the stream in which that identifier binds the key and an ECR credential gives it the role: the signer is active;
                 a newer stream of an active signer, also the one that says that the role was revoked: the signer has left
    leave        the signer has left: signs nothing any more, from now on

Refused: a stream that a verifier would refuse; one in which the role stands, of somebody who has left. Each step is in the audit.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.console.tables import AuditEntry
from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital
from issuer.signers.proofs import judge
from issuer.signers.tables import Signer, SignerState
from issuer.vlei.binding import key_statement
from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import NotFoundError, StateError
from schemas.keys import decode_multikey, did_key, did_key_method


class Signers:
    """The signers of every hospital of this service."""

    def __init__(self, context: IssuerContext) -> None:
        self._context = context

    async def prepare(self, slug: str, *, role: str, aid: str, who: str) -> tuple[Signer, dict[str, Any]]:
        """Make a key for a signer, and the statement by which it agrees to be bound to `aid` (`issuer.vlei.binding`).

        Args:
            slug: the hospital.
            role: the engagement context role, exactly as the ECR credential says it.
            aid: the signer's own KERI identifier, to which the ECR credential is issued.
            who: the caller, for the audit.

        Raises:
            NotFoundError: `hospital.unknown`. AgentError: the agent did not answer; nothing is kept.
        """
        async with self._context.database.begin() as session:
            await self._hospital(session, slug)
        signer_id = str(uuid.UUID(bytes=self._context.entropy(16), version=4))
        agent = self._context.agents[slug]
        kid = f"{self._context.settings.public_url}/hospitals/{slug}/signers/{signer_id}"
        key = decode_multikey(await agent.create_key(kid))
        did = did_key(key)
        [statement] = await agent.sign([key_statement(aid, did)], verification_method=did_key_method(did))
        row = Signer(id=signer_id, hospital=slug, role=role, aid=aid, did=did, thumbprint=ed25519_thumbprint(key))
        row.state, row.revoked = SignerState.PREPARED, False
        row.prepared_by, row.prepared_at = who, self._now
        async with self._context.database.begin() as session:
            session.add(row)
            self._note(session, row, "prepare", who)
        return row, statement

    async def take_stream(self, slug: str, signer: str, stream: bytes, *, who: str) -> Signer:
        """Take the newest stream of a signer.

        Raises:
            NotFoundError: `hospital.unknown`, `signer.unknown`. StateError: `signer.left`, it does not say that the signer left.
            RefusedError: `signer.no_root`; else the reason code of the verifier for what does not hold.
        """
        async with self._context.database.begin() as session:
            lei = (await self._hospital(session, slug)).lei
            row = await self._row(session, slug, signer)
        pins = self._context.roots.pins
        now = self._now
        judged = await judge(stream, row, lei, pins, now)
        if judged.refusal and (not judged.left or row.active_from is None):
            raise judged.refusal
        if judged.left:
            assert row.active_from is not None
            before = await judge(stream, row, lei, pins, row.active_from)
            if before.refusal or before.credential != row.credential:
                raise judged.refusal or before.refusal or _left()
        async with self._context.database.begin() as session:
            row = await self._row(session, slug, signer, lock=True)
            if not judged.left and (row.state == SignerState.LEFT or row.revoked):
                raise _left()
            if judged.left:
                row.state, row.revoked, row.left_at = SignerState.LEFT, True, row.left_at or now
            else:
                row.state, row.credential, row.active_from = SignerState.ACTIVE, judged.credential, row.active_from or now
            row.stream = stream
            self._note(session, row, "leave" if judged.left else "prove", who)
        return row

    async def leave(self, slug: str, signer: str, *, who: str) -> Signer:
        """Let a signer sign nothing more. Doing it again changes nothing.

        Raises:
            NotFoundError: `signer.unknown`.
        """
        async with self._context.database.begin() as session:
            row = await self._row(session, slug, signer, lock=True)
            if row.state != SignerState.LEFT:
                row.state, row.left_at = SignerState.LEFT, self._now
                self._note(session, row, "leave", who)
        return row

    async def of(self, slug: str) -> list[Signer]:
        """The signers of a hospital, in the order in which they were prepared.

        Raises:
            NotFoundError: `hospital.unknown`.
        """
        async with self._context.database.begin() as session:
            await self._hospital(session, slug)
            found = await session.scalars(select(Signer).where(Signer.hospital == slug).order_by(Signer.prepared_at, Signer.id))
            return list(found)

    async def published(self, slug: str, thumbprint: str) -> bytes:
        """The stream of a key.

        Raises:
            NotFoundError: `signer.not_published`.
        """
        async with self._context.database.begin() as session:
            found: bytes | None = await session.scalar(
                select(Signer.stream).where(Signer.hospital == slug, Signer.thumbprint == thumbprint)
            )
        if found is None:
            raise NotFoundError(
                "signer.not_published", "There is no such signer here.", "It is published once the role is proved."
            )
        return found

    @property
    def _now(self) -> datetime:
        return self._context.clock.now()

    async def _hospital(self, session: AsyncSession, slug: str) -> Hospital:
        row = await session.get(Hospital, slug)
        if row is None:
            raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
        return row

    async def _row(self, session: AsyncSession, slug: str, signer: str, *, lock: bool = False) -> Signer:
        row = await session.get(Signer, signer, with_for_update=lock)
        if row is None or row.hospital != slug:
            raise NotFoundError(
                "signer.unknown", "This hospital has no such signer.", "`medcred hospital signer list` shows them."
            )
        return row

    def _note(self, session: AsyncSession, row: Signer, step: str, who: str) -> None:
        session.add(AuditEntry(at=self._now, who=who, action=f"signer.{step}", subject=row.id, outcome="done"))


def _left() -> StateError:
    return StateError(
        "signer.left", "This signer has left.", "For a new engagement, prepare a new signer: it gets a key of its own."
    )

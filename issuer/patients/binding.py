"""A wallet becomes a patient's: invitation, connection, proof of a DID, active; later perhaps revoked.

    invite      makes a single-use invitation at the hospital's agent, and a short code for it; the clerk shows the QR code
    reconcile   reads, for every binding that waits, what its agent knows now, and takes the step that follows
    revoke      a person ends a binding: no more offers to that wallet

Webhooks only make `reconcile` run sooner; their order and number do not matter, and without any it works as well. Before a
proof is asked for, the agent's exchanges are searched for one with this binding's challenge: a crash does not ask twice.

Refused: a proof for another challenge or hospital, a DID that is already another patient's, a wallet for a hospital that is
not active.
"""

import base64
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agents.records import PresentationExchange, PresentationState
from agents.request import PresentationRequest
from issuer.claims import claim, for_each, held, settle
from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital
from issuer.parties import issuing_hospital
from issuer.patients.desk import patient_with_identity
from issuer.patients.states import PENDING, REVOCATION_REASONS, BindingReason, BindingState, check_step
from issuer.patients.tables import PatientBinding
from issuer.patients.wallet_proof import proved_did
from schemas.errors import InputError, NotFoundError, RefusedError

VALID = timedelta(minutes=15)
"""How long a code can be taken and answered."""

LOOK_EVERY = timedelta(seconds=1)
PURPOSE = "連結此錢包 · 连结此钱包 · Link this wallet · Ligar esta carteira"


def binding_url(context: IssuerContext, code: str) -> str:
    """The short URL of an invitation."""
    return f"{context.settings.public_url}/b/{code}"


async def invite(context: IssuerContext, patient: str, *, who: str) -> PatientBinding:
    """A fresh invitation for one more wallet of a patient; a code shown before and not taken yet is void.

    Raises:
        NotFoundError: `patient.unknown`, `hospital.unknown`. StateError: `hospital.not_active`.
        AgentError: the hospital's agent did not answer; nothing was made.
    """
    row, _ = await patient_with_identity(context, patient)
    async with context.database.begin() as session:
        (await issuing_hospital(session, row.hospital)).require_active()
        label = (await session.get_one(Hospital, row.hospital)).name
    invitation = await context.agents[row.hospital].create_invitation(label=label, goal=PURPOSE)
    now = context.clock.now()
    binding = PatientBinding(
        id=str(uuid.UUID(bytes=context.entropy(16), version=4)),
        patient=patient,
        hospital=row.hospital,
        code=base64.urlsafe_b64encode(context.entropy(16)).decode().rstrip("="),
        state=BindingState.INVITED,
        created_by=who,
        created_at=now,
        expires_at=now + VALID,
        challenge=str(uuid.UUID(bytes=context.entropy(16), version=4)),
        invitation_id=invitation.invitation_id,
        invitation_url=invitation.url,
        invitation=invitation.message,
        holder_dids=[],
        due_at=now,
        attempt=0,
    )
    async with context.database.begin() as session:
        older = await session.scalars(
            select(PatientBinding)
            .where(PatientBinding.patient == patient, PatientBinding.state == BindingState.INVITED)
            .with_for_update()
        )
        for one in older.all():
            _move(one, BindingState.EXPIRED, BindingReason.NEWER_CODE)
            context.bell.ring(f"binding:{one.id}")
        session.add(binding)
    context.nudge()
    return binding


async def reconcile(context: IssuerContext) -> int:
    """Bring bindings that wait up to date with their agents; how many took a step."""
    steps = 0

    async def look(row: PatientBinding) -> None:
        nonlocal steps
        steps += await _look(context, row)

    await for_each(context, await claim(context, PatientBinding), look, name="binding")
    return steps


async def revoke(context: IssuerContext, binding: str, *, who: str, reason: BindingReason) -> PatientBinding:
    """End a binding.

    Raises:
        NotFoundError: `binding.unknown`. StateError: `binding.no_such_step`, it is over already.
        InputError: `binding.reason`.
    """
    if reason not in REVOCATION_REASONS:
        raise InputError("binding.reason", "This is not a reason to end a binding.", "Choose one from the list.")
    async with context.database.begin() as session:
        row = await session.get(PatientBinding, binding, with_for_update=True)
        if row is None:
            raise _unknown()
        _move(row, BindingState.REVOKED, reason)
        row.revoked_at, row.revoked_by = context.clock.now(), who
    context.bell.ring(f"binding:{binding}")
    context.nudge()
    return row


async def bindings_of(session: AsyncSession, patient: str) -> Sequence[PatientBinding]:
    """All bindings of a patient, newest first."""
    rows = await session.scalars(
        select(PatientBinding).where(PatientBinding.patient == patient).order_by(PatientBinding.created_at.desc())
    )
    return rows.all()


async def get_binding(context: IssuerContext, binding: str) -> PatientBinding:
    """Raises NotFoundError `binding.unknown`."""
    async with context.database.begin() as session:
        row = await session.get(PatientBinding, binding)
    if row is None:
        raise _unknown()
    return row


async def _look(context: IssuerContext, seen: PatientBinding) -> int:
    """One look at one binding: at most one step."""
    now = context.clock.now()
    if seen.state in PENDING and now >= seen.expires_at:
        return await _record(context, seen, BindingState.EXPIRED, reason=BindingReason.TOO_LATE)
    match BindingState(seen.state):
        case BindingState.INVITED:
            assert seen.invitation_id is not None
            connection = await context.agents[seen.hospital].connection_from(seen.invitation_id)
            if connection and connection.is_ready:
                return await _record(context, seen, BindingState.CONNECTED, connection_id=connection.id)
        case BindingState.CONNECTED:
            exchange = await _ask(context, seen)
            return await _record(context, seen, BindingState.PROVING, presentation_exchange_id=exchange.id)
        case BindingState.PROVING:
            assert seen.presentation_exchange_id is not None
            exchange = await context.agents[seen.hospital].presentation_exchange(seen.presentation_exchange_id)
            if exchange.presentation is not None:
                return await _judge(context, seen, exchange)
            if exchange.state == PresentationState.ABANDONED:
                return await _record(context, seen, BindingState.FAILED, reason=BindingReason.DECLINED)
    return await _record(context, seen, None)


async def _ask(context: IssuerContext, seen: PatientBinding) -> PresentationExchange:
    agent = context.agents[seen.hospital]
    assert seen.connection_id is not None
    for exchange in await agent.presentation_exchanges(connection_id=seen.connection_id, role="verifier"):
        if exchange.request and exchange.request.challenge == seen.challenge:
            return exchange
    async with context.database.begin() as session:
        hospital = await session.get_one(Hospital, seen.hospital)
    request = PresentationRequest(
        challenge=seen.challenge,
        domain=hospital.did,
        purpose=PURPOSE,
        types=[],
        valid_until=seen.expires_at,
        verifier_label=hospital.name,
    )
    return await agent.request_presentation(request, connection_id=seen.connection_id)


async def _judge(context: IssuerContext, seen: PatientBinding, exchange: PresentationExchange) -> int:
    async with context.database.begin() as session:
        domain = (await session.get_one(Hospital, seen.hospital)).did
        others = await session.scalars(
            select(PatientBinding).where(
                PatientBinding.hospital == seen.hospital,
                PatientBinding.state == BindingState.ACTIVE,
                PatientBinding.patient != seen.patient,
            )
        )
        taken = {did for other in others for did in other.holder_dids}
    try:
        did = proved_did(
            exchange.presentation,
            challenge=seen.challenge,
            domain=domain,
            asked_at=seen.created_at,
            now=context.clock.now(),
        )
    except RefusedError:
        return await _record(context, seen, BindingState.FAILED, reason=BindingReason.PROOF_FAILED)
    if did in taken:
        return await _record(context, seen, BindingState.FAILED, reason=BindingReason.DID_TAKEN)
    return await _record(context, seen, BindingState.ACTIVE, holder_dids=[did], activated_at=context.clock.now())


async def _record(
    context: IssuerContext,
    seen: PatientBinding,
    to: BindingState | None,
    *,
    reason: BindingReason | None = None,
    **values: object,
) -> int:
    """Write down the step, unless the claim was lost meanwhile; look again soon while it still waits."""
    async with context.database.begin() as session:
        row = await held(session, seen)
        if row is None:
            return 0
        if to is not None:
            _move(row, to, reason)
            for name, value in values.items():
                setattr(row, name, value)
        # A step that was taken may have the next one ready; otherwise the wallet is given a moment.
        again = context.clock.now() + (LOOK_EVERY if to is None else timedelta())
        settle(row, again if row.state in PENDING else None)
    if to is None:
        return 0
    context.bell.ring(f"binding:{seen.id}")
    return 1


def _move(row: PatientBinding, to: BindingState, reason: BindingReason | None) -> None:
    check_step(BindingState(row.state), to)
    row.state, row.reason = to, reason
    if to not in PENDING:
        row.invitation_id = row.invitation_url = row.invitation = None
        settle(row, None)


def _unknown() -> NotFoundError:
    return NotFoundError("binding.unknown", "There is no such binding here.", "Use the id that the desk was given.")

"""What the wallet did, as the agent's exchange record says: offered → accepted, issued → acknowledged, or an end.

Webhooks only make a row due (`hint`); what counts is the record, read again here. A row nobody hinted at is read shortly after
its last step, when something of it ends, and whenever the sweep finds the agent ahead.

On a request the DID is judged before anything is signed: it must be one the binding proved. Otherwise the exchange is abandoned
with the reason's code, and nothing was signed.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from agents.events import AgentEvent
from agents.records import CredentialExchange
from agents.records import CredentialState as ExchangeState
from issuer.claims import claim, for_each, held, rest
from issuer.context import IssuerContext
from issuer.issuing.closing import end_exchange
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import Credential
from issuer.issuing.witnessing import has_receipt
from issuer.parties import issuing_binding, issuing_hospital
from schemas.errors import NotFoundError

FIRST_LOOK = timedelta(seconds=2)
"""A wallet may answer, and its webhook come, before our own step is recorded: so look once soon after."""

WATCHED = (CredentialState.OFFERED, CredentialState.ISSUED)
TELLING = frozenset({ExchangeState.REQUEST_RECEIVED, ExchangeState.DONE, ExchangeState.ABANDONED})
"""States of an exchange that call for a step of ours."""


async def hint(context: IssuerContext, event: AgentEvent) -> None:
    """Make the credential due whose exchange an event is about. Events of other kinds change nothing."""
    if event.topic != "issue_credential_v2_0" or event.state not in TELLING:
        return
    async with context.database.begin() as session:
        await session.execute(
            update(Credential)
            .where(
                Credential.hospital == event.agent,
                Credential.exchange_id == event.record_id,
                Credential.state.in_(WATCHED),
            )
            .values(due_at=context.clock.now())
        )
    context.nudge()


async def watch_exchanges(context: IssuerContext, slug: str) -> int:
    """Read the exchanges of the hospital's due credentials again. Returns how many were taken up."""

    async def step(row: Credential) -> None:
        exchange = await _read(context, row)
        if row.state == CredentialState.ISSUED and exchange is not None and _is_unanswered(context, row, exchange):
            assert row.signed is not None
            await context.agents[slug].issue(exchange.id, row.signed)
        now = context.clock.now()
        async with context.database.begin() as session:
            current = await held(session, row)
            if current is None:
                return
            if current.state == CredentialState.OFFERED:
                await _after_offer(session, current, row, exchange, now)
            else:
                await _after_issue(context, session, current, row, exchange, now)
        context.bell.ring(f"credential:{row.id}")

    rows = await claim(context, Credential, Credential.hospital == slug, Credential.state.in_(WATCHED))
    await for_each(context, rows, step, name="watch")
    return len(rows)


async def _read(context: IssuerContext, row: Credential) -> CredentialExchange | None:
    assert row.exchange_id is not None
    try:
        return await context.agents[row.hospital].credential_exchange(row.exchange_id)
    except NotFoundError:
        return None


async def _after_offer(
    session: AsyncSession, current: Credential, row: Credential, exchange: CredentialExchange | None, now: datetime
) -> None:
    if exchange is not None and exchange.state == ExchangeState.REQUEST_RECEIVED:
        await _judge_request(session, current, exchange.holder_did or "", now)
    elif exchange is not None and exchange.state == ExchangeState.ABANDONED:
        await end_exchange(session, current, Reason.FINISHED, now)
        current.move(CredentialState.DECLINED, now, due_at=None, reason=Reason.WALLET_DECLINED)
    elif now >= current.expires_at:
        await end_exchange(session, current, Reason.OFFER_EXPIRED, now)
        current.move(CredentialState.EXPIRED, now, due_at=None, reason=Reason.OFFER_EXPIRED)
    elif exchange is None:
        current.forget_exchange()
        current.move(CredentialState.DRAFTED, now, due_at=now)
    else:
        rest(current, row, current.expires_at)


async def _judge_request(session: AsyncSession, current: Credential, did: str, now: datetime) -> None:
    reason = await _refusal(session, current, did)
    if reason is not None:
        await end_exchange(session, current, reason, now)
        current.move(CredentialState.FAILED, now, due_at=None, reason=reason)
        return
    current.accepted_at = now
    if current.signed is not None and current.holder_did == did:
        witnessed = has_receipt(current.signed)
        current.move(CredentialState.WITNESSED if witnessed else CredentialState.SIGNED, now, due_at=now)
    else:
        current.holder_did, current.signed, current.commitment = did, None, None
        current.move(CredentialState.ACCEPTED, now, due_at=now)


async def _refusal(session: AsyncSession, current: Credential, did: str) -> Reason | None:
    hospital = await issuing_hospital(session, current.hospital)
    binding = await issuing_binding(session, current.binding)
    if not hospital.active:
        return Reason.HOSPITAL_NOT_ACTIVE
    if not binding.active:
        return Reason.BINDING_REVOKED
    if did not in binding.dids:
        return Reason.DID_NOT_BOUND
    if current.sent_at is not None and did != current.holder_did:
        return Reason.OTHER_DID
    return None


async def _after_issue(
    context: IssuerContext,
    session: AsyncSession,
    current: Credential,
    row: Credential,
    exchange: CredentialExchange | None,
    now: datetime,
) -> None:
    if exchange is not None and exchange.state == ExchangeState.DONE:
        await end_exchange(session, current, Reason.FINISHED, now)
        current.acknowledged_at = now
        current.move(CredentialState.ACKNOWLEDGED, now, due_at=None)
    elif exchange is not None and exchange.state == ExchangeState.ABANDONED:
        await end_exchange(session, current, Reason.FINISHED, now)
        current.move(CredentialState.FAILED, now, due_at=None, reason=Reason.WALLET_REFUSED)
    elif exchange is None or now >= (end := current.changed_at + timedelta(minutes=context.settings.issue_minutes)):
        current.reason = Reason.UNACKNOWLEDGED
        rest(current, row, None)
    else:
        if _is_unanswered(context, row, exchange):
            current.send_again_at = now + (now - current.changed_at)
        rest(current, row, min(current.send_again_at or end, end))


def _is_unanswered(context: IssuerContext, row: Credential, exchange: CredentialExchange) -> bool:
    """Whether the credential was sent and it is time to send the same bytes again: an agent that stops forgets its messages."""
    waiting = exchange.state not in (ExchangeState.DONE, ExchangeState.ABANDONED)
    return waiting and row.send_again_at is not None and context.clock.now() >= row.send_again_at

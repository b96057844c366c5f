"""drafted → offered: the agent offers the credential to the wallet.

ACA-Py makes a new exchange for every offer it is asked for. So a second try first looks among the agent's exchanges for one that
offers this credential's id, and takes it over. An offer by invitation holds the record and goes to whoever has its QR code, so
the default is the connection that the binding made.
"""

from sqlalchemy import select

from agents.records import CredentialExchange, Invitation
from agents.records import CredentialState as ExchangeState
from issuer.claims import claim, for_each, held
from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import ClosingExchange, Credential
from issuer.issuing.watching import FIRST_LOOK
from issuer.parties import issuing_binding, issuing_hospital


async def offer_drafts(context: IssuerContext, slug: str) -> int:
    """Offer the hospital's due drafts. Returns how many were taken up."""

    async def step(row: Credential) -> None:
        await _offer(context, row)

    rows = await claim(context, Credential, Credential.hospital == slug, Credential.state == CredentialState.DRAFTED)
    await for_each(context, rows, step, name="offer")
    return len(rows)


async def _offer(context: IssuerContext, row: Credential) -> None:
    async with context.database.begin() as session:
        hospital = await issuing_hospital(session, row.hospital)
        binding = await issuing_binding(session, row.binding)
    if context.clock.now() >= row.expires_at:
        return await _stop(context, row, CredentialState.EXPIRED, Reason.OFFER_EXPIRED)
    if not hospital.active:
        return await _stop(context, row, CredentialState.FAILED, Reason.HOSPITAL_NOT_ACTIVE)
    if not binding.active:
        return await _stop(context, row, CredentialState.FAILED, Reason.BINDING_REVOKED)

    agent = context.agents[row.hospital]
    connection = None if row.by_invitation else binding.connection_id
    exchange = await _earlier_offer(context, row, connection) if row.attempt > 1 else None
    if exchange is None:
        exchange = await agent.offer(row.draft, connection_id=connection)
    invitation = await _invitation(context, row, exchange) if row.by_invitation else None

    now = context.clock.now()
    async with context.database.begin() as session:
        # When the claim was lost, the exchange is left to whoever took it over, or to the sweep.
        if current := await held(session, row):
            current.exchange_id = exchange.id
            if invitation is not None:
                current.invitation_url, current.invitation = invitation.url, invitation.message
            current.move(CredentialState.OFFERED, now, due_at=now + FIRST_LOOK)
    context.bell.ring(f"credential:{row.id}")
    return None


async def _earlier_offer(context: IssuerContext, row: Credential, connection: str | None) -> CredentialExchange | None:
    """An exchange of an earlier try of this offer; not one that is being closed."""
    filters = {"connection_id": connection} if connection else {"state": ExchangeState.OFFER_SENT.value}
    exchanges = await context.agents[row.hospital].credential_exchanges(role="issuer", **filters)
    async with context.database.begin() as session:
        closing = set(await session.scalars(select(ClosingExchange.exchange_id).where(ClosingExchange.credential == row.id)))
    for exchange in exchanges:
        offers_this = exchange.credential.get("id") == row.draft["id"]
        if offers_this and exchange.id not in closing and exchange.state != ExchangeState.ABANDONED:
            return exchange
    return None


async def _invitation(context: IssuerContext, row: Credential, exchange: CredentialExchange) -> Invitation:
    label = next(hospital.label for hospital in context.settings.hospitals if hospital.slug == row.hospital)
    return await context.agents[row.hospital].create_invitation(label=label, handshake=False, credential_exchange_id=exchange.id)


async def _stop(context: IssuerContext, row: Credential, state: CredentialState, reason: Reason) -> None:
    async with context.database.begin() as session:
        if current := await held(session, row):
            current.move(state, context.clock.now(), due_at=None, reason=reason)
    context.bell.ring(f"credential:{row.id}")

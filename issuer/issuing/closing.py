"""An exchange at the agent ends: the wallet is told why, unless it knows, and the agent forgets the exchange.

That an exchange must end is a row, written in the transaction that decides it. ACA-Py keeps what was offered in the exchange
record, so forgetting it also takes the record's content out of the agent's database.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from agents.records import CredentialState as ExchangeState
from issuer.claims import claim, for_each, held, settle
from issuer.context import IssuerContext
from issuer.issuing.states import Reason
from issuer.issuing.tables import ClosingExchange, Credential
from schemas.errors import NotFoundError

OVER = frozenset({ExchangeState.DONE, ExchangeState.ABANDONED})


async def close_exchange(session: AsyncSession, row: Credential, exchange_id: str, reason: Reason, now: datetime) -> None:
    """Have `exchange_id` end for `reason`. Asking again starts again."""
    closing = await session.get(ClosingExchange, (row.hospital, exchange_id), with_for_update=True)
    if closing is None:
        session.add(
            ClosingExchange(
                hospital=row.hospital, exchange_id=exchange_id, credential=row.id, reason=reason, due_at=now, attempt=0
            )
        )
    elif closing.due_at is None:
        closing.due_at = now


async def end_exchange(session: AsyncSession, row: Credential, reason: Reason, now: datetime) -> None:
    """Have the credential's exchange end, if it has one, and take it off the credential."""
    if row.exchange_id is not None:
        await close_exchange(session, row, row.exchange_id, reason, now)
    row.forget_exchange()


async def close_due(context: IssuerContext, slug: str) -> int:
    """End the hospital's exchanges that are due to. Returns how many were taken up."""
    agent = context.agents[slug]

    async def step(row: ClosingExchange) -> None:
        try:
            if (await agent.credential_exchange(row.exchange_id)).state not in OVER:
                await agent.abandon_credential(row.exchange_id, row.reason)
            await agent.delete_credential_exchange(row.exchange_id)
        except NotFoundError:
            pass  # gone already: an earlier try, or the agent was made anew
        async with context.database.begin() as session:
            if current := await held(session, row):
                settle(current, None)

    rows = await claim(context, ClosingExchange, ClosingExchange.hospital == slug)
    await for_each(context, rows, step, name="close")
    return len(rows)

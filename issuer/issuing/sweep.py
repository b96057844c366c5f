"""The agent's exchanges held against our rows: finds what webhooks lost, and offers that were made twice.

    an exchange of ours, further on than its credential        the credential is due
    an exchange that offers a credential of ours, but is not the one in its row
        the credential is drafted                              left alone: its next offer takes it over
        otherwise                                              closed as superseded

Run at start and every SWEEP_SECONDS; each run asks once for each state an exchange can be in, and changes nothing twice.
"""

from sqlalchemy import select

from agents.records import CredentialExchange
from agents.records import CredentialState as ExchangeState
from issuer.context import IssuerContext
from issuer.issuing.closing import close_exchange
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import Credential
from issuer.issuing.watching import TELLING, WATCHED

SWEEP_SECONDS = 60.0
SWEPT = (
    ExchangeState.OFFER_SENT,
    ExchangeState.REQUEST_RECEIVED,
    ExchangeState.ISSUED,
    ExchangeState.DONE,
    ExchangeState.ABANDONED,
)
_URN = "urn:uuid:"


async def sweep(context: IssuerContext, slug: str) -> int:
    """Compare all exchanges of the hospital's agent with its credentials. Returns how many rows became due."""
    due = 0
    for state in SWEPT:
        exchanges = await context.agents[slug].credential_exchanges(role="issuer", state=state.value)
        due += await _compare(context, slug, exchanges)
    return due


async def _compare(context: IssuerContext, slug: str, exchanges: list[CredentialExchange]) -> int:
    now = context.clock.now()
    due = 0
    async with context.database.begin() as session:
        for exchange in sorted(exchanges, key=lambda each: str(each.credential.get("id", ""))):
            name = str(exchange.credential.get("id", ""))
            row = await session.scalar(
                select(Credential).where(Credential.id == name.removeprefix(_URN), Credential.hospital == slug).with_for_update()
            )
            if row is None or not name.startswith(_URN):
                continue
            if row.exchange_id != exchange.id:
                if row.state != CredentialState.DRAFTED:
                    await close_exchange(session, row, exchange.id, Reason.SUPERSEDED, now)
                    due += 1
            elif row.state in WATCHED and exchange.state in TELLING and (row.due_at is None or row.due_at > now):
                row.due_at = now
                due += 1
    return due

"""witnessed → issued: exactly the stored bytes are handed to the agent for the wallet.

That sending begins is recorded first (`sent_at`): from then on the credential counts as one that may have left. A second try
reads the exchange before it sends anything.
"""

from datetime import timedelta

from agents.records import CredentialState as ExchangeState
from issuer.claims import claim, for_each, held
from issuer.context import IssuerContext
from issuer.issuing.closing import end_exchange
from issuer.issuing.deadlines import give_up_overdue
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import Credential
from issuer.issuing.watching import FIRST_LOOK
from schemas.errors import NotFoundError

SENT = frozenset({ExchangeState.ISSUED, ExchangeState.DONE})


async def send_witnessed(context: IssuerContext, slug: str) -> int:
    """Send the hospital's due credentials. Returns how many were taken up."""

    async def step(row: Credential) -> None:
        await _send(context, row)

    rows = await claim(context, Credential, Credential.hospital == slug, Credential.state == CredentialState.WITNESSED)
    in_time = await give_up_overdue(context, rows)
    await for_each(context, await _begin(context, in_time), step, name="send")
    return len(rows)


async def _begin(context: IssuerContext, rows: list[Credential]) -> list[Credential]:
    """Record that these may leave from now on. Returns those still claimed."""
    if not rows:
        return []
    async with context.database.begin() as session:
        still = []
        for row in rows:
            if current := await held(session, row):
                current.sent_at = current.sent_at or context.clock.now()
                still.append(row)
    return still


async def _send(context: IssuerContext, row: Credential) -> None:
    agent = context.agents[row.hospital]
    assert row.exchange_id is not None
    assert row.signed is not None
    state = ExchangeState.REQUEST_RECEIVED.value
    if row.attempt > 1:
        try:
            state = (await agent.credential_exchange(row.exchange_id)).state
        except NotFoundError:
            state = ""
    if state == ExchangeState.REQUEST_RECEIVED:
        await agent.issue(row.exchange_id, row.signed)

    now = context.clock.now()
    async with context.database.begin() as session:
        current = await held(session, row)
        if current is None:
            return
        if state == ExchangeState.ABANDONED:
            await end_exchange(session, current, Reason.FINISHED, now)
            current.move(CredentialState.DECLINED, now, due_at=None, reason=Reason.WALLET_DECLINED)
        elif state == "":
            current.forget_exchange()
            current.expires_at = now + timedelta(minutes=context.settings.offer_minutes)
            current.move(CredentialState.DRAFTED, now, due_at=now)
        else:
            current.send_again_at = now + timedelta(seconds=context.settings.acknowledge_seconds)
            current.move(CredentialState.ISSUED, now, due_at=now + FIRST_LOOK)
    context.bell.ring(f"credential:{row.id}")

"""What the patient accepted must be sent in time; otherwise it is given up, the wallet is told, and staff can offer it again."""

from collections.abc import Sequence
from datetime import timedelta

from issuer.claims import held
from issuer.context import IssuerContext
from issuer.issuing.closing import end_exchange
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import Credential


async def give_up_overdue(context: IssuerContext, rows: Sequence[Credential]) -> list[Credential]:
    """The claimed rows that are still in time. The others fail with `not_issued_in_time`."""
    now = context.clock.now()
    allowed = timedelta(minutes=context.settings.issue_minutes)
    overdue = [row for row in rows if row.accepted_at is not None and now >= row.accepted_at + allowed]
    if overdue:
        async with context.database.begin() as session:
            for row in overdue:
                if current := await held(session, row):
                    await end_exchange(session, current, Reason.NOT_ISSUED_IN_TIME, now)
                    current.move(CredentialState.FAILED, now, due_at=None, reason=Reason.NOT_ISSUED_IN_TIME)
    return [row for row in rows if row not in overdue]

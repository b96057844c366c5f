"""What a person does about a credential on its way: offer it again, or take it back while it has not left.

Both end the old exchange and take the row from any worker that holds it. A credential that was sent keeps its bytes: offered
again, it is accepted only with the DID it was made for, and the same signature is sent.
"""

from datetime import timedelta

from issuer.context import IssuerContext
from issuer.issuing.closing import end_exchange
from issuer.issuing.states import RESENDABLE, CredentialState, Delivery, Reason
from issuer.issuing.tables import Credential, locked
from issuer.parties import issuing_binding, issuing_hospital
from issuer.status.states import CredentialStatus
from schemas.errors import StateError


async def resend(context: IssuerContext, credential: str, delivery: Delivery | None = None) -> Credential:
    """Offer a credential again that is not on its way, or whose wallet does not answer.

    Args:
        delivery: another way than the one before.

    Raises:
        NotFoundError: `credential.unknown`.
        StateError: `credential.not_resendable`, acknowledged, being made, or revoked; `hospital.not_active`;
            `binding.not_active`.
    """
    now = context.clock.now()
    async with context.database.begin() as session:
        row = await locked(session, credential)
        if row.state not in RESENDABLE or row.status == CredentialStatus.REVOKED:
            raise StateError(
                "credential.not_resendable",
                f"A credential that is {row.state} and {row.status} is not offered again.",
                "Issue a new one if the patient needs it.",
            )
        (await issuing_hospital(session, row.hospital)).require_active()
        (await issuing_binding(session, row.binding)).require_active(row.hospital)
        await end_exchange(session, row, Reason.SUPERSEDED, now)
        row.delivery = delivery or row.delivery
        row.accepted_at = None
        row.expires_at = now + timedelta(minutes=context.settings.offer_minutes)
        row.move(CredentialState.DRAFTED, now, due_at=now)
    context.bell.ring(f"credential:{credential}")
    context.nudge()
    return row


async def withdraw(context: IssuerContext, credential: str) -> Credential:
    """Take back a credential that has not left the hospital.

    Raises:
        NotFoundError: `credential.unknown`.
        StateError: `credential.sent`, it may have left: revoke it; `credential.no_such_step`, it is over already.
    """
    now = context.clock.now()
    async with context.database.begin() as session:
        row = await locked(session, credential)
        if row.sent_at is not None:
            raise StateError("credential.sent", "This credential may have reached the wallet.", "Revoke it instead.")
        await end_exchange(session, row, Reason.WITHDRAWN, now)
        row.move(CredentialState.FAILED, now, due_at=None, reason=Reason.WITHDRAWN)
    context.bell.ring(f"credential:{credential}")
    context.nudge()
    return row

"""accepted → signed: many credentials in one call to the hospital's agent.

The subject is bound to the DID the wallet asked with, then the whole is signed with the hospital's key of today, and where it
names a signer with that key as well. What was to be signed by somebody who has left meanwhile fails. A signature made and not
recorded has gone nowhere; another one is made. When a batch fails, its credentials are tried again one by one, so that one that
cannot be signed stops no other.
"""

from sqlalchemy import and_

from issuer.claims import claim, failed, held
from issuer.context import IssuerContext
from issuer.issuing.closing import end_exchange
from issuer.issuing.deadlines import give_up_overdue
from issuer.issuing.states import CredentialState, Reason
from issuer.issuing.tables import Credential
from issuer.parties import issuing_hospital
from issuer.signers.signing import sign_beside, those_who_left
from ledger.commitment import credential_commitment
from schemas.credential import bind_subject

BATCH = 100


async def sign_accepted(context: IssuerContext, slug: str) -> int:
    """Sign the hospital's due credentials. Returns how many were taken up."""
    where = and_(Credential.hospital == slug, Credential.state == CredentialState.ACCEPTED)
    rows = await claim(context, Credential, where, limit=BATCH)
    waiting = await give_up_overdue(context, rows)
    first = [row for row in waiting if row.attempt == 1]
    batches = [[row] for row in waiting if row.attempt > 1]
    for batch in [first, *batches] if first else batches:
        try:
            await _sign(context, slug, batch)
        except Exception as error:
            await failed(context, batch, error, name="sign")
    return len(rows)


async def _sign(context: IssuerContext, slug: str, rows: list[Credential]) -> None:
    async with context.database.begin() as session:
        hospital = await issuing_hospital(session, slug)
    hospital.require_active()
    rows = await _give_up_without_signer(context, rows)
    if not rows:
        return
    documents = [bind_subject(row.draft, row.holder_did or "") for row in rows]
    agent = context.agents[slug]
    signed = await sign_beside(agent, await agent.sign(documents, verification_method=hospital.key))
    now = context.clock.now()
    async with context.database.begin() as session:
        for row, document in zip(rows, signed, strict=True):
            if current := await held(session, row):
                current.signed = document
                current.commitment = credential_commitment(document).text()
                current.move(CredentialState.SIGNED, now, due_at=now)
    for row in rows:
        context.bell.ring(f"credential:{row.id}")


async def _give_up_without_signer(context: IssuerContext, rows: list[Credential]) -> list[Credential]:
    """The claimed rows that can be signed. Those whose signer has left fail with `signer_left`."""
    now = context.clock.now()
    named = {row.signer for row in rows if row.signer}
    if not named:
        return rows
    async with context.database.begin() as session:
        left = await those_who_left(session, named)
        for row in rows:
            if row.signer in left and (current := await held(session, row)):
                await end_exchange(session, current, Reason.SIGNER_LEFT, now)
                current.move(CredentialState.FAILED, now, due_at=None, reason=Reason.SIGNER_LEFT)
                context.bell.ring(f"credential:{row.id}")
    return [row for row in rows if row.signer not in left]

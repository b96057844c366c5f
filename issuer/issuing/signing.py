"""accepted → signed: many credentials in one call to the hospital's agent.

The subject is bound to the DID the wallet asked with, then the whole is signed with the hospital's key of today. A signature
made and not recorded has gone nowhere; another one is made. When a batch fails, its credentials are tried again one by one, so
that one that cannot be signed stops no other.
"""

from sqlalchemy import and_

from issuer.claims import claim, failed, held
from issuer.context import IssuerContext
from issuer.issuing.deadlines import give_up_overdue
from issuer.issuing.states import CredentialState
from issuer.issuing.tables import Credential
from issuer.parties import issuing_hospital
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
    documents = [bind_subject(row.draft, row.holder_did or "") for row in rows]
    signed = await context.agents[slug].sign(documents, verification_method=hospital.key)
    now = context.clock.now()
    async with context.database.begin() as session:
        for row, document in zip(rows, signed, strict=True):
            if current := await held(session, row):
                current.signed = document
                current.commitment = credential_commitment(document).text()
                current.move(CredentialState.SIGNED, now, due_at=now)
    for row in rows:
        context.bell.ring(f"credential:{row.id}")

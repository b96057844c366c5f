"""A list is signed by the hospital's key and served; then its fingerprint goes to the ledger.

A list is due after a change, and at half of its validity. Order of steps, each recorded before the next:

    1. read the bits, and how many changes they had seen
    2. sign the list through the hospital's agent (Bitstring Status List 1.0 §3.1), serve it
    3. submit its commitment, so that an old list cannot be passed off as the one of a later day

A suspended hospital still publishes: what it issued must stay revocable.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from issuer.claims import claim, for_each, held, settle
from issuer.context import IssuerContext
from issuer.parties import IssuingHospital, issuing_hospital
from issuer.status.allocation import LIST_SIZE, list_url
from issuer.status.tables import StatusEntry, StatusList
from ledger.commitment import Commitment, credential_commitment
from ledger.encoding import encode_multibase
from schemas.canonical import canonicalize
from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.errors import StateError
from verifier.status import encode_bitstring


async def publish_lists(context: IssuerContext, slug: str) -> int:
    """Publish or anchor the hospital's due lists. Returns how many were taken up."""
    rows = await claim(context, StatusList, StatusList.hospital == slug)

    async def step(row: StatusList) -> None:
        if row.document is None or row.changes != row.published_changes or context.clock.now() >= _renewal(row):
            await _publish(context, row)
        else:
            await _anchor(context, row)

    await for_each(context, rows, step, name="status")
    return len(rows)


async def _publish(context: IssuerContext, row: StatusList) -> None:
    async with context.database.begin() as session:
        hospital = await issuing_hospital(session, row.hospital)
        # Read before the bits: a change made in between is then seen again, never missed.
        changes = (await session.get_one(StatusList, row.id)).changes
        positions = await session.scalars(
            select(StatusEntry.position).where(StatusEntry.list_id == row.id, StatusEntry.is_set.is_(True))
        )
        bits = frozenset(positions)
    if not hospital.key:
        raise StateError("hospital.no_key", "This hospital has no proved key to sign its status lists with.")
    now = context.clock.now().replace(microsecond=0)
    valid_until = now + timedelta(hours=context.settings.status_hours)
    unsigned = list_credential(context, row, hospital, bits, valid_from=now, valid_until=valid_until)
    [signed] = await context.agents[row.hospital].sign([unsigned], verification_method=hospital.key)
    async with context.database.begin() as session:
        if current := await held(session, row):
            current.document = canonicalize(signed).decode()
            current.commitment, current.anchored = credential_commitment(signed).text(), False
            current.published_at, current.valid_until, current.published_changes = now, valid_until, changes
            settle(current, now)


async def _anchor(context: IssuerContext, row: StatusList) -> None:
    if not row.anchored and row.commitment is not None:
        await context.ledger.submit([Commitment.parse(row.commitment)])
    async with context.database.begin() as session:
        if current := await held(session, row):
            current.anchored = True
            settle(current, context.clock.now() if current.changes != row.changes else _renewal(row))


def _renewal(row: StatusList) -> datetime:
    """When a published list is made anew: half of its validity before it ends."""
    assert row.published_at is not None
    assert row.valid_until is not None
    return row.published_at + (row.valid_until - row.published_at) / 2


def list_credential(
    context: IssuerContext,
    row: StatusList,
    hospital: IssuingHospital,
    bits: frozenset[int],
    *,
    valid_from: datetime,
    valid_until: datetime,
) -> dict[str, Any]:
    """The unsigned status list credential (Bitstring Status List 1.0 §3.1) with a fingerprint of its own."""
    url = list_url(context, row)
    return {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": hospital.did,
        "validFrom": _stamp(valid_from),
        "validUntil": _stamp(valid_until),
        "fingerprint": {
            "type": "SaltedFingerprint",
            "algorithm": "sha-256",
            "salt": encode_multibase(context.entropy(16)),
        },
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": row.purpose,
            "encodedList": encode_bitstring(LIST_SIZE, bits),
            "ttl": context.settings.status_ttl_seconds * 1000,
        },
    }


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")

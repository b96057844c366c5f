"""signed → committed → witnessed: fingerprints go to the ledger by the batch, receipts come back by the batch.

A receipt is checked with the keys in our settings before it is put beside the signature in `proof`: the hospital hands out
nothing a clinic would refuse. A ledger that took a fingerprint and forgot it, as after a restored backup, is handed it again.
"""

import logging
from datetime import timedelta
from typing import Any

from issuer.claims import claim, failed, held, put_off, rest
from issuer.context import IssuerContext
from issuer.issuing.deadlines import give_up_overdue
from issuer.issuing.states import CredentialState
from issuer.issuing.tables import Credential
from issuer.settings import LedgerSettings
from ledger.commitment import Commitment
from ledger.finding import LedgerTrust
from ledger.notes import VerifierKey
from ledger.receipt import Receipt, verify_receipt

log = logging.getLogger(__name__)

BATCH = 1000
FORGOTTEN_AFTER = 20
"""Receipt intervals without a receipt after which a fingerprint is handed in again."""


def ledger_trust(settings: LedgerSettings) -> LedgerTrust:
    """The log and the witnesses whose receipts are put into credentials; one witness must have cosigned where any is named.

    Raises:
        FormatError: `verifier_key.malformed`.
    """
    witnesses = [VerifierKey.parse(key) for key in settings.witness_keys]
    return LedgerTrust([VerifierKey.parse(settings.origin_key)], witnesses, min(1, len(witnesses)))


async def submit_signed(context: IssuerContext) -> int:
    """Hand in the fingerprints of all due credentials. Returns how many were taken up."""
    rows = await claim(context, Credential, Credential.state == CredentialState.SIGNED, limit=BATCH)
    waiting = await give_up_overdue(context, rows)
    if waiting:
        try:
            await context.ledger.submit([Commitment.parse(row.commitment) for row in waiting])
        except Exception as error:
            await failed(context, waiting, error, name="submit")
            return len(rows)
        now = context.clock.now()
        async with context.database.begin() as session:
            for row in waiting:
                if current := await held(session, row):
                    current.move(CredentialState.COMMITTED, now, due_at=now + _interval(context))
        _ring(context, waiting)
    return len(rows)


async def collect_receipts(context: IssuerContext) -> int:
    """Ask for the receipts of all due credentials. Returns how many came."""
    rows = await claim(context, Credential, Credential.state == CredentialState.COMMITTED, limit=BATCH)
    waiting = await give_up_overdue(context, rows)
    if not waiting:
        return 0
    commitments = {row.id: Commitment.parse(row.commitment) for row in waiting}
    try:
        receipts = await context.ledger.receipts(list(commitments.values()))
    except Exception as error:
        await failed(context, waiting, error, name="receipts")
        return 0
    now = context.clock.now()
    came = []
    async with context.database.begin() as session:
        for row in waiting:
            current = await held(session, row)
            receipt = receipts.get(commitments[row.id].digest)
            if current is None:
                continue
            if receipt is None and now >= current.changed_at + FORGOTTEN_AFTER * _interval(context):
                current.move(CredentialState.SIGNED, now, due_at=now)
            elif receipt is None:
                rest(current, row, now + _interval(context))
            elif not _is_good(context, receipt, commitments[row.id]):
                put_off(current, now)
            else:
                assert current.signed is not None
                current.signed = with_receipt(current.signed, receipt)
                current.move(CredentialState.WITNESSED, now, due_at=now)
                came.append(row)
    _ring(context, came)
    return len(came)


def with_receipt(credential: dict[str, Any], receipt: Receipt) -> dict[str, Any]:
    """The credential with `receipt` beside its signature."""
    proof = credential["proof"]
    return {**credential, "proof": [*(proof if isinstance(proof, list) else [proof]), receipt.to_json()]}


def has_receipt(credential: dict[str, Any]) -> bool:
    """Whether a receipt stands in the credential's `proof`."""
    proof = credential["proof"]
    return any(member.get("type") == "LedgerReceipt" for member in (proof if isinstance(proof, list) else [proof]))


def _is_good(context: IssuerContext, receipt: Receipt, commitment: Commitment) -> bool:
    trust = ledger_trust(context.settings.ledger)
    finding = verify_receipt(receipt, commitment, logs=trust.logs, witnesses=trust.witnesses, quorum=trust.quorum)
    if not finding.established:
        log.error("the ledger's receipt does not hold", extra={"code": finding.reason.value, "origin": finding.origin})
    return finding.established


def _interval(context: IssuerContext) -> timedelta:
    return timedelta(seconds=context.settings.receipt_seconds)


def _ring(context: IssuerContext, rows: list[Credential]) -> None:
    for row in rows:
        context.bell.ring(f"credential:{row.id}")

"""The ledger receipts a record carries, and what the best of them shows for the record in hand.

The fingerprint is computed from the record, never taken from it, so a receipt can only fit content that has not changed.
`verifier.ledger_check` turns what is found here into checks.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.commitment import Commitment, credential_commitment
from ledger.finding import LedgerFinding
from ledger.receipt import verify_receipt
from schemas.errors import FormatError
from verifier.proofs.members import proof_members

if TYPE_CHECKING:  # pydantic is a tenth of a second that not every caller needs
    from verifier.identity.trust import TrustList

MAX_RECEIPTS = 4


def find_receipt(document: Mapping[str, Any], canonical: bytes | None, trust: "TrustList | None") -> LedgerFinding | None:
    """What the best of the record's receipts shows.

    Args:
        document: the credential.
        canonical: its RFC 8785 bytes without `proof`; None when it has no such form.
        trust: whose logs and witnesses count.

    Returns:
        None when there is no receipt, no fingerprint, or no trusted log.
    """
    receipts = receipts_of(document)
    commitment = _commitment_of(document, canonical) if receipts and trust and trust.logs else None
    if commitment is None or trust is None:
        return None
    findings = [
        verify_receipt(receipt, commitment, logs=trust.log_keys, witnesses=trust.witness_keys, quorum=trust.witness_quorum)
        for receipt in receipts
    ]
    return next((finding for finding in findings if finding.established), findings[0])


def receipts_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `LedgerReceipt` members beside the proofs of a document, at most `MAX_RECEIPTS`."""
    return [member for member in proof_members(document) if member.get("type") == "LedgerReceipt"][:MAX_RECEIPTS]


def _commitment_of(document: Mapping[str, Any], canonical: bytes | None) -> Commitment | None:
    if canonical is None:
        return None
    try:
        return credential_commitment(document, canonical=canonical)
    except FormatError:
        return None

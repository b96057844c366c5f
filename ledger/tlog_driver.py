"""The `tlog` driver: an entry is established by a transparency log's checkpoint and the witnesses who cosigned it.

Order: the checkpoint's shape, whether its log is trusted, every signature by a known key, whether the entry is in the tree,
whether enough witnesses agree. A key that signs as the log never counts as its own witness.
"""

from ledger.checkpoint import Checkpoint
from ledger.finding import LedgerFinding, LedgerTrust, Reason
from ledger.log_proof import LogProof
from ledger.merkle import SHA256, inclusion_root
from ledger.notes import KeyType
from schemas.errors import FormatError


def verify_entry(entry: bytes, proof: LogProof, trust: LedgerTrust) -> LedgerFinding:
    """Whether `proof` shows `entry` in a trusted and witnessed log."""
    try:
        checkpoint = Checkpoint.parse(proof.note.body)
    except FormatError:
        return LedgerFinding(False, Reason.MALFORMED)
    log_keys = [key for key in trust.logs if key.type is KeyType.NOTE and key.name == checkpoint.origin]
    if not log_keys:
        return LedgerFinding(False, Reason.UNKNOWN_LOG)
    own = {key.public_key for key in log_keys}
    witness_keys = [key for key in trust.witnesses if key.type is KeyType.COSIGNATURE and key.public_key not in own]
    try:
        signed = proof.note.verify([*log_keys, *witness_keys])
    except FormatError:
        return LedgerFinding(False, Reason.BAD_SIGNATURE)
    if not any(signature.key in log_keys for signature in signed):
        return LedgerFinding(False, Reason.UNSIGNED)

    cosigned = {signature.key.public_key: signature for signature in signed if signature.key in witness_keys}
    names = tuple(signature.key.name for signature in cosigned.values())
    times = [signature.at for signature in cosigned.values() if signature.at]
    leaf = SHA256.leaf(entry)
    if inclusion_root(SHA256, leaf, proof.position, checkpoint.size, proof.path) != checkpoint.root:
        reason = Reason.NOT_IN_LOG
    elif len(cosigned) < trust.quorum:
        reason = Reason.NO_QUORUM
    else:
        reason = Reason.WITNESSED
    return LedgerFinding(
        established=reason is Reason.WITNESSED,
        reason=reason,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        integrated_at=min(times, default=None),
        witnesses=names,
    )

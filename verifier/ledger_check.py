"""Is this the record the ledger witnessed, and is the ledger the one it was?

`ledger` recomputes the fingerprint from the record in hand, so a receipt can only fit content that has not changed since; then
the receipt must lead to a checkpoint of a trusted log that enough trusted witnesses cosigned. `log_consistent` compares that
checkpoint with what this verifier has seen of the log before: a log may only grow.
"""

from ledger.finding import Reason
from ledger.memory import Continuity, LogHead
from verifier.carried_receipts import receipts_of
from verifier.examination import Examination
from verifier.verdict import Check, stamp

_REASONS = {
    Reason.WITNESSED: "ledger.witnessed",
    Reason.MALFORMED: "ledger.malformed_receipt",
    Reason.UNKNOWN_DRIVER: "ledger.unknown_kind",
    Reason.OTHER_ALGORITHM: "ledger.changed",
    Reason.OTHER_COMMITMENT: "ledger.changed",
    Reason.UNKNOWN_LOG: "ledger.other_log",
    Reason.UNSIGNED: "ledger.bad_signature",
    Reason.BAD_SIGNATURE: "ledger.bad_signature",
    Reason.NOT_IN_LOG: "ledger.malformed_receipt",
    Reason.NO_QUORUM: "ledger.too_few_witnesses",
}

_CONTINUITY = {
    Continuity.FIRST: "log.first_seen",
    Continuity.SAME: "log.consistent",
    Continuity.GROWN: "log.consistent",
    Continuity.EARLIER: "log.consistent",
    Continuity.UNPROVEN: "log.not_compared",
    Continuity.INCONSISTENT: "log.rewritten",
    Continuity.FORK: "log.rewritten",
}


def ledger(examined: Examination) -> Check:
    """The receipt fits this very content and comes from a trusted, witnessed log."""
    found = examined.ledger_finding
    if found is None:
        if "fingerprint" not in examined.document:
            return examined.found("ledger", "ledger.no_fingerprint")
        if not receipts_of(examined.document):
            return examined.found("ledger", "ledger.no_receipt")
        trust = examined.evidence.trust
        return examined.found("ledger", "ledger.malformed_receipt" if trust and trust.logs else "ledger.no_logs")
    facts: dict[str, str] = {}
    if found.origin:
        facts = {"log": found.origin, "size": str(found.size), "witnesses": str(len(found.witnesses))}
    if found.established and found.integrated_at:
        facts["witnessed_at"] = stamp(found.integrated_at)
    return examined.found("ledger", _REASONS[found.reason], **facts)


def log_consistent(examined: Examination) -> Check:
    """The checkpoint agrees with every one seen before of its log."""
    found = examined.ledger_finding
    if found is None or not found.established:
        return examined.found("log_consistent", "not_reached")
    memory = examined.evidence.memory
    if memory is None:
        return examined.found("log_consistent", "log.not_kept", log=found.origin)
    head = LogHead.of(found)
    sizes = memory.proof_needed(head)
    proof = examined.evidence.consistency.get((found.origin, *sizes)) if sizes else None
    return examined.found("log_consistent", _CONTINUITY[memory.meet(head, proof)], log=found.origin, size=str(found.size))

"""Keys and signatures: whose key is it, and did it sign exactly this?

The key of a hospital comes from the trust list, which pins it with the time in which it signs; a DID document fetched from the
hospital's own web server adds no trust, it only tells a key that is newer than the list from a key that is nobody's. A
presentation is signed with the did:key of its holder.
"""

from schemas.errors import FormatError
from verifier.examination import Examination
from verifier.identity.did_document import DidDocument, did_key_document, did_of_method
from verifier.proofs import Outcome, check_proof
from verifier.proofs.members import Proof
from verifier.proofs.suites import suite_of
from verifier.verdict import Check

_REASONS = {
    Outcome.VALID: "signature.ok",
    Outcome.ALTERED: "signature.altered",
    Outcome.MALFORMED: "signature.malformed",
    Outcome.UNSUPPORTED: "signature.unsupported",
    Outcome.UNSIGNED_TERMS: "signature.unsigned_terms",
    Outcome.UNKNOWN_CONTEXT: "context.unknown",
    Outcome.TOO_COSTLY: "signature.too_costly",
    Outcome.CHAIN_BROKEN: "signature.chain_broken",
}


def issuer_key(examined: Examination) -> Check:
    """At least one proof is made with a key of the issuer, and every such key was the issuer's to sign with at that time."""
    if not examined.proofs:
        return examined.found("issuer_key", "not_reached")
    if not examined.issuer_proofs:
        return examined.found("issuer_key", "issuer_key.not_issuers")
    for proof in examined.issuer_proofs:
        reason = _key_reason(examined, proof)
        if reason != "issuer_key.ok":
            return examined.found("issuer_key", reason)
    return examined.found("issuer_key", "issuer_key.ok")


def signature(examined: Examination) -> Check:
    """Every proof of a known form holds, at least one of them by the issuer, and all of them were made to assert."""
    return _signature(examined, examined.issuer_proofs, "assertionMethod")


def presentation_signature(examined: Examination) -> Check:
    """The holder signed the presentation, to authenticate."""
    return _signature(examined, examined.proofs, "authentication")


def _signature(examined: Examination, needed: list[Proof], purpose: str) -> Check:
    if not examined.proofs:
        return examined.found("signature", "signature.missing")
    supported = [proof for proof in examined.proofs if suite_of(proof)]
    if not any(proof in supported for proof in needed):
        return examined.found("signature", "signature.unsupported" if needed else "signature.no_key")
    for proof in supported:
        key = _public_key(examined, str(proof.get("verificationMethod")))
        if key is None:
            return examined.found("signature", "signature.no_key")
        outcome = check_proof(examined.document, proof, key, canonical=examined.canonical)
        if outcome is not Outcome.VALID:
            return examined.found("signature", _REASONS[outcome])
        if proof["proofPurpose"] != purpose:
            return examined.found("signature", "signature.wrong_purpose")
    return examined.found("signature", "signature.ok")


def _public_key(examined: Examination, method: str) -> bytes | None:
    if examined.issuer and (key := examined.issuer.key(method)):
        return key.public_key
    document = did_document(examined, did_of_method(method))
    return document.keys.get(method) if document else None


def did_document(examined: Examination, did: str) -> DidDocument | None:
    """The DID document at hand; a did:key is its own."""
    if did.startswith("did:key:"):
        try:
            return did_key_document(did)
        except FormatError:
            return None
    return examined.evidence.did_documents.get(did)


def _key_reason(examined: Examination, proof: Proof) -> str:
    method = str(proof["verificationMethod"])
    document = did_document(examined, str(examined.issuer_did))
    trusted = examined.issuer.key(method) if examined.issuer else None
    if trusted:
        within = examined.signed_within(trusted.valid_from, trusted.valid_until)
        if within is None:
            return "issuer_key.retired_unwitnessed"
        return "issuer_key.ok" if within else "issuer_key.out_of_window"
    if document is None:
        return "issuer_key.not_issuers" if examined.issuer else "issuer_key.unavailable"
    if method not in document.keys:
        return "issuer_key.not_issuers"
    if method not in document.assertion:
        return "issuer_key.not_for_signing"
    return "issuer_key.newer_than_list" if examined.issuer else "issuer_key.ok"

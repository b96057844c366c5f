"""Make and check one proof of a signature, of the four forms that are known.

Order of a check: the form of the proof, the proofs it is chained to, the bytes that were signed, the signature. The caller
decides which key is asked and whether that key may speak for the issuer; nothing here resolves or trusts a DID.
"""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors import FormatError
from schemas.keys import decode_base58btc, encode_base58btc
from verifier.documents import parse_stamp
from verifier.proofs import canonicaliser, jcs, legacy, rdfc
from verifier.proofs.canonicaliser import Canonicaliser, Refusal
from verifier.proofs.members import Proof, previous_proofs, proofs_of, without_proof

JCS = "eddsa-jcs-2022"
RDFC = "eddsa-rdfc-2022"
SIGNATURE_2020 = "Ed25519Signature2020"
SIGNATURE_2018 = "Ed25519Signature2018"
_SIGNATURE_BYTES = 64
_MAX_PROOF_VALUE = 100


class Outcome(StrEnum):
    """What checking one proof found."""

    VALID = "valid"
    ALTERED = "altered"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    UNSIGNED_TERMS = "unsigned_terms"
    UNKNOWN_CONTEXT = "unknown_context"
    TOO_COSTLY = "too_costly"
    CHAIN_BROKEN = "chain_broken"


_REFUSALS = {
    Refusal.TOO_COSTLY: Outcome.TOO_COSTLY,
    Refusal.UNKNOWN_CONTEXT: Outcome.UNKNOWN_CONTEXT,
    Refusal.UNSIGNED_TERMS: Outcome.UNSIGNED_TERMS,
    Refusal.MALFORMED: Outcome.MALFORMED,
}


def suite_of(proof: Mapping[str, Any]) -> str | None:
    """The suite of a proof, or None when it is not one of the four."""
    if proof.get("type") == "DataIntegrityProof":
        suite = proof.get("cryptosuite")
        return suite if suite in (JCS, RDFC) else None
    return proof["type"] if proof.get("type") in (SIGNATURE_2020, SIGNATURE_2018) else None


def check_proof(
    document: Mapping[str, Any],
    proof: Proof,
    public_key: bytes,
    *,
    canonical: bytes | None = None,
    worker: Canonicaliser = canonicaliser.shared,
) -> Outcome:
    """Whether `public_key` made `proof` over `document`.

    Args:
        document: the secured document, with all its proofs.
        proof: one of its proofs.
        public_key: 32 bytes, Ed25519.
        canonical: the RFC 8785 bytes of the document without `proof`, when the caller has them.
        worker: where RDF is canonicalised.
    """
    suite = suite_of(proof)
    if suite is None:
        return Outcome.UNSUPPORTED
    if not _well_formed(proof):
        return Outcome.MALFORMED
    previous = previous_proofs(proof, proofs_of(document))
    if previous is None:
        return Outcome.CHAIN_BROKEN
    unsecured = without_proof(document)
    if previous:
        unsecured["proof"] = previous
        canonical = None
    try:
        if suite == JCS:
            if "@context" in proof:
                if not jcs.context_extends(document.get("@context"), proof["@context"]):
                    return Outcome.ALTERED
                if unsecured.get("@context") != proof["@context"]:
                    unsecured["@context"] = proof["@context"]
                    canonical = None
            signed: bytes | Refusal = jcs.message(unsecured, _without(proof, "proofValue"), canonical)
        else:
            signed = rdfc.message(unsecured, _without(proof, "proofValue", "jws"), worker)
        if isinstance(signed, Refusal):
            return _REFUSALS[signed]
        if suite == SIGNATURE_2018:
            header, signature = legacy.read_jws(proof.get("jws"))
            signed = legacy.signing_input(header, signed)
        else:
            signature = _proof_value(proof)
        if len(signature) != _SIGNATURE_BYTES:
            return Outcome.MALFORMED
    except (FormatError, ValueError):
        return Outcome.MALFORMED
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return Outcome.ALTERED
    return Outcome.VALID


def sign_jcs(
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    *,
    verification_method: str,
    created: datetime,
    purpose: str = "assertionMethod",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document with an `eddsa-jcs-2022` proof.

    Args:
        document: any JSON object; proofs it has already are kept (a proof set, or a chain by `previousProof` in `options`).
        private_key: the key of `verification_method`.
        verification_method: the key's DID URL.
        created: when it is signed, whole seconds.
        purpose: `assertionMethod`, or `authentication` for a presentation.
        options: further members of the proof: `id`, `challenge`, `domain`, `expires`, `previousProof`.
    """
    proof = _options({"type": "DataIntegrityProof", "cryptosuite": JCS}, verification_method, created, purpose, options)
    if "@context" in document:
        proof["@context"] = copy.deepcopy(document["@context"])
    proof["proofValue"] = encode_base58btc(private_key.sign(jcs.message(_unsecured(document, proof), proof)))
    return attach(document, proof)


def _sign_rdf(
    kind: Mapping[str, str],
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    *,
    verification_method: str,
    created: datetime,
    purpose: str = "assertionMethod",
    options: Mapping[str, Any] | None = None,
    worker: Canonicaliser = canonicaliser.shared,
) -> dict[str, Any]:
    """The document with a proof of `kind` over its RDF; other arguments as for `sign_jcs`.

    Raises:
        FormatError: `rdfc.refused`, the document has no canonical form under the frozen contexts.
    """
    proof = _options(kind, verification_method, created, purpose, options)
    signed = _rdf_message(document, proof, worker)
    if kind["type"] == SIGNATURE_2018:
        header = legacy.new_header()
        proof["jws"] = legacy.write_jws(header, private_key.sign(legacy.signing_input(header, signed)))
    else:
        proof["proofValue"] = encode_base58btc(private_key.sign(signed))
    return attach(document, proof)


sign_rdfc = partial(_sign_rdf, {"type": "DataIntegrityProof", "cryptosuite": RDFC})
sign_2020 = partial(_sign_rdf, {"type": SIGNATURE_2020})
# Its signature is a detached JWS.
sign_2018 = partial(_sign_rdf, {"type": SIGNATURE_2018})


def attach(document: Mapping[str, Any], proof: Proof) -> dict[str, Any]:
    """The document with one more member in `proof`: the object itself when it is the first, else a list."""
    present = document.get("proof")
    if present is None:
        return {**document, "proof": proof}
    return {**document, "proof": [*(present if isinstance(present, list) else [present]), proof]}


def _options(
    kind: Mapping[str, Any], verification_method: str, created: datetime, purpose: str, options: Mapping[str, Any] | None
) -> Proof:
    at = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**kind, "created": at, "verificationMethod": verification_method, "proofPurpose": purpose, **(options or {})}


def _unsecured(document: Mapping[str, Any], proof: Proof) -> dict[str, Any]:
    previous = previous_proofs(proof, proofs_of(document))
    if previous is None:
        raise FormatError("proof.chain", "previousProof names a proof that is not in the document.", "Add that proof first.")
    return {**without_proof(document), **({"proof": previous} if previous else {})}


def _rdf_message(document: Mapping[str, Any], proof: Proof, worker: Canonicaliser) -> bytes:
    signed = rdfc.message(_unsecured(document, proof), proof, worker)
    if isinstance(signed, Refusal):
        raise FormatError(
            "rdfc.refused", "This document has no canonical RDF form here.", f"The reason is {signed.value.replace('_', ' ')}."
        )
    return signed


def _proof_value(proof: Proof) -> bytes:
    value = proof.get("proofValue")
    # Base58 takes quadratic time, so the length is looked at first.
    if not isinstance(value, str) or len(value) > _MAX_PROOF_VALUE:
        raise FormatError("proof.value", "The proof has no proofValue of an Ed25519 signature.", "It is multibase base58btc.")
    return decode_base58btc(value)


def _well_formed(proof: Proof) -> bool:
    """VC Data Integrity 1.0 §2.1: the members every proof has. `created` may be missing; when there it is a time."""
    return (
        isinstance(proof.get("verificationMethod"), str)
        and isinstance(proof.get("proofPurpose"), str)
        and ("created" not in proof or parse_stamp(proof["created"]) is not None)
        and ("expires" not in proof or parse_stamp(proof["expires"]) is not None)
    )


def _without(proof: Proof, *names: str) -> Proof:
    return {name: value for name, value in proof.items() if name not in names}

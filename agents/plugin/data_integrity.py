"""Data Integrity proofs (VC-DATA-INTEGRITY, eddsa-jcs-2022 and eddsa-rdfc-2022 of VC-DI-EDDSA), without PyLD and models on the
JCS path.

A document's `proof` is one proof or a list. Members that are not Data Integrity proofs (a `LedgerReceipt`) and cryptosuites we do
not know (an SM2 one) are left to others. Proof chains (`previousProof`) are refused.

Signing (§4.2): proof options with the document's context, hash, sign 64 bytes over the 64-byte hash.
Checking (§4.4): shape, purpose, context, hash, signature. Whether the key is the right one is `agents.plugin.keys`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agents.plugin.rdfc import RdfcWorker
from schemas.canonical import canonicalize
from schemas.errors import FormatError, RefusedError
from schemas.keys import decode_base58btc, encode_base58btc

type Json = dict[str, Any]

PROOF_TYPE = "DataIntegrityProof"
JCS = "eddsa-jcs-2022"
RDFC = "eddsa-rdfc-2022"
CRYPTOSUITES = (JCS, RDFC)


def proof_options(
    document: Mapping[str, Any],
    *,
    cryptosuite: str,
    verification_method: str,
    purpose: str,
    created: str,
    challenge: str = "",
    domain: str = "",
) -> Json:
    """A proof without its value. `created` is an XML date-time; challenge and domain only for presentations."""
    options: Json = {"type": PROOF_TYPE, "cryptosuite": cryptosuite, "created": created}
    options |= {"verificationMethod": verification_method, "proofPurpose": purpose}
    if challenge:
        options["challenge"] = challenge
    if domain:
        options["domain"] = domain
    if "@context" in document:
        options["@context"] = document["@context"]
    return options


async def hash_data(document: Mapping[str, Any], options: Mapping[str, Any], rdfc: RdfcWorker) -> bytes:
    """The 64 bytes that are signed: hash of the proof options, hash of the document without proof.

    Raises:
        FormatError: `json.not_canonical`. RefusedError: `proof.cryptosuite`, or from the worker.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if options["cryptosuite"] == JCS:
        return _sha256(canonicalize(options)) + _sha256(canonicalize(unsecured))
    if options["cryptosuite"] == RDFC:
        return await rdfc.hash_data(unsecured, dict(options))
    raise RefusedError("proof.cryptosuite", "This cryptosuite is not known here.", f"Use {JCS}.")


def with_proof(document: Mapping[str, Any], options: Mapping[str, Any], signature: bytes) -> Json:
    """The document with one proof more: an object when it is the only one, else a list."""
    proof = dict(options) | {"proofValue": encode_base58btc(signature)}
    others = proofs(document)
    return dict(document) | {"proof": [*others, proof] if others else proof}


def proofs(document: Mapping[str, Any]) -> list[Any]:
    """The members of `proof`, of any type."""
    proof = document.get("proof", [])
    return list(proof) if isinstance(proof, list) else [proof]


def data_integrity_proofs(document: Mapping[str, Any]) -> list[Json]:
    """The proofs of `document` that this module can check, in order."""
    return [
        proof
        for proof in proofs(document)
        if isinstance(proof, dict) and proof.get("type") == PROOF_TYPE and proof.get("cryptosuite") in CRYPTOSUITES
    ]


async def signature_holds(document: Mapping[str, Any], proof: Json, public_key: bytes, rdfc: RdfcWorker) -> bool:
    """True when `proof` is a signature by `public_key` (32 bytes) over `document`."""
    if "previousProof" in proof:
        return False
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = dict(document)
    if "@context" in options:
        # VC-DI-EDDSA §3.3.2: the document must begin with the contexts the proof was made under.
        if _contexts(document)[: len(_contexts(options))] != _contexts(options):
            return False
        unsecured["@context"] = options["@context"]
    elif proof["cryptosuite"] == RDFC:
        options["@context"] = document.get("@context", [])
    try:
        signature = decode_base58btc(proof.get("proofValue", ""))
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, await hash_data(unsecured, options, rdfc))
    except (InvalidSignature, FormatError, AttributeError):
        return False
    return True


def _contexts(value: Mapping[str, Any]) -> list[Any]:
    contexts = value.get("@context", [])
    return contexts if isinstance(contexts, list) else [contexts]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()

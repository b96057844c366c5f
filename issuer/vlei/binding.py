"""The keys of a DID binding: a verification method and the thumbprint of its key, and how the key of a did:key shows its will.

A did:web document can name the AID (`alsoKnownAs`), so the two point at each other. A did:key has nothing to write into. Its key
signs a statement instead, a JSON object with an `eddsa-jcs-2022` proof:

    {"type": "AidKeyStatement", "aid": "E…", "id": "did:key:z6Mk…", "proof": {…, "proofPurpose": "assertionMethod"}}

Refused: another AID, another purpose, a proof by another key, or members that nobody would read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.acdc.thumbprint import ed25519_thumbprint, jwk_thumbprint
from schemas.errors import FormatError
from schemas.keys import decode_multikey
from verifier.identity.did_document import did_key_document
from verifier.proofs import Outcome, check_proof, proofs_of, without_proof

STATEMENT_TYPE = "AidKeyStatement"


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A verification method and the RFC 7638 thumbprint of its key, as a binding names them."""

    id: str
    jkt: str


def bound_multikey(method: str, multikey: str) -> BoundKey:
    """A method whose key is an Ed25519 Multikey (`z6Mk…`).

    Raises:
        FormatError: `key.malformed`, `multibase.malformed`.
    """
    return BoundKey(method, ed25519_thumbprint(decode_multikey(multikey)))


def bound_jwk(method: str, jwk: Mapping[str, Any]) -> BoundKey:
    """A method whose key is a JWK.

    Raises:
        FormatError: `key.jwk`.
    """
    return BoundKey(method, jwk_thumbprint(jwk))


def key_statement(aid: str, did: str) -> dict[str, Any]:
    """What the key of a did:key signs to be bound to an AID."""
    return {"type": STATEMENT_TYPE, "aid": aid, "id": did}


def check_key_statement(statement: Mapping[str, Any], aid: str) -> BoundKey:
    """The key that signed a statement about this AID.

    Raises:
        FormatError: `vlei.key_statement`, it does not hold; `did.malformed`, not about a did:key.
    """
    did = statement.get("id")
    proofs = proofs_of(statement)
    if not isinstance(did, str) or without_proof(statement) != key_statement(aid, did) or len(proofs) != 1:
        raise _does_not_hold("It is about another AID, or has other members than type, aid, id and one proof.")
    document = did_key_document(did)
    (method,) = document.keys
    (proof,) = proofs
    if proof.get("verificationMethod") != method or proof.get("proofPurpose") != "assertionMethod":
        raise _does_not_hold("Its proof is not by the key of that did:key, for assertionMethod.")
    if proof.get("cryptosuite") != "eddsa-jcs-2022" or check_proof(statement, proof, document.keys[method]) is not Outcome.VALID:
        raise _does_not_hold("Its signature does not fit.")
    return BoundKey(method, ed25519_thumbprint(document.keys[method]))


def _does_not_hold(why: str) -> FormatError:
    return FormatError("vlei.key_statement", f"The key statement does not hold. {why}", "Have it signed again for this AID.")

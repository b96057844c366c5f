"""The `proof` member of a document (VC Data Integrity 1.0 §2.1.1 proof sets, §2.1.2 proof chains).

Only members of a known proof type are proofs of a signature; anything else beside them (a `LedgerReceipt`) is for other checks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

type Proof = dict[str, Any]

SIGNATURE_TYPES = frozenset({"DataIntegrityProof", "Ed25519Signature2020", "Ed25519Signature2018"})
MAX_PROOFS = 16


def proof_members(document: Mapping[str, Any]) -> list[Proof]:
    """Every object in `proof`, whether it is written as one object or as a list."""
    member = document.get("proof")
    members = member if isinstance(member, list) else [member]
    return [item for item in members if isinstance(item, dict)]


def proofs_of(document: Mapping[str, Any]) -> list[Proof]:
    """The proofs of a signature, in the order of the document."""
    return [proof for proof in proof_members(document) if isinstance(proof.get("type"), str) and proof["type"] in SIGNATURE_TYPES]


def without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without its `proof` member; the document itself is not changed."""
    return {name: value for name, value in document.items() if name != "proof"}


def previous_proofs(proof: Proof, others: Sequence[Proof]) -> list[Proof] | None:
    """The proofs a chained proof is made over, in the order it names them; None when one of them is not there (§4.7)."""
    named = proof.get("previousProof")
    if named is None:
        return []
    previous: list[Proof] = []
    for name in named if isinstance(named, list) else [named]:
        matching = [other for other in others if other is not proof and isinstance(name, str) and other.get("id") == name]
        if not matching:
            return None
        previous.extend(matching)
    return previous

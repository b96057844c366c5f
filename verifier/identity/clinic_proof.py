"""How a clinic proves to a registrar that it holds the key in its own did:web document: it signs a fresh challenge.

The statement names who asks (`domain`), so that an answer given elsewhere is not an answer here, and the clinic's LEI, so that
the clinic has said under its key which legal entity it is. A clinic's key is for `authentication` only: it says who asks a
patient, and no record is ever issued with it.

Order: exactly the statement that was asked for; one proof, for authentication; a key that the document lists for that; the
signature.
"""

from collections.abc import Mapping
from typing import Any

from schemas.errors import RefusedError
from verifier.identity.did_document import DidDocument
from verifier.proofs import Outcome, check_proof, proofs_of, without_proof

PURPOSE = "authentication"


def clinic_statement(*, did: str, lei: str, domain: str, challenge: str) -> dict[str, str]:
    """What the clinic of `did` signs for the registrar at `domain`."""
    return {"type": "ClinicKeyProof", "did": did, "lei": lei, "domain": domain, "challenge": challenge}


def proved_method(signed: Mapping[str, Any], statement: Mapping[str, str], document: DidDocument) -> str:
    """The verification method by which a clinic proved itself.

    Args:
        signed: what the clinic answered.
        statement: what it was asked to sign.
        document: its DID document, read at its own address.

    Raises:
        RefusedError: `clinic.key_not_proved`.
    """
    proofs = proofs_of(signed)
    if without_proof(signed) != statement or len(proofs) != 1 or proofs[0].get("proofPurpose") != PURPOSE:
        raise _not_proved()
    method = proofs[0].get("verificationMethod")
    if not isinstance(method, str) or method not in document.authentication or method not in document.keys:
        raise _not_proved()
    if check_proof(signed, proofs[0], document.keys[method]) is not Outcome.VALID:
        raise _not_proved()
    return method


def _not_proved() -> RefusedError:
    return RefusedError(
        "clinic.key_not_proved",
        "That is not the clinic's signature on the challenge it was given.",
        "Ask for a new challenge, and let the clinic's own desk sign it: medcred clinic prove.",
    )

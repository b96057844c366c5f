"""Whether a presentation proves that a wallet holds a DID: it is signed by that DID for this challenge and this hospital.

The agent's own `verified` is not asked: it accepts a presentation for another domain.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from schemas.errors import FormatError, RefusedError
from schemas.keys import did_key_method
from verifier.documents import parse_stamp
from verifier.identity.did import did_key_document
from verifier.proofs import Outcome, check_proof, proofs_of

CLOCK_SKEW = timedelta(minutes=5)


def proved_did(presentation: Mapping[str, Any] | None, *, challenge: str, domain: str, asked_at: datetime, now: datetime) -> str:
    """The did:key that signed `presentation` for this challenge and domain (VC Data Integrity 1.0 §2.1, VC-DM 2.0 §4.13).

    Args:
        asked_at: when the challenge was made; a proof from before cannot be an answer.

    Raises:
        RefusedError: `binding.proof_failed`.
    """
    holder = (presentation or {}).get("holder")
    if not isinstance(holder, str) or presentation is None:
        raise _failed()
    types = presentation.get("type")
    proofs = proofs_of(presentation)
    try:
        key = did_key_document(holder).keys[did_key_method(holder)]
    except FormatError as error:
        raise _failed() from error
    if "VerifiablePresentation" not in (types if isinstance(types, list) else [types]) or len(proofs) != 1:
        raise _failed()
    [proof] = proofs
    made = parse_stamp(proof.get("created"))
    expected = {
        "verificationMethod": did_key_method(holder),
        "proofPurpose": "authentication",
        "challenge": challenge,
        "domain": domain,
    }
    if any(proof.get(name) != value for name, value in expected.items()):
        raise _failed()
    if made is None or not asked_at - CLOCK_SKEW <= made <= now + CLOCK_SKEW:
        raise _failed()
    if check_proof(presentation, proof, key) is not Outcome.VALID:
        raise _failed()
    return holder


def _failed() -> RefusedError:
    return RefusedError("binding.proof_failed", "The wallet did not prove a DID for this code.", "Show the patient a new code.")

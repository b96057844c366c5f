"""Form: is it a credential or presentation at all, in a known vocabulary?"""

from typing import Any

from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, frozen_contexts
from schemas.shape import shape_of
from schemas.types import RecordType
from verifier.documents import did_of, parse_stamp
from verifier.examination import Examination
from verifier.proofs.members import MAX_PROOFS, proof_members
from verifier.verdict import Check

_KNOWN_CONTEXTS = frozenset(frozen_contexts())
_RECORD_TYPES = {kind.value: kind for kind in RecordType}


def well_formed(examined: Examination) -> Check:
    """Every member that other checks rely on is there and has its form (VC-DM 2.0 §4, VC-DM 1.1 §4)."""
    shape = shape_of(examined.document)
    if not shape.acceptable or len(proof_members(examined.document)) > MAX_PROOFS:
        return examined.found("well_formed", "well_formed.too_complex")
    examined.plain = shape.plain
    is_credential = "VerifiableCredential" in examined.types
    fault = _credential_fault(examined.document) if is_credential else _presentation_fault(examined.document)
    if fault:
        return examined.found("well_formed", "well_formed.malformed", path=fault)
    return examined.found("well_formed", "well_formed.ok")


def context(examined: Examination) -> Check:
    """The credentials vocabulary first, every other one frozen here, and none added after signing. Nothing is ever fetched."""
    contexts = examined.document.get("@context")
    contexts = contexts if isinstance(contexts, list) else [contexts]
    if not contexts or contexts[0] not in (CREDENTIALS_V2, CREDENTIALS_V1):
        return examined.found("context", "context.not_credentials")
    if not all(isinstance(url, str) and url in _KNOWN_CONTEXTS for url in contexts):
        return examined.found("context", "context.unknown")
    # eddsa-jcs-2022 lets contexts be appended after signing; the words of a record must not change their meaning that way.
    if any("@context" in proof and proof["@context"] != examined.document["@context"] for proof in examined.proofs):
        return examined.found("context", "context.added")
    return examined.found("context", "context.ok")


def record_types(types: tuple[str, ...]) -> list[RecordType]:
    """Those of a document's types that are record types."""
    return [_RECORD_TYPES[name] for name in types if name in _RECORD_TYPES]


def _credential_fault(document: dict[str, Any]) -> str:
    """The first member of a credential that is missing or has another form, or an empty text."""
    if did_of(document.get("issuer")) is None:
        return "issuer"
    if "id" in document and not isinstance(document["id"], str):
        return "id"
    subjects = document.get("credentialSubject")
    subjects = subjects if isinstance(subjects, list) else [subjects]
    if not subjects or not all(isinstance(subject, dict) and subject for subject in subjects):
        return "credentialSubject"
    if document.get("@context") == CREDENTIALS_V1 or CREDENTIALS_V1 in _listed(document.get("@context"))[:1]:
        return _time_fault(document, "issuanceDate", "expirationDate", needed=True)
    return _time_fault(document, "validFrom", "validUntil", needed=False)


def _presentation_fault(document: dict[str, Any]) -> str:
    """The same for a presentation."""
    if "holder" in document and did_of(document["holder"]) is None:
        return "holder"
    credentials = document.get("verifiableCredential", [])
    if not all(isinstance(credential, dict) for credential in _listed(credentials)):
        return "verifiableCredential"
    return ""


def _time_fault(document: dict[str, Any], start: str, end: str, *, needed: bool) -> str:
    for name, required in ((start, needed), (end, False)):
        if (required or name in document) and parse_stamp(document.get(name)) is None:
            return name
    return ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

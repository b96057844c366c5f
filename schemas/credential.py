"""A record as a credential of VC Data Model 2.0: put together, bound to its holder, and without its proofs.

Nothing here signs. The hospital's key is in its agent; the commitment to the ledger covers `without_proof(credential)`.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.errors import FormatError
from schemas.json_schemas import validate_credential

if TYPE_CHECKING:
    from schemas.fhir import RecordDraft

MIN_SALT_BYTES = 16
MAX_SALT_BYTES = 64


def new_credential(
    draft: "RecordDraft",
    *,
    issuer: str,
    credential_id: str,
    valid_from: datetime,
    valid_until: datetime | None,
    status: Sequence[Mapping[str, Any]],
    salt: bytes,
    algorithm: str = "sha-256",
    signer: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The credential for a draft, unsigned and without a holder.

    Args:
        draft: from `schemas.fhir.drafts`.
        issuer: the hospital's DID.
        credential_id: `urn:uuid:…`.
        valid_from, valid_until: aware moments; `valid_until` None for a record that does not expire.
        status: the BitstringStatusListEntry of each purpose.
        salt: 16 to 64 random bytes for the fingerprint, never used twice.
        algorithm: `sha-256` or `sm3`.
        signer: `{"id": did:key, "role"}` of the person or service that signs beside the hospital; None when nobody does.

    Raises:
        FormatError: `credential.salt`, `credential.validity`.
        RecordError: `record.schema`, the result does not follow the schema of its type.
    """
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise FormatError("credential.salt", "The salt of the fingerprint has a wrong length.", "Use 16 to 64 random bytes.")
    if valid_until is not None and valid_until <= valid_from:
        raise FormatError("credential.validity", "The credential would end before it begins.", "Check valid_until.")
    credential: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "id": credential_id,
        "type": ["VerifiableCredential", draft.type.value],
        "issuer": issuer,
        "validFrom": _moment(valid_from),
        "name": draft.name,
        "credentialStatus": [dict(entry) for entry in status],
        "credentialSchema": {"id": draft.type.schema_id, "type": "JsonSchema"},
        "fingerprint": {
            "type": "SaltedFingerprint",
            "algorithm": algorithm,
            "salt": "u" + base64.urlsafe_b64encode(salt).rstrip(b"=").decode(),
        },
        "credentialSubject": draft.subject,
    }
    if valid_until is not None:
        credential["validUntil"] = _moment(valid_until)
    if draft.related:
        credential["relatedResource"] = draft.related
    if signer is not None:
        credential["signer"] = dict(signer)
    validate_credential(credential)
    return credential


def bind_subject(credential: Mapping[str, Any], did: str) -> dict[str, Any]:
    """The same credential for the holder of a DID.

    Raises:
        FormatError: `credential.bound`, it is bound to another DID already; `credential.holder`, not a did:key.
    """
    if not did.startswith("did:key:z"):
        raise FormatError("credential.holder", "The holder is not named by a did:key.", "It starts with did:key:z.")
    subject = credential["credentialSubject"]
    if subject.get("id", did) != did:
        raise FormatError("credential.bound", "The credential is bound to another holder.", "Draft a new one for this holder.")
    return {**credential, "credentialSubject": {"id": did, **subject}}


def without_proof(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The content that is signed and committed to: everything but `proof`."""
    return {name: value for name, value in credential.items() if name != "proof"}


def _moment(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds (VC-DM 2.0 §4.9 dateTimeStamp)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

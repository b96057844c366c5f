"""eddsa-jcs-2022 (VC-DI-EdDSA 1.0 §3.3): Ed25519 over SHA-256(RFC 8785 of the proof options) ‖ SHA-256(RFC 8785 of the
document)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from schemas.canonical import canonicalize
from schemas.errors import FormatError
from verifier.documents import shape_of

# For plain values (`documents.Shape`) this encoder writes exactly the RFC 8785 bytes, at a fifth of the time: sorting ASCII
# names by code point is sorting by UTF-16 unit, and the escapes are those of RFC 8785 §3.2.2.2.
_plain_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical_bytes(value: Any, *, plain: bool) -> bytes:
    """The RFC 8785 bytes of a JSON value; `plain` as `documents.shape_of` found it.

    Raises:
        FormatError: `json.not_canonical`.
    """
    if not plain:
        return canonicalize(value)
    try:
        return _plain_encoder.encode(value).encode()
    except UnicodeEncodeError as error:
        raise FormatError(
            "json.not_canonical", "This JSON has no canonical form under RFC 8785.", "A text holds half a character."
        ) from error


def message(unsecured: Mapping[str, Any], options: Mapping[str, Any], canonical: bytes | None = None) -> bytes:
    """The 64 bytes that are signed.

    Args:
        unsecured: the document without its own proof; with the proofs it is chained to, if any.
        options: the proof without `proofValue`.
        canonical: the RFC 8785 bytes of `unsecured`, when the caller has them.

    Raises:
        FormatError: `json.not_canonical`.
    """
    if canonical is None:
        canonical = canonical_bytes(unsecured, plain=shape_of(unsecured).plain)
    configuration = canonical_bytes(options, plain=shape_of(options).plain)
    return hashlib.sha256(configuration).digest() + hashlib.sha256(canonical).digest()


def context_extends(document_context: Any, proof_context: Any) -> bool:
    """Whether the document's `@context` starts with all values of the proof's, in order (§3.3.2 step 3)."""
    wanted = proof_context if isinstance(proof_context, list) else [proof_context]
    found = document_context if isinstance(document_context, list) else [document_context]
    return bool(found[: len(wanted)] == wanted)

"""eddsa-jcs-2022 (VC-DI-EdDSA 1.0 §3.3): Ed25519 over SHA-256(RFC 8785 of the proof options) ‖ SHA-256(RFC 8785 of the
document)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from schemas.canonical import canonicalize


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
        canonical = canonicalize(unsecured)
    return hashlib.sha256(canonicalize(options)).digest() + hashlib.sha256(canonical).digest()


def context_extends(document_context: Any, proof_context: Any) -> bool:
    """Whether the document's `@context` starts with all values of the proof's, in order (§3.3.2 step 3)."""
    wanted = proof_context if isinstance(proof_context, list) else [proof_context]
    found = document_context if isinstance(document_context, list) else [document_context]
    return bool(found[: len(wanted)] == wanted)

"""eddsa-rdfc-2022 and the older Ed25519 suites hash RDF: SHA-256(N-Quads of the proof options) ‖ SHA-256(N-Quads of the
document).

VC-DI-EdDSA 1.0 §3.2 (eddsa-rdfc-2022), §3.4 (Ed25519Signature2020); Ed25519Signature2018 hashes the same way.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from verifier.proofs.canonicaliser import Canonicaliser, Refusal


def message(unsecured: Mapping[str, Any], options: Mapping[str, Any], canonicaliser: Canonicaliser) -> bytes | Refusal:
    """The 64 bytes that are signed, or why the document has no canonical form.

    Args:
        unsecured: the document without its own proof; with the proofs it is chained to, if any.
        options: the proof without its signature; it is read under the document's `@context`.
        canonicaliser: the bounded worker.
    """
    configuration = {**options, "@context": unsecured.get("@context")}
    quads = canonicaliser.canonical([configuration, unsecured])
    if isinstance(quads, Refusal):
        return quads
    return b"".join(hashlib.sha256(text.encode()).digest() for text in quads)

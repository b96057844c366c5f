"""The process behind `agents.plugin.rdfc`: reads `{"document", "options"}` as one JSON line, answers one line.

The answer is 128 hexadecimal digits (hash of the proof options, hash of the document), or `-` for a document that must not be
signed or believed: an unknown context, or a term that no context defines and canonicalisation would silently drop. Limits: 512 MB
of memory here, time in the parent.
"""

import hashlib
import json
import resource
import sys
from typing import Any

from pyld import jsonld

from schemas.contexts import frozen_contexts

MEMORY = 512 * 2**20
UNDEFINED = "urn:medcred:undefined:"
CONTEXTS = {
    url: {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": context, "tag": "static"}
    for url, context in frozen_contexts().items()
}


def load(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """The frozen context at `url`; nothing else is loaded."""
    if url not in CONTEXTS:
        raise jsonld.JsonLdError("not a frozen context", "jsonld.LoadDocumentError", code="loading document failed")
    return CONTEXTS[url]


def hash_of(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical N-Quads (RDFC-1.0), in hexadecimal.

    Raises:
        ValueError: a term has no definition.
    """
    contexts = document.get("@context", [])
    contexts = contexts if isinstance(contexts, list) else [contexts]
    # With a vocabulary before the others, a term that none of them defines shows up instead of vanishing.
    probe = jsonld.expand(document | {"@context": [{"@vocab": UNDEFINED}, *contexts]}, {"documentLoader": load})
    if UNDEFINED in json.dumps(probe):
        raise ValueError("undefined term")
    settings = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return hashlib.sha256(jsonld.normalize(document, settings).encode("utf-8")).hexdigest()


def answer(line: str) -> str:
    """One answer for one question."""
    try:
        question = json.loads(line)
        return hash_of(question["options"]) + hash_of(question["document"])
    except Exception:
        return "-"


def main() -> None:
    """Say that we are ready, then answer until the agent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(line), flush=True)


if __name__ == "__main__":
    main()

"""The JSON-LD document loader: frozen contexts and DIDs at hand; everything else is refused at once.

It never touches the network and never re-enters the event loop. ACA-Py's own loader does both: a context URL that never answers
stops the agent for good, and more than thirty verifications at once end in RecursionError.
"""

# mypy: allow-subclassing-any

from functools import lru_cache
from typing import Any

from acapy_agent.cache.base import BaseCache
from acapy_agent.did.did_key import DIDKey
from acapy_agent.vc.ld_proofs import DocumentLoader
from pyld.jsonld import JsonLdError

from agents.plugin.did_web import DidWebResolver
from schemas.contexts import frozen_contexts

type RemoteDocument = dict[str, Any]


def _remote(url: str, document: Any) -> RemoteDocument:
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}


def static_documents() -> dict[str, RemoteDocument]:
    """The frozen contexts as PyLD wants them. The tag lets PyLD keep a processed context; without it half its time goes there."""
    return {url: _remote(url, context) | {"tag": "static"} for url, context in frozen_contexts().items()}


async def seed_cache(cache: BaseCache) -> None:
    """Give the stock loader our contexts too: it works between the start of the admin API and the start-up event."""
    for url, document in static_documents().items():
        await cache.set(f"json_ld_document_resolver::{url}", document, None)


class FrozenDocumentLoader(DocumentLoader):
    """A `DocumentLoader` that knows the frozen contexts, did:key, and the did:web documents resolved a moment ago."""

    def __init__(self, did_web: DidWebResolver) -> None:
        # The parent's constructor prepares downloading; nothing here downloads.
        self._did_web = did_web
        self._static = static_documents()

    def __call__(self, url: str, options: dict[str, Any]) -> RemoteDocument:
        """The document at `url`, at once.

        Raises:
            JsonLdError: `loading document failed`, not one of ours.
        """
        if (document := self._static.get(url)) is not None:
            return document
        did = url.split("#")[0].split("?")[0]
        if did.startswith("did:key:"):
            return _did_key_document(did)
        if (resolved := self._did_web.recent(did)) is not None:
            return _remote(did, resolved)
        raise JsonLdError(
            "This document is not among the frozen contexts.", "jsonld.LoadDocumentError", code="loading document failed"
        )

    async def load_document(self, url: str, options: dict[str, Any]) -> RemoteDocument:
        """The same for callers that await."""
        return self(url, options)


@lru_cache(maxsize=4096)
def _did_key_document(did: str) -> RemoteDocument:
    try:
        return _remote(did, DIDKey.from_did(did).did_doc)
    except Exception as error:
        raise JsonLdError("This is not a did:key.", "jsonld.LoadDocumentError", code="loading document failed") from error

"""Resolve DIDs: did:key (Ed25519) and did:web.

did:web (did:web method §2.5.2) becomes `https://<host>[:port]/<path>/did.json`, or `/.well-known/did.json` without a path; a
loopback host becomes http, so that everything can be tried on one machine.

Refused: other methods, IP addresses as hosts (but 127.0.0.1), path segments that are empty, dots, or hold an encoded slash;
documents that are too large or of another DID.
"""

import re
from urllib.parse import unquote

import httpx

from schemas.errors import FormatError, SourceError
from verifier.documents import DuplicateMemberError, read_document
from verifier.fetch import LOOPBACK_HOSTS, Limits, Resolve, fetch_public, system_resolve
from verifier.identity.did_document import DidDocument, did_key_document, did_of_method, read_did_document

__all__ = ["DidDocument", "did_key_document", "did_of_method", "did_web_url", "read_did_document", "resolve_did"]

MAX_DID = 1024
DOCUMENT_LIMITS = Limits(max_bytes=64 * 1024, seconds=5.0)
_HOST = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)


def did_web_url(did: str) -> str:
    """Where the document of a did:web is.

    Raises:
        FormatError: `did.malformed`.
    """
    if len(did) > MAX_DID or not did.startswith("did:web:"):
        raise _malformed()
    authority, *path = did.removeprefix("did:web:").split(":")
    # One port, written %3A: what else is encoded in the authority is not a host name.
    host, colon, port = re.sub("%3[Aa]", ":", authority).partition(":")
    host = host.lower()
    if not (host in LOOPBACK_HOSTS or _HOST.fullmatch(host)) or len(host) > 253:
        raise _malformed()
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise _malformed()
    for segment in path:
        text = unquote(segment)
        if not _SEGMENT.fullmatch(text) or text in (".", ".."):
            raise _malformed()
    scheme = "http" if host in LOOPBACK_HOSTS else "https"
    where = "/".join(path) if path else ".well-known"
    return f"{scheme}://{host}{colon}{port}/{where}/did.json"


async def resolve_did(
    did: str, http: httpx.AsyncClient, *, limits: Limits = DOCUMENT_LIMITS, resolve: Resolve = system_resolve
) -> DidDocument:
    """The document of a DID; a did:key needs no network.

    Raises:
        FormatError: `did.malformed`; `did.document`.
        SourceError: `did.method`, another method; those of `fetch_public`.
    """
    if did.startswith("did:key:"):
        return did_key_document(did)
    if not did.startswith("did:web:"):
        raise SourceError("did.method", "This DID method is not known here.", "Known are did:key and did:web.")
    body = await fetch_public(
        http, did_web_url(did), limits, accept="application/did+ld+json, application/did+json, application/json", resolve=resolve
    )
    try:
        document = read_document(body, max_bytes=limits.max_bytes)
    except DuplicateMemberError as error:
        raise FormatError("did.document", "The DID document names a member twice.", "Ask its publisher.") from error
    return read_did_document(did, document)


def _malformed() -> FormatError:
    return FormatError("did.malformed", "This is not a did:web.", "It reads did:web:host or did:web:host%3Aport:path.")

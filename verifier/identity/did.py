"""DIDs and their keys: did:key (Ed25519) and did:web.

did:web (did:web method §2.5.2) becomes `https://<host>[:port]/<path>/did.json`, or `/.well-known/did.json` without a path; a
loopback host becomes http, so that everything can be tried on one machine. A document is believed when its `id` is the DID
that was asked for, and a key in it when it stands under that DID. Only Ed25519 keys are read, in the four forms in use; others
are left out.

Refused: other methods, IP addresses as hosts (but 127.0.0.1), path segments that are empty, dots, or hold an encoded slash;
documents that are too large, of another DID, or without any usable key in the wrong form.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import base58
import httpx

from schemas.errors import FormatError, SourceError
from schemas.keys import decode_multikey
from verifier.documents import DuplicateMemberError, read_document
from verifier.fetch import LOOPBACK_HOSTS, Limits, Resolve, fetch_public, system_resolve

MAX_DID = 1024
DOCUMENT_LIMITS = Limits(max_bytes=64 * 1024, seconds=5.0)
_MAX_METHODS = 64
_HOST = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DidDocument:
    """The usable keys of a DID: verification method id → 32 bytes, and which of them may be used for what."""

    did: str
    keys: Mapping[str, bytes]
    assertion: frozenset[str] = field(default=frozenset())
    authentication: frozenset[str] = field(default=frozenset())


def did_of_method(verification_method: str) -> str:
    """The DID before the fragment of a DID URL."""
    return verification_method.partition("#")[0]


def did_key_document(did: str) -> DidDocument:
    """The document of a did:key: one Ed25519 key, for both purposes (did:key method §3.1).

    Raises:
        FormatError: `did.malformed`, not a did:key of an Ed25519 key.
    """
    text = did.removeprefix("did:key:")
    try:
        if text == did:
            raise FormatError("key.malformed", "This is not a did:key.")
        key = decode_multikey(text)
    except FormatError as error:
        raise FormatError(
            "did.malformed", "This is not the did:key of an Ed25519 key.", "It starts with did:key:z6Mk."
        ) from error
    method = f"{did}#{text}"
    return DidDocument(did, {method: key}, frozenset({method}), frozenset({method}))


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


def read_did_document(did: str, document: Any) -> DidDocument:
    """The usable keys of a DID document (Controlled Identifiers 1.0 §2.2, §2.3).

    Raises:
        FormatError: `did.document`, not a DID document or one of another DID.
    """
    if not isinstance(document, dict) or document.get("id") != did:
        raise FormatError("did.document", "This is not the document of that DID.", "Its id must be the DID itself.")
    methods = document.get("verificationMethod", [])
    if not isinstance(methods, list) or len(methods) > _MAX_METHODS:
        raise FormatError("did.document", "The DID document has a wrong list of keys.", "verificationMethod is a short list.")
    keys: dict[str, bytes] = {}
    purposes: dict[str, set[str]] = {"assertionMethod": set(), "authentication": set()}
    for method in methods:
        _read_method(did, method, keys)
    for purpose, listed in purposes.items():
        references = document.get(purpose, [])
        for reference in references if isinstance(references, list) else []:
            identifier = _read_method(did, reference, keys) if isinstance(reference, dict) else _absolute(did, reference)
            if identifier:
                listed.add(identifier)
    return DidDocument(did, keys, frozenset(purposes["assertionMethod"]), frozenset(purposes["authentication"]))


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


def _read_method(did: str, method: Any, keys: dict[str, bytes]) -> str | None:
    """Add a verification method's key when it is usable; its id, or None."""
    if not isinstance(method, dict):
        return None
    identifier = _absolute(did, method.get("id"))
    if identifier is None or method.get("controller") != did:
        return None
    key = _public_key(method)
    if key is None or keys.get(identifier, key) != key:
        return None
    keys[identifier] = key
    return identifier


def _absolute(did: str, reference: Any) -> str | None:
    """A verification method's id as a full DID URL under this DID."""
    if not isinstance(reference, str):
        return None
    identifier = f"{did}{reference}" if reference.startswith("#") else reference
    return identifier if did_of_method(identifier) == did and identifier != did else None


def _public_key(method: Mapping[str, Any]) -> bytes | None:
    try:
        match method:
            case {"type": "Multikey" | "Ed25519VerificationKey2020", "publicKeyMultibase": str(text)}:
                return decode_multikey(text)
            case {"type": "Ed25519VerificationKey2018", "publicKeyBase58": str(text)}:
                key = bytes(base58.b58decode(text))
            case {"type": "JsonWebKey2020" | "JsonWebKey", "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": str(text)}}:
                key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            case _:
                return None
    except (FormatError, ValueError):
        return None
    return key if len(key) == 32 else None


def _malformed() -> FormatError:
    return FormatError("did.malformed", "This is not a did:web.", "It reads did:web:host or did:web:host%3Aport:path.")

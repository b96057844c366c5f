"""DID documents: which keys a DID has, and what each may be used for (Controlled Identifiers 1.0 §2.2, §2.3).

A document is believed when its `id` is the DID that was asked for, and a key in it when it stands under that DID and is
controlled by it. Only Ed25519 keys are read, in the four forms in use; others are left out.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import base58

from schemas.errors import FormatError
from schemas.keys import decode_multikey

_MAX_METHODS = 64
# An Ed25519 key has 48 characters; base58 takes quadratic time, so longer texts are not decoded.
_MAX_KEY_TEXT = 100


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
        if text == did or len(text) > _MAX_KEY_TEXT:
            raise FormatError("key.malformed", "This is not a did:key.")
        key = decode_multikey(text)
    except FormatError as error:
        raise FormatError(
            "did.malformed", "This is not the did:key of an Ed25519 key.", "It starts with did:key:z6Mk."
        ) from error
    method = f"{did}#{text}"
    return DidDocument(did, {method: key}, frozenset({method}), frozenset({method}))


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
    if any(
        isinstance(value, str) and len(value) > _MAX_KEY_TEXT for name, value in method.items() if name.startswith("publicKey")
    ):
        return None
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

"""Keys: the public key behind a verification method, and our own keys in the wallet.

A verification method is believed only under the DID that claims it: `did:key` by itself, `did:web` when the DID document of that
very DID lists it with the purpose asked for (VC-DATA-INTEGRITY §4.6, CID 1.0 §3.3). Other DID methods are refused: each would be
another way to make this agent fetch what a stranger chose.
"""

import base64
from collections.abc import Mapping
from typing import Any

import base58
from acapy_agent.core.error import BaseError
from acapy_agent.core.profile import Profile, ProfileSession
from acapy_agent.resolver.did_resolver import DIDResolver
from aries_askar import Key, KeyAlg

from agents.plugin.did_web import NoAnswerError
from schemas.errors import FormatError, RefusedError, SourceError, StateError
from schemas.keys import decode_multikey, did_key_method, encode_multikey

KID_TAG = "kid"


async def public_key(profile: Profile, verification_method: object, *, controller: str, purpose: str) -> bytes:
    """The 32 bytes of the Ed25519 key of `verification_method`, when it belongs to `controller` for `purpose`.

    Raises:
        RefusedError: `proof.key_not_of_controller`, `proof.key_unresolved`.
        SourceError: `proof.key_unanswered`, the DID document's host does not answer now.
    """
    if not isinstance(verification_method, str) or verification_method.partition("#")[0] != controller:
        raise _not_of_controller()
    if controller.startswith("did:key:"):
        if verification_method != did_key_method(controller):
            raise _not_of_controller()
        return _decoded(controller.removeprefix("did:key:"))
    if not controller.startswith("did:web:"):
        raise RefusedError("proof.key_unresolved", "This kind of DID is not resolved here.", "Use did:web or did:key.")
    try:
        document = await profile.inject(DIDResolver).resolve(profile, controller)
    except (NoAnswerError, TimeoutError) as error:
        raise SourceError(
            "proof.key_unanswered", "The issuer's DID document cannot be read now.", "Try again when its web address answers."
        ) from error
    except BaseError as error:
        raise RefusedError(
            "proof.key_unresolved", "There is no DID document of the issuer.", "Its web address answers, but not with one."
        ) from error
    return _listed_key(document, verification_method, controller, purpose)


def _listed_key(document: Mapping[str, Any], verification_method: str, controller: str, purpose: str) -> bytes:
    allowed = document.get(purpose)
    listed = document.get("verificationMethod")
    methods = [method for method in (listed if isinstance(listed, list) else []) if isinstance(method, dict)]
    names: set[str] = set()
    for entry in allowed if isinstance(allowed, list) else []:
        if isinstance(entry, dict):
            methods.append(entry)
            entry = entry.get("id")
        if isinstance(entry, str):
            names.add(controller + entry if entry.startswith("#") else entry)
    for method in methods:
        name = method.get("id")
        full = controller + name if isinstance(name, str) and name.startswith("#") else name
        if full == verification_method and full in names and method.get("controller") == controller:
            return _method_key(method)
    raise _not_of_controller()


def _method_key(method: Mapping[str, Any]) -> bytes:
    multibase, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    if isinstance(multibase, str):
        return _decoded(multibase)
    if isinstance(jwk, dict) and jwk.get("crv") == "Ed25519" and isinstance(jwk.get("x"), str):
        try:
            return _decoded(encode_multikey(base64.urlsafe_b64decode(jwk["x"] + "==")))
        except ValueError as error:
            raise _not_of_controller() from error
    raise _not_of_controller()


def _decoded(multikey: str) -> bytes:
    try:
        return decode_multikey(multikey)
    except FormatError as error:
        raise _not_of_controller() from error


def _not_of_controller() -> RefusedError:
    return RefusedError(
        "proof.key_not_of_controller",
        "The signing key is not one its DID lists for this purpose.",
        "The DID document must list the key.",
    )


async def wallet_key(session: ProfileSession, verification_method: str) -> Key:
    """Our private key for a verification method: of a did:key, or one bound to a kid (`did:web:…#key-1`).

    Raises:
        StateError: `key.unknown`. RefusedError: `proof.key_not_of_controller`, a did:key of another kind.
    """
    did, _, fragment = verification_method.partition("#")
    if did.startswith("did:key:") and fragment == did.removeprefix("did:key:"):
        # ACA-Py stores a did:key's key under its base58 text.
        verkey = base58.b58encode(_decoded(fragment))
        entry = await session.handle.fetch_key(str(verkey, "ascii"))
    else:
        entries = await session.handle.fetch_all_keys(tag_filter={KID_TAG: verification_method}, limit=2)
        entry = entries[0] if len(entries) == 1 else None
    if entry is None or entry.key.algorithm != KeyAlg.ED25519:
        raise StateError("key.unknown", "This wallet has no Ed25519 key for that verification method.", "Make one first.")
    key: Key = entry.key
    return key


async def bound_key(session: ProfileSession, kid: str) -> str | None:
    """The Multikey bound to `kid` in this wallet, or None."""
    entries = await session.handle.fetch_all_keys(tag_filter={KID_TAG: kid}, limit=1)
    return encode_multikey(entries[0].key.get_public_bytes()) if len(entries) else None

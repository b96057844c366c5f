"""JWK thumbprints (RFC 7638, SHA-256): one short text for one public key, whatever form the key is written in."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from schemas.canonical import canonicalize
from schemas.errors import FormatError

# RFC 7638 §3.2, RFC 8037 §2: the members that make the key, of each type.
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def jwk_thumbprint(jwk: Mapping[str, Any]) -> str:
    """The thumbprint of a public key as a JWK; members that do not make the key do not count.

    Raises:
        FormatError: `key.jwk`, a type that has no thumbprint, or a member is missing.
    """
    members = _MEMBERS.get(str(jwk.get("kty")), ())
    key = {name: jwk.get(name) for name in members}
    if not key or not all(isinstance(value, str) for value in key.values()):
        raise FormatError("key.jwk", "This is not a public key as a JWK of type EC, OKP or RSA.", "See RFC 7638 for its members.")
    return _base64url(hashlib.sha256(canonicalize(key)).digest())


def ed25519_thumbprint(public_key: bytes) -> str:
    """The thumbprint of the 32 bytes of an Ed25519 key (RFC 8037 Appendix A.3)."""
    return jwk_thumbprint({"kty": "OKP", "crv": "Ed25519", "x": _base64url(public_key)})


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signer_stream(stream: str, thumbprint: str) -> str:
    """Where the stream of a signer's key is: beside the hospital's own, by the key's thumbprint."""
    return urljoin(stream, f"signers/{thumbprint}.cesr")

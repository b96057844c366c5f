"""Certificates that travel with a key or a signature: `x5c` (RFC 7517 §4.7, RFC 7515 §4.1.6).

A verification method of a DID document may carry the chain in its JWK, and a proof may carry it beside its value. Either way the
leaf must hold the key of the verification method that made the signature; a chain for another key proves nothing. In a proof
the chain is part of what is signed (VC Data Integrity 1.0 §4.3: all options but the value); in a DID document it is not, and need
not be: the certificate is signed by its issuer.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.errors import FormatError
from schemas.keys import decode_multikey
from verifier.identity.x509.algorithms import sm2_key
from verifier.identity.x509.certificate import MAX_CERTIFICATE_BYTES, MAX_CHAIN
from verifier.identity.x509.result import CHECKS, CertificateResult, found, not_reached
from verifier.identity.x509.revocation import Revocation
from verifier.identity.x509.verify import verify_certificate

_MAX_TEXT = MAX_CERTIFICATE_BYTES * 2
_MAX_KEY_TEXT = 4096
_CURVES: dict[str, tuple[type[ec.EllipticCurve], int]] = {
    "P-256": (ec.SECP256R1, 32),
    "P-384": (ec.SECP384R1, 48),
    "P-521": (ec.SECP521R1, 66),
}


def verify_x5c(
    method: Mapping[str, Any],
    proof: Mapping[str, Any],
    roots: Sequence[bytes],
    *,
    at: datetime,
    revocation: Revocation,
    expect_lei: str | None = None,
    about: str = "",
) -> CertificateResult | None:
    """Judge the chain that came with a proof or with the key that made it.

    Args:
        method: the verification method that made the proof, as the DID document has it.
        proof: the proof; its own `x5c` comes before the method's.
        roots, at, revocation, about: as for `verify_certificate`.
        expect_lei: the hospital's LEI.

    Returns:
        None when neither carries a chain.

    Raises:
        FormatError, SetupError: as `verify_certificate`, for the roots and this machine; never for what a stranger wrote.
    """
    carried = carried_x5c(method, proof)
    if carried is None:
        return None
    try:
        chain = read_x5c(carried)
    except FormatError:
        return _unusable("certificate.form.malformed", about)
    try:
        key = method_key(method)
    except FormatError:
        return _unusable("certificate.key.unknown", about)
    return verify_certificate(chain, roots, at=at, revocation=revocation, expect_lei=expect_lei, expect_key=key, about=about)


def carried_x5c(method: Mapping[str, Any], proof: Mapping[str, Any]) -> Any:
    """The `x5c` value of a proof, or else of the JWK of its verification method; None when there is none."""
    if "x5c" in proof:
        return proof["x5c"]
    jwk = method.get("publicKeyJwk")
    return jwk.get("x5c") if isinstance(jwk, Mapping) else None


def read_x5c(value: Any) -> list[bytes]:
    """The DER of each certificate, the leaf first.

    Raises:
        FormatError: `certificate.x5c`, not a list of 1 to MAX_CHAIN texts in base64 (not base64url).
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHAIN:
        raise _malformed()
    chain = []
    for text in value:
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise _malformed()
        try:
            chain.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise _malformed() from error
    return chain


def write_x5c(chain: Sequence[bytes]) -> list[str]:
    """The `x5c` value for a chain in DER, the leaf first."""
    return [base64.b64encode(der).decode("ascii") for der in chain]


def method_key(method: Mapping[str, Any]) -> bytes:
    """The SubjectPublicKeyInfo of a verification method: a JWK, or an Ed25519 Multikey.

    Raises:
        FormatError: `certificate.method_key`, no key or none of a known kind.
    """
    multikey, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    try:
        if isinstance(multikey, str) and len(multikey) <= _MAX_KEY_TEXT:
            return _spki(ed25519.Ed25519PublicKey.from_public_bytes(decode_multikey(multikey)))
        if isinstance(jwk, Mapping):
            return _jwk_key(jwk)
    except (ValueError, UnsupportedAlgorithm, FormatError) as error:
        raise _no_key() from error
    raise _no_key()


def _jwk_key(jwk: Mapping[str, Any]) -> bytes:
    match jwk:
        case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
            return _spki(ed25519.Ed25519PublicKey.from_public_bytes(_bytes(x)))
        case {"kty": "EC", "crv": str(crv), "x": str(x), "y": str(y)} if crv in _CURVES:
            curve, size = _CURVES[crv]
            return _spki(ec.EllipticCurvePublicKey.from_encoded_point(curve(), b"\x04" + _bytes(x, size) + _bytes(y, size)))
        case {"kty": "EC", "crv": "SM2", "x": str(x), "y": str(y)}:
            return sm2_key(b"\x04" + _bytes(x, 32) + _bytes(y, 32))
        case {"kty": "RSA", "n": str(n), "e": str(e)}:
            return _spki(rsa.RSAPublicNumbers(int.from_bytes(_bytes(e)), int.from_bytes(_bytes(n))).public_key())
        case _:
            raise _no_key()


def _bytes(text: str, size: int | None = None) -> bytes:
    """Base64url without padding (RFC 7515 §2), of exactly `size` bytes when that is given (RFC 7518 §6.2.1.2)."""
    if len(text) > _MAX_KEY_TEXT or "=" in text:
        raise _no_key()
    found_bytes = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if size is not None and len(found_bytes) != size:
        raise _no_key()
    return found_bytes


def _spki(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _unusable(reason: str, about: str) -> CertificateResult:
    here = reason.split(".")[1]
    return CertificateResult(
        tuple(found(reason, about=about) if name == here else not_reached(name, about=about) for name in CHECKS)
    )


def _malformed() -> FormatError:
    return FormatError("certificate.x5c", "This is not a chain of certificates.", "x5c is a short list of DER in base64.")


def _no_key() -> FormatError:
    return FormatError(
        "certificate.method_key", "This verification method has no key of a known kind.", "It is a JWK or an Ed25519 Multikey."
    )

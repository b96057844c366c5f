"""Signatures of KERI: Ed25519, and ECDSA over P-256 and secp256k1 with SHA-256, signatures as r ‖ s.

Keys read once are kept, because the same few keys sign whole logs. A key that is no point of its curve signs nothing.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from verifier.identity.vlei.codes import Role, Scheme, decode, scheme_of

_CURVES: dict[Scheme, type[ec.EllipticCurve]] = {Scheme.P256: ec.SECP256R1, Scheme.SECP256K1: ec.SECP256K1}
_SHA256 = ec.ECDSA(hashes.SHA256())


def signed_by(key: str, scheme: Scheme, signature: bytes, data: bytes) -> bool:
    """Whether the key (qualified text, its form already checked) made this signature of this scheme over the data."""
    public_key = _load(key)
    if public_key is None or scheme_of(key) is not scheme:
        return False
    try:
        if isinstance(public_key, Ed25519PublicKey):
            public_key.verify(signature, data)
        else:
            half = len(signature) // 2
            pair = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
            public_key.verify(pair, data, _SHA256)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4096)
def _load(key: str) -> Ed25519PublicKey | ec.EllipticCurvePublicKey | None:
    raw, scheme = decode(key, Role.KEY), scheme_of(key)
    try:
        if scheme is Scheme.ED25519:
            return Ed25519PublicKey.from_public_bytes(raw)
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[scheme](), raw)
    except ValueError:
        return None

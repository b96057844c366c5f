"""Which signatures and keys of certificates are strong enough to be believed, by their object identifiers.

Refused as weak: MD2, MD5, SHA-1 and SHA-224 in signatures, RSA below 2048 bits, curves below 256 bits, DSA. Not known: any
algorithm that is on neither list; that says nothing against the certificate. A root's own signature is not looked at, because
nothing rests on it; its key is.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from schemas.errors import FormatError
from verifier.identity.x509.certificate import Certificate
from verifier.identity.x509.der import SEQUENCE, element, read_element, read_elements

SM2_WITH_SM3 = "1.2.156.10197.1.501"
# id-ecPublicKey with the curve sm2p256v1 as its parameter (GM/T 0015-2012 §5.2.1), as DER.
_SM2_KEY = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")

_BIT_STRING = 0x03
_PSS = "1.2.840.113549.1.1.10"
_STRONG = {
    "1.2.840.113549.1.1.11",  # RSA with SHA-256, -384, -512
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",  # ECDSA with SHA-256, -384, -512
    "1.2.840.10045.4.3.3",
    "1.2.840.10045.4.3.4",
    "1.3.101.112",  # Ed25519, Ed448
    "1.3.101.113",
    "2.16.840.1.101.3.4.3.17",  # ML-DSA-44, -65, -87
    "2.16.840.1.101.3.4.3.18",
    "2.16.840.1.101.3.4.3.19",
    SM2_WITH_SM3,
}
_WEAK = {
    "1.2.840.113549.1.1.2",  # RSA with MD2, MD5, SHA-1, SHA-224
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.113549.1.1.14",
    "1.2.840.10045.4.1",  # ECDSA with SHA-1, SHA-224
    "1.2.840.10045.4.3.1",
    "1.2.840.10040.4.3",  # DSA
    "2.16.840.1.101.3.4.3.1",
    "2.16.840.1.101.3.4.3.2",
    "1.3.14.3.2.29",  # RSA with SHA-1, an older name
}
_STRONG_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_MIN_RSA_BITS = 2048
# Larger keys only cost time.
_MAX_RSA_BITS = 16384
_MIN_CURVE_BITS = 256


def is_sm2_key(spki: bytes) -> bool:
    """Whether a SubjectPublicKeyInfo is that of an SM2 key."""
    try:
        _, content, _ = read_element(spki)
        return next(whole for _, _, whole in read_elements(content)) == _SM2_KEY
    except (FormatError, StopIteration):
        return False


def sm2_key(point: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an SM2 key from its uncompressed point, 65 bytes."""
    return element(SEQUENCE, _SM2_KEY + element(_BIT_STRING, b"\x00" + point))


def signature_reason(certificate: Certificate) -> str:
    """`certificate.algorithm.ok`, `.weak` or `.unsupported` for the signature on a certificate."""
    oid = certificate.parsed.signature_algorithm_oid.dotted_string
    if oid == _PSS:
        try:
            digest = certificate.parsed.signature_hash_algorithm
        except UnsupportedAlgorithm:
            return "certificate.algorithm.unsupported"
        return "certificate.algorithm.ok" if isinstance(digest, _STRONG_HASHES) else "certificate.algorithm.weak"
    return signature_oid_reason(oid)


def signature_oid_reason(oid: str) -> str:
    """The same for a signature algorithm that has no parameters to look at."""
    if oid in _STRONG:
        return "certificate.algorithm.ok"
    return "certificate.algorithm.weak" if oid in _WEAK else "certificate.algorithm.unsupported"


def key_reason(spki: bytes) -> str:
    """`certificate.algorithm.ok`, `.weak` or `.unsupported` for a SubjectPublicKeyInfo in DER."""
    if is_sm2_key(spki):
        return "certificate.algorithm.ok"
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return "certificate.algorithm.unsupported"
    match key:
        case rsa.RSAPublicKey() if key.key_size > _MAX_RSA_BITS:
            return "certificate.algorithm.unsupported"
        case rsa.RSAPublicKey():
            strong = key.key_size >= _MIN_RSA_BITS
        case ec.EllipticCurvePublicKey():
            strong = key.key_size >= _MIN_CURVE_BITS
        case dsa.DSAPublicKey():
            strong = False
        case (
            ed25519.Ed25519PublicKey()
            | ed448.Ed448PublicKey()
            | mldsa.MLDSA44PublicKey()
            | mldsa.MLDSA65PublicKey()
            | mldsa.MLDSA87PublicKey()
        ):
            strong = True
        case _:
            return "certificate.algorithm.unsupported"
    return "certificate.algorithm.ok" if strong else "certificate.algorithm.weak"

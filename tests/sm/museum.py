"""Malformed SM2 keys, signatures and ciphertexts: one fault each, the name is the fault, the code what it must be refused with.

Each exhibit starts from the right bytes of GB/T 32918.5's examples and has one thing changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sm import curve, der, sm2
from sm.providers import known_answers

PRIVATE, POINT = known_answers.PRIVATE_KEY, known_answers.PUBLIC_KEY
X, Y = curve.coordinates(POINT)
R, S = int.from_bytes(known_answers.SIGNATURE_RAW[:32]), int.from_bytes(known_answers.SIGNATURE_RAW[32:])
RAW = known_answers.CIPHERTEXT_C1C3C2
C1X, C1Y, C3, C2 = int.from_bytes(RAW[1:33]), int.from_bytes(RAW[33:65]), RAW[65:97], RAW[97:]
N, P = curve.N, curve.P

EC = bytes.fromhex("06072a8648ce3d0201")
SM2 = bytes.fromhex("06082a811ccf5501822d")
P256 = bytes.fromhex("06082a8648ce3d030107")
RSA = bytes.fromhex("06092a864886f70d010101")
NULL = b"\x05\0"
# Another point on the curve: the generator.
OTHER = curve.point(curve.GX, curve.GY)


@dataclass(frozen=True)
class Exhibit:
    fault: str
    data: bytes
    code: str


def spki(point: bytes = POINT, algorithm: bytes = EC + SM2, *, unused: bytes = b"\0") -> bytes:
    return der.sequence(der.sequence(algorithm), der.element(der.BIT_STRING, unused, point))


def ec_key(
    scalar: bytes = PRIVATE,
    version: int = 1,
    curve_name: bytes | None = None,
    point: bytes | None = POINT,
    after: bytes = b"",
) -> bytes:
    parts = [der.integer(version), der.octets(scalar)]
    if curve_name is not None:
        parts.append(der.element(der.CONTEXT_0, curve_name))
    if point is not None:
        parts.append(der.element(der.CONTEXT_1, der.bits(point)))
    return der.sequence(*parts, after)


def pkcs8(inner: bytes | None = None, version: int = 0, algorithm: bytes = EC + SM2, after: bytes = b"") -> bytes:
    return der.sequence(der.integer(version), der.sequence(algorithm), der.octets(ec_key() if inner is None else inner), after)


def signature(r: int = R, s: int = S) -> bytes:
    return der.sequence(der.integer(r), der.integer(s))


def ciphertext(x: int = C1X, y: int = C1Y, c3: bytes = C3, c2: bytes = C2, after: bytes = b"") -> bytes:
    return der.sequence(der.integer(x), der.integer(y), der.octets(c3), der.octets(c2), after)


def longer_length(right: bytes) -> bytes:
    """The outer length in one byte more than it takes."""
    body = right[2:] if right[1] < 0x80 else right[2 + (right[1] & 0x7F) :]
    size = len(body)
    return bytes((right[0],)) + (b"\x81" + bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2)) + body


def general(right: bytes) -> list[Exhibit]:
    """Faults any DER may have, on these bytes."""
    return [
        Exhibit("nothing at all", b"", "sm.der_truncated"),
        Exhibit("the tag alone", right[:1], "sm.der_truncated"),
        Exhibit("the last byte missing", right[:-1], "sm.der_truncated"),
        Exhibit("a byte too many", right + b"\0", "sm.der_trailing"),
        Exhibit("twice", right + right, "sm.der_trailing"),
        Exhibit("a SET for a SEQUENCE", b"\x31" + right[1:], "sm.der_tag"),
        Exhibit("a needlessly long length", longer_length(right), "sm.der_length"),
        Exhibit("an indefinite length (BER)", b"\x30\x80" + right[2:] + b"\0\0", "sm.der_length"),
        Exhibit("a length of five bytes", b"\x30\x85\0\0\0\0\x01" + right[2:], "sm.der_length"),
        Exhibit("a length of 127 bytes", b"\x30\xff" + right[2:], "sm.der_length"),
        Exhibit("an empty SEQUENCE", b"\x30\0", "sm.der_truncated"),
        Exhibit("PEM for DER", b"-----BEGIN PUBLIC KEY-----", "sm.der_tag"),
    ]


PUBLIC_KEYS = [
    *general(spki()),
    Exhibit("a P-256 key", spki(algorithm=EC + P256), "sm.not_sm2"),
    Exhibit("an RSA key", spki(algorithm=RSA + NULL), "sm.not_sm2"),
    Exhibit("no curve", spki(algorithm=EC), "sm.not_sm2"),
    Exhibit("the curve as NULL", spki(algorithm=EC + NULL), "sm.not_sm2"),
    Exhibit("a curve written out, not named", spki(algorithm=EC + der.sequence(der.integer(1))), "sm.not_sm2"),
    Exhibit("something after the curve", spki(algorithm=EC + SM2 + NULL), "sm.der_trailing"),
    Exhibit("the point at infinity", spki(b"\0"), "sm.point_infinity"),
    Exhibit("a compressed point", spki(b"\x02" + POINT[1:33]), "sm.point_compressed"),
    Exhibit("a hybrid point", spki(b"\x06" + POINT[1:]), "sm.point_malformed"),
    Exhibit("a point without its 04", spki(POINT[1:]), "sm.point_malformed"),
    Exhibit("no point", spki(b""), "sm.point_malformed"),
    Exhibit("half a point", spki(POINT[:33]), "sm.point_malformed"),
    Exhibit("a point off the curve", spki(POINT[:-1] + b"\x14"), "sm.point_off_curve"),
    Exhibit("the point 0, 0", spki(b"\x04" + bytes(64)), "sm.point_off_curve"),
    Exhibit("x at the prime", spki(curve.point(P, 0)), "sm.point_range"),
    Exhibit("the same point, y above the prime", spki(curve.point(0, P + 1)), "sm.point_range"),
    Exhibit("a P-256 point under the SM2 name", spki(bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )), "sm.point_off_curve"),
    Exhibit("unused bits", spki(unused=b"\x04"), "sm.der_bits"),
    Exhibit("a bit string without its first byte", der.sequence(der.sequence(EC, SM2), b"\x03\0"), "sm.der_bits"),
]  # fmt: skip

PRIVATE_KEYS = [
    *general(pkcs8()),
    Exhibit("PKCS#8 of version 1", pkcs8(version=1), "sm.key_version"),
    Exhibit("an EC key of version 0", pkcs8(ec_key(version=0)), "sm.key_version"),
    Exhibit("a version below zero", der.sequence(b"\x02\x01\xff", der.sequence(EC, SM2), der.octets(ec_key())), "sm.der_integer"),
    Exhibit("a P-256 key", pkcs8(algorithm=EC + P256), "sm.not_sm2"),
    Exhibit("another curve inside than outside", pkcs8(ec_key(curve_name=P256)), "sm.not_sm2"),
    Exhibit("zero", pkcs8(ec_key(bytes(32))), "sm.private_key_range"),
    Exhibit("n - 1", pkcs8(ec_key((N - 1).to_bytes(32))), "sm.private_key_range"),
    Exhibit("n", pkcs8(ec_key(N.to_bytes(32))), "sm.private_key_range"),
    Exhibit("all ones", pkcs8(ec_key(b"\xff" * 32)), "sm.private_key_range"),
    Exhibit("31 bytes", pkcs8(ec_key(PRIVATE[1:])), "sm.private_key_length"),
    Exhibit("33 bytes", pkcs8(ec_key(b"\0" + PRIVATE)), "sm.private_key_length"),
    Exhibit("another key's point", pkcs8(ec_key(point=OTHER)), "sm.key_mismatch"),
    Exhibit("a point off the curve", pkcs8(ec_key(point=POINT[:-1] + b"\x14")), "sm.point_off_curve"),
    Exhibit("the EC key alone, without PKCS#8", ec_key(), "sm.key_version"),
    Exhibit("something after the EC key", pkcs8(ec_key() + b"\0"), "sm.der_trailing"),
    Exhibit("something inside the EC key", pkcs8(ec_key(after=NULL)), "sm.der_trailing"),
    Exhibit("something after the key", pkcs8(after=NULL), "sm.der_trailing"),
    Exhibit("the public key's DER", spki(), "sm.der_tag"),
]

SIGNATURES = [
    *general(signature()),
    Exhibit("raw bytes for DER", known_answers.SIGNATURE_RAW, "sm.der_tag"),
    Exhibit("r = 0", signature(r=0), "sm.signature_range"),
    Exhibit("s = 0", signature(s=0), "sm.signature_range"),
    Exhibit("r = n", signature(r=N), "sm.signature_range"),
    Exhibit("s = n", signature(s=N), "sm.signature_range"),
    Exhibit("r + n", signature(r=R + N), "sm.der_integer"),
    Exhibit("r + s = n", signature(s=N - R), "sm.signature_range"),
    Exhibit("all ones", signature(2**256 - 1, 2**256 - 1), "sm.signature_range"),
    Exhibit("r of 257 bits", signature(r=1 << 256), "sm.der_integer"),
    Exhibit("a negative r", der.sequence(der.element(der.INTEGER, R.to_bytes(32)), der.integer(S)), "sm.der_integer"),
    Exhibit("a needless zero before r", der.sequence(der.element(der.INTEGER, b"\0\0" + R.to_bytes(32)), der.integer(S)),
            "sm.der_integer"),
    Exhibit("an empty integer", der.sequence(der.element(der.INTEGER), der.integer(S)), "sm.der_integer"),
    Exhibit("three integers", der.sequence(der.integer(R), der.integer(S), der.integer(1)), "sm.der_trailing"),
    Exhibit("one integer", der.sequence(der.integer(R)), "sm.der_truncated"),
    Exhibit("octets for an integer", der.sequence(der.octets(R.to_bytes(32)), der.integer(S)), "sm.der_tag"),
    Exhibit("a long length within", der.sequence(b"\x02\x81\x21\0" + R.to_bytes(32), der.integer(S)), "sm.der_length"),
]  # fmt: skip

CIPHERTEXTS = [
    *general(ciphertext()),
    Exhibit("raw C1C3C2 for DER", RAW, "sm.der_tag"),
    Exhibit("C1 off the curve", ciphertext(y=C1Y ^ 1), "sm.point_off_curve"),
    Exhibit("C1 as 0, 0", ciphertext(0, 0), "sm.point_off_curve"),
    Exhibit("C1 with x at the prime", ciphertext(x=P), "sm.point_range"),
    Exhibit("C1 with x of 257 bits", ciphertext(x=C1X + (1 << 256)), "sm.der_integer"),
    Exhibit("C1 of another ciphertext", ciphertext(curve.GX, curve.GY), "sm.not_decrypted"),
    Exhibit("minus C1", ciphertext(y=P - C1Y), "sm.not_decrypted"),
    Exhibit("C3 of 31 bytes", ciphertext(c3=C3[1:]), "sm.ciphertext_length"),
    Exhibit("C3 of 33 bytes", ciphertext(c3=C3 + b"\0"), "sm.ciphertext_length"),
    Exhibit("C3 altered", ciphertext(c3=C3[:-1] + b"\0"), "sm.not_decrypted"),
    Exhibit("C2 and C3 exchanged", ciphertext(c3=C2, c2=C3), "sm.ciphertext_length"),
    Exhibit("C2 empty", ciphertext(c2=b""), "sm.ciphertext_length"),
    Exhibit("C2 of 256 bytes", ciphertext(c2=bytes(256)), "sm.ciphertext_length"),
    Exhibit("C2 cut short", ciphertext(c2=C2[:-1]), "sm.not_decrypted"),
    Exhibit("C2 altered", ciphertext(c2=bytes((C2[0] ^ 0x80,)) + C2[1:]), "sm.not_decrypted"),
    Exhibit("a fifth value", ciphertext(after=NULL), "sm.der_trailing"),
]

ROOMS: dict[str, tuple[Callable[[bytes], object], list[Exhibit]]] = {
    "public keys": (sm2.PublicKey.from_spki, PUBLIC_KEYS),
    "private keys": (sm2.PrivateKey.from_pkcs8, PRIVATE_KEYS),
    "signatures": (
        lambda data: sm2.verify(sm2.PublicKey(POINT), b"message digest", data, user_id=sm2.DEFAULT_USER_ID),
        SIGNATURES,
    ),
    "ciphertexts": (lambda data: sm2.decrypt(sm2.PrivateKey(PRIVATE), data), CIPHERTEXTS),
}

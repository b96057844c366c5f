"""SM2 ciphertexts as bytes: the DER of GM/T 0009 §7.2, and the two raw orders.

    DER      SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING (32), cipherText OCTET STRING }
    C1C3C2   04 ‖ x ‖ y ‖ C3 ‖ C2    GB/T 32918.4-2016 §6.1 A8, devices
    C1C2C3   04 ‖ x ‖ y ‖ C2 ‖ C3    the drafts of 2010; read, never written

The raw orders cannot be told apart, so the caller names the one it holds. C1 lies on the curve, C3 has 32 bytes, C2 as many as
the plaintext: 1 to 255, which is what every provider and GmSSL itself reads. SM2 encrypts keys; files are encrypted with SM4
under such a key.
"""

from schemas.errors import FormatError
from sm import curve, der

MAX_PLAINTEXT_BYTES = 255
_C3_BYTES = 32


def parts(ciphertext_der: bytes) -> tuple[bytes, bytes, bytes]:
    """C1 (`04 ‖ x ‖ y`), C3 and C2 of a ciphertext in DER.

    Raises:
        FormatError: `sm.der_*`, not strict DER of the four values; `sm.point_*`, C1 is no point of the curve;
            `sm.ciphertext_length`, C3 has not 32 bytes, or C2 not 1 to 255.
    """
    outer = der.Reader(ciphertext_der)
    inner = outer.sequence()
    outer.end()
    x, y = inner.integer(256), inner.integer(256)
    c3, c2 = inner.octets(), inner.octets()
    inner.end()
    c1 = curve.point(x, y)
    _check(c1, c3, c2)
    return c1, c3, c2


def ciphertext_to_c1c3c2(ciphertext_der: bytes) -> bytes:
    """`04 ‖ x ‖ y ‖ C3 ‖ C2` of a ciphertext in DER.

    Raises:
        FormatError: as `parts`.
    """
    return b"".join(parts(ciphertext_der))


def ciphertext_from_c1c3c2(ciphertext_raw: bytes) -> bytes:
    """The DER of `04 ‖ x ‖ y ‖ C3 ‖ C2`.

    Raises:
        FormatError: `sm.point_*`, `sm.ciphertext_length`.
    """
    c1, rest = ciphertext_raw[: curve.POINT_BYTES], ciphertext_raw[curve.POINT_BYTES :]
    return _to_der(c1, rest[:_C3_BYTES], rest[_C3_BYTES:])


def ciphertext_from_c1c2c3(ciphertext_raw: bytes) -> bytes:
    """The DER of `04 ‖ x ‖ y ‖ C2 ‖ C3`.

    Raises:
        FormatError: `sm.point_*`, `sm.ciphertext_length`.
    """
    c1, rest = ciphertext_raw[: curve.POINT_BYTES], ciphertext_raw[curve.POINT_BYTES :]
    return _to_der(c1, rest[-_C3_BYTES:], rest[:-_C3_BYTES])


def _to_der(c1: bytes, c3: bytes, c2: bytes) -> bytes:
    _check(c1, c3, c2)
    x, y = curve.coordinates(c1)
    return der.sequence(der.integer(x), der.integer(y), der.octets(c3), der.octets(c2))


def _check(c1: bytes, c3: bytes, c2: bytes) -> None:
    curve.check_point(c1)
    if len(c3) != _C3_BYTES:
        raise FormatError("sm.ciphertext_length", "C3 of this SM2 ciphertext has not 32 bytes.")
    if not 1 <= len(c2) <= MAX_PLAINTEXT_BYTES:
        raise FormatError("sm.ciphertext_length", f"C2 of this SM2 ciphertext has not 1 to {MAX_PLAINTEXT_BYTES} bytes.")

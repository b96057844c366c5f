"""SM2 signatures as bytes: the DER of GM/T 0009 §7.3, and raw `r ‖ s`.

    DER   SEQUENCE { r INTEGER, s INTEGER }     X.509, CMS; what `sign` gives and `verify` takes
    raw   r ‖ s, 64 bytes                       JSON proofs, FISCO BCOS, devices

r and s lie from 1 to n-1 and r + s is not n: anything else is no signature (GB/T 32918.2 §7.1 B1, B2, B5).
"""

from schemas.errors import FormatError
from sm import der
from sm.curve import N

RAW_BYTES = 64


def values(signature_der: bytes) -> tuple[int, int]:
    """r and s of a signature in DER.

    Raises:
        FormatError: `sm.der_*`, not strict DER of two integers; `sm.signature_range`, r or s is out of range.
    """
    outer = der.Reader(signature_der)
    inner = outer.sequence()
    outer.end()
    r, s = inner.integer(256), inner.integer(256)
    inner.end()
    return _in_range(r, s)


def signature_to_raw(signature_der: bytes) -> bytes:
    """`r ‖ s`, 64 bytes, of a signature in DER.

    Raises:
        FormatError: as `values`.
    """
    r, s = values(signature_der)
    return r.to_bytes(32) + s.to_bytes(32)


def signature_from_raw(signature_raw: bytes) -> bytes:
    """The DER of a signature `r ‖ s`.

    Raises:
        FormatError: `sm.signature_length`, not 64 bytes; `sm.signature_range`.
    """
    if len(signature_raw) != RAW_BYTES:
        raise FormatError("sm.signature_length", "A raw SM2 signature has 64 bytes: r, s.", "Is it DER? Then say so.")
    r, s = _in_range(int.from_bytes(signature_raw[:32]), int.from_bytes(signature_raw[32:]))
    return der.sequence(der.integer(r), der.integer(s))


def _in_range(r: int, s: int) -> tuple[int, int]:
    if not (0 < r < N and 0 < s < N) or r + s == N:
        raise FormatError("sm.signature_range", "r or s of this SM2 signature is out of range.")
    return r, s

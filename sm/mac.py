"""HMAC-SM3 (GM/T 0042-2015 appendix D.3, RFC 2104) and HKDF-SM3 (RFC 5869 with SM3).

Keys may have any length, as HMAC allows; compare two values with `hmac.compare_digest`, never with `==`.
"""

import hmac
from collections.abc import Buffer

from schemas.errors import FormatError
from sm.digest import DIGEST_BYTES, NAME

__all__ = ["hkdf_expand", "hkdf_extract", "hkdf_sm3", "hmac_sm3", "new_hmac_sm3"]

# RFC 5869 §2.3: L ≤ 255 · HashLen.
HKDF_MAX_BYTES = 255 * DIGEST_BYTES


def hmac_sm3(key: bytes, data: Buffer) -> bytes:
    """The 32 bytes of HMAC-SM3 over `data`."""
    return hmac.digest(key, data, NAME)


def new_hmac_sm3(key: bytes) -> hmac.HMAC:
    """An HMAC-SM3 to be fed in pieces, used like `hmac.new`."""
    return hmac.new(key, digestmod=NAME)


def hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """RFC 5869 §2.2: a key of 32 bytes from a secret. An empty salt stands for 32 zero bytes."""
    return hmac_sm3(salt or bytes(DIGEST_BYTES), secret)


def hkdf_expand(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 §2.3: `length` bytes for the use that `info` names, from a key `hkdf_extract` made or one as good.

    Raises:
        FormatError: `sm.hkdf_length`, not between 1 and 8,160 bytes; `sm.hkdf_key`, the key has under 32 bytes.
    """
    if not 1 <= length <= HKDF_MAX_BYTES:
        raise FormatError("sm.hkdf_length", f"HKDF-SM3 gives 1 to {HKDF_MAX_BYTES} bytes.")
    if len(key) < DIGEST_BYTES:
        raise FormatError("sm.hkdf_key", f"HKDF-Expand starts from a key of at least {DIGEST_BYTES} bytes.", "Extract one first.")
    made = block = b""
    for number in range(1, -(-length // DIGEST_BYTES) + 1):
        block = hmac_sm3(key, block + info + bytes((number,)))
        made += block
    return made[:length]


def hkdf_sm3(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 §2: extract, then expand.

    Raises:
        FormatError: `sm.hkdf_length`.
    """
    return hkdf_expand(hkdf_extract(salt, secret), info, length)

"""Strict text forms: every value has exactly one text, anything else is refused.

Lenient decoders let one signed value appear in several spellings, and two readers then disagree about what was signed.
"""

import base64
import binascii
import re

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})", re.ASCII)
MAX_INTEGER = 2**63 - 1


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of canonical standard base64. Raises ValueError for any other spelling (RFC 4648 §3.5)."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data


def encode_multibase(data: bytes) -> str:
    """Multibase `u`: base64url without padding (RFC 4648 §5)."""
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_multibase(text: object) -> bytes:
    """The bytes of canonical multibase `u` text. Raises ValueError for anything else."""
    if not isinstance(text, str) or not text.startswith("u"):
        raise ValueError("not multibase base64url")
    body = text[1:].encode("ascii")
    try:
        data = base64.b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not multibase base64url") from error
    if encode_multibase(data) != text:
        raise ValueError("not canonical base64url")
    return data


def decode_decimal(text: str) -> int:
    """A whole number from 0 to 2^63 - 1 in ASCII digits without leading zeroes. Raises ValueError for anything else."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_INTEGER:
        raise ValueError("not a decimal number")
    return int(text)

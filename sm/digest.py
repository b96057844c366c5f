"""SM3 (GB/T 32905-2016) from OpenSSL through hashlib.

Importing this module hashes the standard's first example and compares: an OpenSSL without SM3, or one that computes something
else, is refused here and not when the first record is fingerprinted. Those who only need SHA-256 do not import it.
"""

import hashlib
from collections.abc import Buffer
from typing import Protocol, Self

from schemas.errors import SetupError

__all__ = ["NAME", "Hash", "prove_sm3", "sm3"]

# What hashlib and hmac call it.
NAME = "sm3"
DIGEST_BYTES = 32
# GB/T 32905-2016, appendix A, example 1.
_EXAMPLE = b"abc"
_EXAMPLE_DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


class Hash(Protocol):
    """A hash being fed, as hashlib makes them."""

    @property
    def name(self) -> str: ...
    @property
    def digest_size(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    def update(self, data: Buffer, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...
    def copy(self) -> Self: ...


def sm3(data: bytes = b"") -> Hash:
    """A new SM3 hash, fed with `data`; used like `hashlib.sha256`. Its digest has 32 bytes."""
    return hashlib.new(NAME, data)


def prove_sm3() -> None:
    """Compute the standard's example and compare.

    Raises:
        SetupError: `sm.no_sm3`, this OpenSSL has no SM3; `sm.wrong_sm3`, it computes another value.
    """
    try:
        digest = sm3(_EXAMPLE).hexdigest()
    except ValueError as error:
        raise SetupError(
            "sm.no_sm3",
            "The OpenSSL of this Python has no SM3.",
            "Use a Python linked to OpenSSL 1.1.1 or newer built with SM3 (Debian and Ubuntu are).",
        ) from error
    if digest != _EXAMPLE_DIGEST:
        raise SetupError(
            "sm.wrong_sm3", "SM3 on this machine fails the known-answer test.", "Replace this OpenSSL; do not use it for SM3."
        )


prove_sm3()

"""The two hash algorithms of the ledger, by name, with their multihash prefixes (multiformats/multicodec table).

    sha-256    sha2-256    0x12      12 20
    sm3        sm3-256     0x534d    cd a6 01 20

SM3 is loaded only when something names it, so that a machine without it still verifies SHA-256 receipts.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from schemas.errors import FormatError

if TYPE_CHECKING:
    from sm.digest import Hash

DIGEST_BYTES = 32


class Algorithm(StrEnum):
    """A hash algorithm, named as in `fingerprint.algorithm`."""

    SHA_256 = "sha-256"
    SM3 = "sm3"


_MULTIHASH_PREFIX = {Algorithm.SHA_256: b"\x12\x20", Algorithm.SM3: b"\xcd\xa6\x01\x20"}


def named(name: object) -> Algorithm:
    """The algorithm of that exact name.

    Raises:
        FormatError: `hash.unknown`.
    """
    if isinstance(name, str) and name in Algorithm:
        return Algorithm(name)
    raise FormatError("hash.unknown", "This hash algorithm is not known here.", "Known are sha-256 and sm3.")


def hash_constructor(algorithm: Algorithm) -> "Callable[..., Hash]":
    """What makes a new hash of this algorithm, used like `hashlib.sha256`.

    Raises:
        SetupError: `sm.no_sm3`, SM3 was asked for and this machine has none.
    """
    if algorithm == Algorithm.SHA_256:
        return hashlib.sha256
    from sm.digest import sm3

    return sm3


def encode_multihash(algorithm: Algorithm, digest: bytes) -> bytes:
    """Prefix and digest as one value that says what it is."""
    return _MULTIHASH_PREFIX[algorithm] + digest


def decode_multihash(data: bytes) -> tuple[Algorithm, bytes]:
    """Algorithm and digest of a multihash.

    Raises:
        FormatError: `multihash.malformed`, an unknown prefix, a longer form of a known one, or a wrong length.
    """
    for algorithm, prefix in _MULTIHASH_PREFIX.items():
        if data.startswith(prefix) and len(data) == len(prefix) + DIGEST_BYTES:
            return algorithm, data[len(prefix) :]
    raise FormatError("multihash.malformed", "This is not a SHA-256 or SM3 multihash.", "It is 1220… or cda60120… in hex.")

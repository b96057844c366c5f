"""CESR v1 codes in text form: what a primitive is, how long it is, and its bytes. Anything not in these tables is refused.

A primitive is a code and unpadded base64url, a multiple of four characters long. Its code stands where the base64 of leading zero
bytes would stand, so the few bits between the code and the first byte must be zero: otherwise one value would have several
spellings. The alphabet is checked first, because Python's decoder skips what it does not know.

Order: the alphabet, the code, the length, the decoding, the bits between.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from verifier.identity.vlei.refusal import Refused

BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_VALUES = {character: value for value, character in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")}


class Role(Enum):
    """What a primitive is used as."""

    KEY = "key"
    DIGEST = "digest"
    SIGNATURE = "signature"
    NUMBER = "number"
    TIME = "time"


class Scheme(Enum):
    """A signature algorithm of KERI."""

    ED25519 = "Ed25519"
    P256 = "ECDSA P-256"
    SECP256K1 = "ECDSA secp256k1"


class Code(NamedTuple):
    """A row of the table: what it is, its length with the code, and for keys and signatures the algorithm."""

    role: Role
    length: int
    scheme: Scheme | None = None
    transferable: bool = True


CODES: dict[str, Code] = {
    "D": Code(Role.KEY, 44, Scheme.ED25519),
    "B": Code(Role.KEY, 44, Scheme.ED25519, transferable=False),
    "1AAJ": Code(Role.KEY, 48, Scheme.P256),
    "1AAI": Code(Role.KEY, 48, Scheme.P256, transferable=False),
    "1AAB": Code(Role.KEY, 48, Scheme.SECP256K1),
    "1AAA": Code(Role.KEY, 48, Scheme.SECP256K1, transferable=False),
    "E": Code(Role.DIGEST, 44),  # BLAKE3-256
    "H": Code(Role.DIGEST, 44),  # SHA3-256
    "I": Code(Role.DIGEST, 44),  # SHA-256
    "0B": Code(Role.SIGNATURE, 88, Scheme.ED25519),
    "0I": Code(Role.SIGNATURE, 88, Scheme.P256),
    "0C": Code(Role.SIGNATURE, 88, Scheme.SECP256K1),
    "0A": Code(Role.NUMBER, 24),
    "1AAG": Code(Role.TIME, 36),
}


@dataclass(frozen=True, slots=True)
class IndexCode:
    """A row of the table of indexed signatures: characters of the index and of the second index, and the length of all."""

    scheme: Scheme
    index: int
    other: int
    length: int
    current_only: bool


INDEX_CODES: dict[str, IndexCode] = {
    "A": IndexCode(Scheme.ED25519, 1, 0, 88, False),
    "B": IndexCode(Scheme.ED25519, 1, 0, 88, True),
    "C": IndexCode(Scheme.SECP256K1, 1, 0, 88, False),
    "D": IndexCode(Scheme.SECP256K1, 1, 0, 88, True),
    "E": IndexCode(Scheme.P256, 1, 0, 88, False),
    "F": IndexCode(Scheme.P256, 1, 0, 88, True),
    "2A": IndexCode(Scheme.ED25519, 2, 2, 92, False),
    "2B": IndexCode(Scheme.ED25519, 2, 2, 92, True),
    "2C": IndexCode(Scheme.SECP256K1, 2, 2, 92, False),
    "2D": IndexCode(Scheme.SECP256K1, 2, 2, 92, True),
    "2E": IndexCode(Scheme.P256, 2, 2, 92, False),
    "2F": IndexCode(Scheme.P256, 2, 2, 92, True),
}


@dataclass(frozen=True, slots=True)
class IndexedSignature:
    """A signature by the key at `index` of the current keys, and at `next_index` of the keys promised before (None: of none)."""

    index: int
    next_index: int | None
    scheme: Scheme
    signature: bytes


class Signature(NamedTuple):
    """A signature by a key that is named beside it."""

    key: str
    scheme: Scheme
    signature: bytes


def code_at(text: str, place: int = 0) -> str:
    """The code that begins at `place`.

    Raises:
        Refused: `cesr.code`.
    """
    for length in (1, 2, 4):
        if (code := text[place : place + length]) in CODES and len(code) == length:
            return code
    raise Refused("cesr.code")


def decode(text: str, role: Role) -> bytes:
    """The bytes of one primitive of that role.

    Raises:
        Refused: `cesr.code`, unknown or of another role; `cesr.malformed`, wrong length, alphabet or bits between.
    """
    code = code_at(text)
    if CODES[code].role is not role:
        raise Refused("cesr.code")
    if len(text) != CODES[code].length or not BASE64URL.match(text):
        raise Refused("cesr.malformed")
    return _bytes(text[len(code) :], len(code) % 4)


def encode(code: str, data: bytes) -> str:
    """The text of a primitive."""
    lead = len(code) % 4
    return code + urlsafe_b64encode(bytes(lead) + data).decode()[lead:]


def is_primitive(value: object, role: Role) -> bool:
    """Whether a JSON value is the text of a primitive of that role."""
    if not isinstance(value, str):
        return False
    try:
        decode(value, role)
    except Refused:
        return False
    return True


def scheme_of(key: str) -> Scheme:
    """The algorithm of a key that `decode` has read."""
    scheme = CODES[code_at(key)].scheme
    assert scheme
    return scheme


def number(text: str) -> int:
    """The number that base64url characters count, the alphabet having been checked."""
    value = 0
    for character in text:
        value = value * 64 + _VALUES[character]
    return value


def decode_indexed(text: str, code: str) -> IndexedSignature:
    """An indexed signature of that code and its right length.

    Raises:
        Refused: `cesr.malformed`.
    """
    row = INDEX_CODES[code]
    body = len(code) + row.index + row.other
    index = number(text[len(code) : len(code) + row.index])
    other = number(text[len(code) + row.index : body]) if row.other else index
    if row.current_only and row.other and other:
        raise Refused("cesr.malformed")
    return IndexedSignature(index, None if row.current_only else other, row.scheme, _bytes(text[body:], 2))


def _bytes(text: str, lead: int) -> bytes:
    data = urlsafe_b64decode("A" * lead + text)
    if any(data[:lead]):
        raise Refused("cesr.malformed")
    return data[lead:]

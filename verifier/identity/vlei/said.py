"""SAIDs: a message or a block carries the digest of itself, taken with the digest's own place filled with `#`.

Digests are BLAKE3-256 (`E`), SHA3-256 (`H`) and SHA-256 (`I`). The serialisation is compact JSON in the order of the fields, text
unescaped, as KERI v1 writes it. There is no other: `verifier.identity.vlei.stream` refuses a message that is written otherwise.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from blake3 import blake3

from verifier.identity.vlei.codes import Role, encode, is_primitive
from verifier.identity.vlei.refusal import Refused

DUMMY = "#" * 44
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "E": lambda data: blake3(data).digest(),
    "H": lambda data: hashlib.sha3_256(data).digest(),
    "I": lambda data: hashlib.sha256(data).digest(),
}


def dump(value: object) -> bytes:
    """The one serialisation of a JSON value, members in their order.

    Raises:
        ValueError: text that is not Unicode (a lone surrogate).
    """
    return _encoder.encode(value).encode()


def digest(code: str, data: bytes) -> str:
    """The qualified digest of some bytes under one of the three codes."""
    return encode(code, _DIGESTS[code](data))


def require_said(block: Mapping[str, Any], label: str = "d") -> str:
    """The SAID of a block, recomputed.

    Raises:
        Refused: `said.mismatch`, absent, of an unknown kind or not the digest of this block.
    """
    said = block.get(label)
    if not is_primitive(said, Role.DIGEST):
        raise Refused("said.mismatch")
    assert isinstance(said, str)
    if digest(said[0], dump({**block, label: DUMMY})) != said:
        raise Refused("said.mismatch", said)
    return said


def require_message_said(raw: bytes, fields: Mapping[str, Any], *, prefix: bool = False) -> str:
    """The SAID of a whole message, recomputed from its bytes.

    Args:
        raw: the bytes of the message, canonical.
        fields: the same, read.
        prefix: the identifier `i` that follows `d` is the same digest, and is blanked as well (inceptions).

    Raises:
        Refused: `said.mismatch`.
    """
    said = fields.get("d")
    if not is_primitive(said, Role.DIGEST):
        raise Refused("said.mismatch")
    assert isinstance(said, str)
    # `d` stands before every member that may repeat it, and `i` comes right after: the first ones are the ones to blank.
    blanked = raw.replace(said.encode(), DUMMY.encode(), 2 if prefix else 1)
    if digest(said[0], blanked) != said:
        raise Refused("said.mismatch", said)
    return said

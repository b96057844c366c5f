"""Public keys as text: Multikey and did:key for Ed25519 (W3C Controlled Identifiers 1.0 §2.2.2, did:key 0.9).

Ed25519 public key = multibase base58btc of 0xed 0x01 followed by the 32 key bytes, `z6Mk…`
"""

import base58

from schemas.errors import FormatError

ED25519_PREFIX = b"\xed\x01"


def encode_multikey(public_key: bytes) -> str:
    """`z6Mk…` for the 32 bytes of an Ed25519 public key."""
    return encode_base58btc(ED25519_PREFIX + public_key)


def decode_multikey(text: str) -> bytes:
    """The 32 bytes of an Ed25519 Multikey.

    Raises:
        FormatError: `key.malformed`, not base58btc, another key type, or another length.
    """
    raw = decode_base58btc(text)
    if raw[:2] != ED25519_PREFIX or len(raw) != 34:
        raise FormatError("key.malformed", "This is not an Ed25519 Multikey.", "It starts with z6Mk and holds 32 bytes.")
    return raw[2:]


def did_key(public_key: bytes) -> str:
    """The did:key of an Ed25519 public key."""
    return f"did:key:{encode_multikey(public_key)}"


def did_key_method(did: str) -> str:
    """The one verification method of a did:key: `did:key:z6Mk…#z6Mk…`."""
    return f"{did}#{did.removeprefix('did:key:')}"


def encode_base58btc(data: bytes) -> str:
    """Multibase `z` text of some bytes."""
    return "z" + str(base58.b58encode(data), "ascii")


def decode_base58btc(text: str) -> bytes:
    """The bytes of multibase `z` text.

    Raises:
        FormatError: `multibase.malformed`.
    """
    if not text.startswith("z"):
        raise FormatError("multibase.malformed", "This value is not multibase base58btc.", "It starts with z.")
    try:
        return bytes(base58.b58decode(text[1:]))
    except ValueError as error:
        raise FormatError("multibase.malformed", "This value is not multibase base58btc.", "It starts with z.") from error

"""Keys that sign notes, in C2SP form.

    verifier key    name+hex key id+base64(type ‖ public key)
    key id          SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]
    type            0x01 Ed25519 over the note (a log)      0x04 timestamped Ed25519 cosignature (a witness)

Other types (ECDSA, ML-DSA-44) are refused as verifier keys: a policy that cannot be checked is not a policy. Their signature
lines on a note are ignored like those of any unknown key.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.encoding import decode_base64, encode_base64
from schemas.errors import ConfigError, FormatError

MAX_NAME_BYTES = 255
_KEY_BYTES = 32
_KEY_TEXT = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,128})", re.ASCII)


class KeyType(IntEnum):
    """Signature type identifier byte (C2SP signed-note §Signature types)."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key someone decided to trust, with the name it signs under (a log's origin, a witness's name)."""

    name: str
    type: KeyType
    public_key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signature lines name this key; an aid to finding, not a protection."""
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public_key
        return hashlib.sha256(named).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.type]) + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key of its C2SP text.

        Raises:
            FormatError: `verifier_key.malformed`, not that form or the key id does not match; `verifier_key.type`, a type
                other than 0x01 and 0x04.
        """
        try:
            match = _KEY_TEXT.fullmatch(text)
            if not match:
                raise ValueError("not three parts")
            name = check_name(match[1])
            data = decode_base64(match[3])
        except ValueError as error:
            raise _malformed() from error
        if not data or data[0] not in KeyType:
            raise FormatError("verifier_key.type", "This type of verifier key is not known here.", "Known are 0x01 and 0x04.")
        key = cls(name, KeyType(data[0]), data[1:])
        if len(key.public_key) != _KEY_BYTES or key.id.hex() != match[2]:
            raise _malformed()
        return key

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over exactly `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private Ed25519 key with the name it signs under.

    One key has one use: C2SP tlog-cosignature forbids cosigning under a key that signs anything else.
    """

    def __init__(self, name: str, type: KeyType, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self.verifier_key = VerifierKey(check_name(name), type, private_key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, name: str, type: KeyType, seed: str) -> "SigningKey":
        """The key of a seed written as 64 hexadecimal digits.

        Raises:
            ConfigError: `key.seed`, not that form; `key.name`, a name with spaces, plus signs or more than 255 bytes.
        """
        try:
            private_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        except ValueError as error:
            raise ConfigError(
                "key.seed", "A signing key's seed is 64 hexadecimal digits.", "Make one with `openssl rand -hex 32`."
            ) from error
        try:
            return cls(name, type, private_key)
        except ValueError as error:
            raise ConfigError(
                "key.name", "A signing key's name has no spaces and no plus signs.", "Use a name like example.org/ledger."
            ) from error

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)


def check_name(name: str) -> str:
    """The name, when it may stand on a signature line (C2SP signed-note §Format). Raises ValueError otherwise."""
    if not name or len(name.encode()) > MAX_NAME_BYTES or any(c == "+" or c.isspace() or c < " " for c in name):
        raise ValueError("not a key name")
    return name


def _malformed() -> FormatError:
    return FormatError("verifier_key.malformed", "This is not a verifier key.", "It reads name+8 hex digits+base64.")

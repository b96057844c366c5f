"""SM2: signatures (GB/T 32918.2-2016) and encryption (GB/T 32918.4-2016), in the DER of GM/T 0009.

The user id has no default here. Libraries disagree about theirs (OpenSSL 3 takes an empty one, 4 and GmSSL the standard's), and a
signature verifies only under the id it was made with; who means the usual one passes `DEFAULT_USER_ID` by name.

Order of a verification: the signature is strict DER, r and s are in range, the key was checked when it was made, Z and e are
computed, and the provider (`sm.providers`) does the arithmetic. A malformed signature raises; a well-formed one that does not
match is `False`. Nothing here compares raw forms by guessing: `signature_from_raw`, `ciphertext_from_c1c3c2` and
`ciphertext_from_c1c2c3` say what they take.
"""

import secrets
from typing import Final, Protocol

from schemas.errors import FormatError
from sm import ciphertexts, curve, providers, signatures
from sm.ciphertexts import (
    MAX_PLAINTEXT_BYTES,
    ciphertext_from_c1c2c3,
    ciphertext_from_c1c3c2,
    ciphertext_to_c1c3c2,
)
from sm.digest import DIGEST_BYTES, Hash, sm3
from sm.keys import PrivateKey, PublicKey
from sm.providers.provider import not_decrypted
from sm.signatures import signature_from_raw, signature_to_raw

__all__ = [
    "DEFAULT_USER_ID",
    "MAX_PLAINTEXT_BYTES",
    "PrivateKey",
    "PublicKey",
    "SecretKey",
    "ciphertext_from_c1c2c3",
    "ciphertext_from_c1c3c2",
    "ciphertext_to_c1c3c2",
    "decrypt",
    "encrypt",
    "generate",
    "message_hash",
    "sign",
    "sign_digest",
    "signature_from_raw",
    "signature_to_raw",
    "verify",
    "verify_digest",
]

# GM/T 0009-2012 §10: the id where no other is agreed.
DEFAULT_USER_ID: Final = b"1234567812345678"
# Its length in bits has two bytes (GB/T 32918.2 §5.5).
_MAX_USER_ID_BYTES = 0xFFFF // 8

_CURVE_BYTES = b"".join(number.to_bytes(32) for number in (curve.A, curve.B, curve.GX, curve.GY))


class SecretKey(Protocol):
    """What signs and decrypts: a `PrivateKey` in memory, or a `sm.device.DeviceKey`."""

    @property
    def public_key(self) -> PublicKey: ...

    def sign_digest(self, digest: bytes) -> bytes: ...

    def decrypt(self, ciphertext_der: bytes) -> bytes: ...


def generate() -> PrivateKey:
    """A new key pair (GB/T 32918.1 §6.1), its private key from the system's randomness.

    Raises:
        SetupError: `sm.no_sm2`.
    """
    return PrivateKey((1 + secrets.randbelow(curve.N - 2)).to_bytes(32))


def message_hash(public_key: PublicKey, *, user_id: bytes) -> Hash:
    """An SM3 already fed with Z (GB/T 32918.2 §5.5). Feed it the message; its digest is `e`.

    Raises:
        FormatError: `sm.user_id_length`, over 8,191 bytes.
    """
    if len(user_id) > _MAX_USER_ID_BYTES:
        raise FormatError("sm.user_id_length", f"An SM2 user id has at most {_MAX_USER_ID_BYTES} bytes.")
    z = sm3((len(user_id) * 8).to_bytes(2) + user_id + _CURVE_BYTES + public_key.point[1:])
    return sm3(z.digest())


def sign(key: SecretKey, message: bytes, *, user_id: bytes) -> bytes:
    """The signature over a message, in DER (GB/T 32918.2 §6). It differs each time.

    Raises:
        FormatError: `sm.user_id_length`.
        SetupError: `sm.no_sm2`, `sm.provider_failed`.
    """
    return sign_digest(key, _digest(key.public_key, message, user_id))


def verify(public_key: PublicKey, message: bytes, signature_der: bytes, *, user_id: bytes) -> bool:
    """Is this the key's signature over the message under this user id? (GB/T 32918.2 §7)

    Raises:
        FormatError: `sm.der_*`, the signature is not strict DER; `sm.signature_range`; `sm.user_id_length`.
        SetupError: `sm.no_sm2`.
    """
    return verify_digest(public_key, _digest(public_key, message, user_id), signature_der)


def sign_digest(key: SecretKey, digest: bytes) -> bytes:
    """The signature over `e`, the digest of a `message_hash`, in DER.

    Raises:
        FormatError: `sm.digest_length`, not 32 bytes.
        SetupError: `sm.no_sm2`, `sm.provider_failed`.
    """
    _check_digest(digest)
    return key.sign_digest(digest)


def verify_digest(public_key: PublicKey, digest: bytes, signature_der: bytes) -> bool:
    """Is this the key's signature over `e`, the digest of a `message_hash`?

    Raises:
        FormatError: `sm.digest_length`, `sm.der_*`, `sm.signature_range`.
        SetupError: `sm.no_sm2`.
    """
    _check_digest(digest)
    signatures.values(signature_der)
    return providers.chosen().verify_digest(public_key.point, digest, signature_der)


def encrypt(public_key: PublicKey, plaintext: bytes) -> bytes:
    """The ciphertext of 1 to 255 bytes, in DER (GB/T 32918.4 §6). It differs each time.

    Raises:
        FormatError: `sm.plaintext_length`.
        SetupError: `sm.no_sm2`, `sm.provider_failed`.
    """
    if not 1 <= len(plaintext) <= MAX_PLAINTEXT_BYTES:
        raise FormatError(
            "sm.plaintext_length",
            f"SM2 encrypts 1 to {MAX_PLAINTEXT_BYTES} bytes.",
            "Encrypt a file with SM4, and its key with SM2.",
        )
    provider = providers.chosen()
    while True:
        ciphertext_der = provider.encrypt(public_key.point, plaintext)
        # §6.1 A5: a keystream of zeros, which shows the plaintext, is drawn again. Not left to the library.
        if ciphertexts.parts(ciphertext_der)[2] != plaintext:
            return ciphertext_der


def decrypt(key: SecretKey, ciphertext_der: bytes) -> bytes:
    """The plaintext of a ciphertext in DER (GB/T 32918.4 §7).

    Raises:
        FormatError: `sm.der_*`, `sm.point_*`, `sm.ciphertext_length`: not an SM2Cipher.
        RefusedError: `sm.not_decrypted`, made for another key, or altered.
        SetupError: `sm.no_sm2`.
    """
    c2 = ciphertexts.parts(ciphertext_der)[2]
    plaintext = key.decrypt(ciphertext_der)
    if plaintext == c2:  # §7.1 B4: a keystream of zeros
        raise not_decrypted()
    return plaintext


def _digest(public_key: PublicKey, message: bytes, user_id: bytes) -> bytes:
    hashed = message_hash(public_key, user_id=user_id)
    hashed.update(message)
    return hashed.digest()


def _check_digest(digest: bytes) -> None:
    if len(digest) != DIGEST_BYTES:
        raise FormatError("sm.digest_length", "SM2 signs digests of 32 bytes.", "Make one with message_hash.")

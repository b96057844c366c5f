"""SM4 (GB/T 32907-2016) in three modes: GCM (RFC 8998), CTR and CBC (GB/T 17964-2021), whole and in pieces.

    GCM   confidential and authentic; what new files use. Nonce 12 bytes, tag 16 bytes, as RFC 8998 §2 has AEAD_SM4_GCM
    CTR   confidential only; the caller authenticates
    CBC   confidential only, padded with PKCS#7; read from files others made. Authenticate before decrypting

The pieces hold a block at most, so memory does not grow with a file. A `GcmDecryptor` gives plaintext before the tag is checked:
nothing may be done with it until `finish` returns. SM4 comes from the `cryptography` package, which brings its own OpenSSL and
lets other threads run. Importing this module computes the examples of RFC 8998 and draft-ribose-cfrg-sm4 and compares.
"""

from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from schemas.errors import FormatError, RefusedError, SetupError

__all__ = [
    "BLOCK_BYTES",
    "KEY_BYTES",
    "NONCE_BYTES",
    "TAG_BYTES",
    "CbcDecryptor",
    "CbcEncryptor",
    "CtrCipher",
    "GcmDecryptor",
    "GcmEncryptor",
    "cbc_decrypt",
    "cbc_encrypt",
    "ctr",
    "gcm_decrypt",
    "gcm_encrypt",
    "prove_sm4",
]

type Bytes = bytes | bytearray | memoryview

KEY_BYTES: Final = 16
BLOCK_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
# RFC 8998 §2, NIST SP 800-38D §5.2.1.1: the 32-bit counter of one nonce.
GCM_MAX_BYTES: Final = (1 << 36) - 32


def gcm_encrypt(key: bytes, nonce: bytes, plaintext: Bytes, associated: bytes = b"") -> bytes:
    """Ciphertext and tag, one behind the other. A nonce serves once under a key.

    Raises:
        FormatError: `sm.key_length`, `sm.nonce_length`, `sm.gcm_too_long`.
    """
    encryptor = GcmEncryptor(key, nonce, associated)
    return encryptor.update(plaintext) + encryptor.finish()


def gcm_decrypt(key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes = b"") -> bytes:
    """The plaintext of what `gcm_encrypt` made.

    Raises:
        FormatError: `sm.key_length`, `sm.nonce_length`, `sm.tag_length`, `sm.gcm_too_long`.
        RefusedError: `sm.not_authentic`, another key, nonce or associated data, or altered.
    """
    decryptor = GcmDecryptor(key, nonce, ciphertext[-TAG_BYTES:], associated)
    plaintext = decryptor.update(memoryview(ciphertext)[:-TAG_BYTES])
    decryptor.finish()
    return plaintext


def ctr(key: bytes, counter: bytes, data: Bytes) -> bytes:
    """Encrypts or decrypts, from a first counter block of 16 bytes. A counter block serves once under a key.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
    """
    return CtrCipher(key, counter).update(data)


def cbc_encrypt(key: bytes, iv: bytes, plaintext: Bytes) -> bytes:
    """With PKCS#7 padding; the IV of 16 bytes cannot be foreseen by who chooses the plaintext.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
    """
    encryptor = CbcEncryptor(key, iv)
    return encryptor.update(plaintext) + encryptor.finish()


def cbc_decrypt(key: bytes, iv: bytes, ciphertext: Bytes) -> bytes:
    """Without its PKCS#7 padding. Tell nobody who may not know the plaintext whether it was right.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
        RefusedError: `sm.padding`, another key, or altered, or not whole blocks.
    """
    decryptor = CbcDecryptor(key, iv)
    return decryptor.update(ciphertext) + decryptor.finish()


class GcmEncryptor:
    """Encrypts in pieces: `update` with each, then `finish` for the tag.

    Raises:
        FormatError: `sm.key_length`, `sm.nonce_length`; from `update` `sm.gcm_too_long`.
    """

    def __init__(self, key: bytes, nonce: bytes, associated: bytes = b"") -> None:
        _check_nonce(nonce)
        self._context = _cipher(key, modes.GCM(nonce)).encryptor()
        self._context.authenticate_additional_data(associated)
        self._left = GCM_MAX_BYTES

    def update(self, plaintext: Bytes) -> bytes:
        self._left = _take(self._left, plaintext)
        return self._context.update(plaintext)

    def finish(self) -> bytes:
        """The tag, 16 bytes."""
        self._context.finalize()
        return self._context.tag


class GcmDecryptor:
    """Decrypts in pieces: `update` with each, then `finish`. What `update` gives is worth nothing until `finish` returns.

    Raises:
        FormatError: `sm.key_length`, `sm.nonce_length`, `sm.tag_length`; from `update` `sm.gcm_too_long`.
    """

    def __init__(self, key: bytes, nonce: bytes, tag: bytes, associated: bytes = b"") -> None:
        _check_nonce(nonce)
        if len(tag) != TAG_BYTES:
            raise FormatError("sm.tag_length", f"An SM4-GCM tag has {TAG_BYTES} bytes.", "A shorter one is never accepted.")
        self._context = _cipher(key, modes.GCM(nonce, tag)).decryptor()
        self._context.authenticate_additional_data(associated)
        self._left = GCM_MAX_BYTES

    def update(self, ciphertext: Bytes) -> bytes:
        self._left = _take(self._left, ciphertext)
        return self._context.update(ciphertext)

    def finish(self) -> None:
        """Check the tag.

        Raises:
            RefusedError: `sm.not_authentic`.
        """
        try:
            self._context.finalize()
        except InvalidTag as error:
            raise RefusedError(
                "sm.not_authentic", "This SM4-GCM ciphertext is not authentic.", "Another key or nonce, or altered on the way."
            ) from error


class CtrCipher:
    """Encrypts or decrypts in pieces. There is nothing to finish.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
    """

    def __init__(self, key: bytes, counter: bytes) -> None:
        _check_iv(counter)
        self._context: CipherContext = _cipher(key, modes.CTR(counter)).encryptor()

    def update(self, data: Bytes) -> bytes:
        return self._context.update(data)


class CbcEncryptor:
    """Encrypts in pieces, the last of which comes from `finish`.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
    """

    def __init__(self, key: bytes, iv: bytes) -> None:
        _check_iv(iv)
        self._context: CipherContext = _cipher(key, modes.CBC(iv)).encryptor()
        self._padder = PKCS7(BLOCK_BYTES * 8).padder()

    def update(self, plaintext: Bytes) -> bytes:
        return self._context.update(self._padder.update(plaintext))

    def finish(self) -> bytes:
        return self._context.update(self._padder.finalize()) + self._context.finalize()


class CbcDecryptor:
    """Decrypts in pieces, the last of which comes from `finish`.

    Raises:
        FormatError: `sm.key_length`, `sm.iv_length`.
    """

    def __init__(self, key: bytes, iv: bytes) -> None:
        _check_iv(iv)
        self._context: CipherContext = _cipher(key, modes.CBC(iv)).decryptor()
        self._unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()

    def update(self, ciphertext: Bytes) -> bytes:
        return self._unpadder.update(self._context.update(ciphertext))

    def finish(self) -> bytes:
        """The last piece.

        Raises:
            RefusedError: `sm.padding`.
        """
        try:
            return self._unpadder.update(self._context.finalize()) + self._unpadder.finalize()
        except ValueError as error:
            raise RefusedError(
                "sm.padding", "This SM4-CBC ciphertext does not end as it should.", "Another key, or altered on the way."
            ) from error


def _cipher[Mode: modes.Mode](key: bytes, mode: Mode) -> Cipher[Mode]:
    if len(key) != KEY_BYTES:
        raise FormatError("sm.key_length", f"An SM4 key has {KEY_BYTES} bytes.")
    return Cipher(algorithms.SM4(key), mode)


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise FormatError("sm.nonce_length", f"An SM4-GCM nonce has {NONCE_BYTES} bytes.", "Other lengths weaken GCM.")


def _check_iv(iv: bytes) -> None:
    if len(iv) != BLOCK_BYTES:
        raise FormatError("sm.iv_length", f"An SM4-CBC IV and an SM4-CTR counter block have {BLOCK_BYTES} bytes.")


def _take(left: int, data: Bytes) -> int:
    """How many bytes one nonce may still serve after this piece."""
    remaining = left - memoryview(data).nbytes
    if remaining < 0:
        raise FormatError("sm.gcm_too_long", "One SM4-GCM nonce serves for 64 GiB.", "Encrypt large files in chunks.")
    return remaining


# RFC 8998 appendix A.1, and draft-ribose-cfrg-sm4-10 appendix A.2, whose key and IV are the same.
_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
_NONCE = bytes.fromhex("00001234567800000000abcd")
_ASSOCIATED = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_PLAINTEXT = b"".join(bytes((byte,)) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
_SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
_CTR = bytes.fromhex(
    "c2b4759e78ac3cf43d0852f4e8d5f9fd7256e8a5fcb65a350ee00630912e44492a0b17e1b85b060d0fba612d8a95831638b361fd5ffacd942f081485a83ca35d"
)
_CBC_PLAINTEXT = _KEY * 2
_CBC = bytes.fromhex("2677f46b09c122cc975533105bd4a22af6125f7275ce552c3a2bbcf533de8a3b")


def prove_sm4() -> None:
    """Compute the examples and compare.

    Raises:
        SetupError: `sm.no_sm4`, this `cryptography` has no SM4; `sm.wrong_sm4`, it computes something else.
    """
    try:
        right = _examples_come_out()
    except UnsupportedAlgorithm as error:
        raise SetupError(
            "sm.no_sm4", "The cryptography package on this machine has no SM4.", "pip install cryptography, from its own wheels."
        ) from error
    if not right:
        raise SetupError(
            "sm.wrong_sm4", "SM4 on this machine fails the known-answer test.", "Reinstall the cryptography package."
        )


def _examples_come_out() -> bool:
    altered = _SEALED[:-1] + b"\xed"
    try:
        gcm_decrypt(_KEY, _NONCE, altered, _ASSOCIATED)
    except RefusedError:
        pass
    else:
        return False
    return (
        gcm_encrypt(_KEY, _NONCE, _PLAINTEXT, _ASSOCIATED) == _SEALED
        and gcm_decrypt(_KEY, _NONCE, _SEALED, _ASSOCIATED) == _PLAINTEXT
        and ctr(_KEY, _KEY, _PLAINTEXT) == _CTR
        and cbc_encrypt(_KEY, _KEY, _CBC_PLAINTEXT).startswith(_CBC)
        and cbc_decrypt(_KEY, _KEY, cbc_encrypt(_KEY, _KEY, _CBC_PLAINTEXT)) == _CBC_PLAINTEXT
    )


prove_sm4()

"""Encrypted PKCS#8 (RFC 5958 §3) with PBES2 (RFC 8018 §6.2), read only.

Read is what OpenSSL 3 and GmSSL write: PBKDF2 with HMAC-SHA-256, -384, -512 or HMAC-SM3, then AES-CBC or SM4-CBC. Refused are
PBES1, PBKDF2 with SHA-1, scrypt, and iteration counts that would hold a machine up. The format cannot tell a wrong password from
an altered file.
"""

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from schemas.errors import FormatError, RefusedError
from sm import der, sm4

MAX_ITERATIONS = 2_000_000
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_PRFS = {
    bytes.fromhex("2a864886f70d0209"): "sha256",
    bytes.fromhex("2a864886f70d020a"): "sha384",
    bytes.fromhex("2a864886f70d020b"): "sha512",
    bytes.fromhex("2a811ccf5501831102"): "sm3",  # 1.2.156.10197.1.401.2, HMAC-SM3
}


def _aes_cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    context = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(context.update(ciphertext) + context.finalize()) + unpadder.finalize()


# Cipher → key length and decryption.
_CIPHERS: dict[bytes, tuple[int, Callable[[bytes, bytes, bytes], bytes]]] = {
    bytes.fromhex("60864801650304012a"): (32, _aes_cbc_decrypt),
    bytes.fromhex("608648016503040116"): (24, _aes_cbc_decrypt),
    bytes.fromhex("608648016503040102"): (16, _aes_cbc_decrypt),
    bytes.fromhex("2a811ccf55016802"): (16, sm4.cbc_decrypt),  # 1.2.156.10197.1.104.2, SM4-CBC
}


def decrypt_pkcs8(encrypted_der: bytes, password: bytes) -> bytes:
    """The PrivateKeyInfo in an EncryptedPrivateKeyInfo.

    Args:
        password: its bytes, as they were typed when the file was made (UTF-8).

    Raises:
        FormatError: `sm.der_*`; `sm.encryption_unknown`, another scheme; `sm.iterations`, under 1 or over 2,000,000 iterations;
            `sm.iv_length`.
        RefusedError: `sm.wrong_password`, or the file was altered.
    """
    outer = der.Reader(encrypted_der)
    inner = outer.sequence()
    outer.end()
    scheme = inner.sequence()
    ciphertext = inner.octets()
    inner.end()
    _expect(scheme, _PBES2)
    parameters = scheme.sequence()
    scheme.end()
    derive = _read_pbkdf2(parameters.sequence())
    cipher = parameters.sequence()
    parameters.end()
    key_bytes, decrypt = _known(_CIPHERS, cipher.element(der.OBJECT_IDENTIFIER))
    iv = cipher.octets()
    cipher.end()
    if len(iv) != sm4.BLOCK_BYTES:
        raise FormatError("sm.iv_length", "The IV of this encrypted key has not 16 bytes.")
    return _opened(decrypt, derive(password, key_bytes), iv, ciphertext)


def _read_pbkdf2(algorithm: der.Reader) -> Callable[[bytes, int], bytes]:
    """RFC 8018 appendix A.2: what makes a key of a password and a length."""
    _expect(algorithm, _PBKDF2)
    parameters = algorithm.sequence()
    algorithm.end()
    salt = parameters.octets()
    iterations = parameters.integer(31)
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise FormatError("sm.iterations", f"This key asks for more than {MAX_ITERATIONS} rounds of PBKDF2, or for none.")
    stated = parameters.integer(16) if parameters.peek() == der.INTEGER else None
    if parameters.peek() != der.SEQUENCE:
        raise _unknown()  # left out it means HMAC-SHA-1
    prf = parameters.sequence()
    parameters.end()
    digest = _known(_PRFS, prf.element(der.OBJECT_IDENTIFIER))
    if prf.peek() == der.NULL:
        prf.element(der.NULL)
    prf.end()

    def derive(password: bytes, length: int) -> bytes:
        if stated not in (None, length):
            raise _unknown()
        return hashlib.pbkdf2_hmac(digest, password, salt, iterations, length)

    return derive


def _opened(decrypt: Callable[[bytes, bytes, bytes], bytes], key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    try:
        opened = decrypt(key, iv, ciphertext)
        whole = der.Reader(opened)
        whole.sequence()
        whole.end()
    except (ValueError, RefusedError, FormatError) as error:
        hint = "Or the file is damaged."
        raise RefusedError("sm.wrong_password", "This password does not open the private key.", hint) from error
    return opened


def _expect(algorithm: der.Reader, identifier: bytes) -> None:
    if algorithm.element(der.OBJECT_IDENTIFIER) != identifier:
        raise _unknown()


def _known[Value](table: dict[bytes, Value], identifier: bytes) -> Value:
    if identifier not in table:
        raise _unknown()
    return table[identifier]


def _unknown() -> FormatError:
    return FormatError(
        "sm.encryption_unknown",
        "This private key is encrypted in a way that is not read.",
        "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 writes one that is.",
    )

"""SM2 by OpenSSL's libcrypto through its EVP interface.

Every call loads the key, computes, and frees all it made: no native object outlives a call, so none can leak and none is shared
between threads. Loading takes a tenth of the time of a signature. The calls that touch a private key are OpenSSL's constant-time
ones. Python's own copy of a private key cannot be wiped; OpenSSL's is.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_size_t, c_void_p

from schemas.errors import SetupError
from sm import curve
from sm.providers.libcrypto import OCTET_STRING, UNSIGNED_INTEGER, UTF8_STRING, Param, load
from sm.providers.provider import FAILED_HINT, not_decrypted

# evp.h: EVP_PKEY_PUBLIC_KEY, EVP_PKEY_KEYPAIR. obj_mac.h: NID_sm2. ec.h: POINT_CONVERSION_UNCOMPRESSED.
_PUBLIC, _PAIR = 0x86, 0x87
_NID_SM2 = 1172
_UNCOMPRESSED = 4
# A DER signature has at most 72 bytes; a ciphertext at most 110 bytes more than its plaintext.
_SIGNATURE_ROOM = 80
_CIPHERTEXT_ROOM = 128


class OpenSsl:
    """SM2 by the system's OpenSSL. Making one finds the library; it does not prove it.

    Raises:
        SetupError: `sm.no_libcrypto`; from the methods `sm.provider_failed`, this OpenSSL was built without SM2 or is out of
            memory.
    """

    name = "OpenSSL"

    def __init__(self) -> None:
        self._lib = load()
        self.version = str(self._lib.OpenSSL_version(0), "ascii").split()[1]

    def public_key(self, private_key: bytes) -> bytes:
        lib = self._lib
        group = lib.EC_GROUP_new_by_curve_name(_NID_SM2)
        if not group:
            raise self._failure("has no SM2 curve")
        made = lib.EC_POINT_new(group)
        scalar = lib.BN_bin2bn(private_key, len(private_key), None)
        try:
            out = ctypes.create_string_buffer(curve.POINT_BYTES)
            if not made or not scalar or lib.EC_POINT_mul(group, made, scalar, None, None, None) != 1:
                raise self._failure("could not compute a public key")
            size = lib.EC_POINT_point2oct(group, made, _UNCOMPRESSED, out, curve.POINT_BYTES, None)
        finally:
            lib.BN_clear_free(scalar)
            lib.EC_POINT_free(made)
            lib.EC_GROUP_free(group)
        return out.raw[:size]

    def sign_digest(self, private_key: bytes, public_key: bytes, digest: bytes) -> bytes:
        lib = self._lib
        with self._operation(public_key, private_key) as operation:
            out, size = ctypes.create_string_buffer(_SIGNATURE_ROOM), c_size_t(_SIGNATURE_ROOM)
            if lib.EVP_PKEY_sign_init(operation) != 1 or lib.EVP_PKEY_sign(operation, out, byref(size), digest, len(digest)) != 1:
                raise self._failure("could not sign")
            return out.raw[: size.value]

    def verify_digest(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        lib = self._lib
        with self._operation(public_key) as operation:
            if lib.EVP_PKEY_verify_init(operation) != 1:
                raise self._failure("could not verify")
            right: int = lib.EVP_PKEY_verify(operation, signature, len(signature), digest, len(digest))
            if right != 1:
                lib.ERR_clear_error()
            return right == 1

    def encrypt(self, public_key: bytes, plaintext: bytes) -> bytes:
        lib = self._lib
        with self._operation(public_key) as operation:
            room = len(plaintext) + _CIPHERTEXT_ROOM
            out, size = ctypes.create_string_buffer(room), c_size_t(room)
            if (
                lib.EVP_PKEY_encrypt_init(operation) != 1
                or lib.EVP_PKEY_encrypt(operation, out, byref(size), plaintext, len(plaintext)) != 1
            ):
                raise self._failure("could not encrypt")
            return out.raw[: size.value]

    def decrypt(self, private_key: bytes, public_key: bytes, ciphertext: bytes) -> bytes:
        lib = self._lib
        with self._operation(public_key, private_key) as operation:
            if lib.EVP_PKEY_decrypt_init(operation) != 1:
                raise self._failure("could not decrypt")
            out, size = ctypes.create_string_buffer(len(ciphertext)), c_size_t(len(ciphertext))
            if lib.EVP_PKEY_decrypt(operation, out, byref(size), ciphertext, len(ciphertext)) != 1:
                lib.ERR_clear_error()
                raise not_decrypted()
            plaintext = out.raw[: size.value]
            ctypes.memset(out, 0, len(ciphertext))
            return plaintext

    @contextmanager
    def _operation(self, public_key: bytes, private_key: bytes | None = None) -> Iterator[int]:
        """A context for one operation with this key, freed with the key afterwards."""
        key = self._key(public_key, private_key)
        context = None
        try:
            context = self._lib.EVP_PKEY_CTX_new_from_pkey(None, key, None)
            if not context:
                raise self._failure("could not use the key")
            yield context
        finally:
            self._lib.EVP_PKEY_CTX_free(context)
            self._lib.EVP_PKEY_free(key)

    def _key(self, public_key: bytes, private_key: bytes | None) -> c_void_p:
        """A new EVP_PKEY, to be freed by the caller."""
        lib = self._lib
        values = [Param(b"group", UTF8_STRING, b"SM2", 3, 0), Param(b"pub", OCTET_STRING, public_key, len(public_key), 0)]
        if private_key is not None:
            # An integer parameter has the byte order of the machine.
            native = private_key if sys.byteorder == "big" else private_key[::-1]
            values.append(Param(b"priv", UNSIGNED_INTEGER, native, len(native), 0))
        params = (Param * (len(values) + 1))(*values)
        context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        if not context:
            raise self._failure("has no SM2")
        key = c_void_p()
        try:
            selection = _PUBLIC if private_key is None else _PAIR
            if lib.EVP_PKEY_fromdata_init(context) != 1 or lib.EVP_PKEY_fromdata(context, byref(key), selection, params) != 1:
                raise self._failure("refuses the key")
        finally:
            lib.EVP_PKEY_CTX_free(context)
        return key

    def _failure(self, what: str) -> SetupError:
        """The error to raise; OpenSSL's own queue of errors is emptied, which belongs to this thread."""
        self._lib.ERR_clear_error()
        return SetupError("sm.provider_failed", f"{self.name} {self.version} {what}.", FAILED_HINT)

"""The functions of OpenSSL 3's libcrypto that SM2 needs, found and typed for ctypes.

Only functions with a fixed number of arguments, and no structure but OSSL_PARAM, whose layout is part of OpenSSL's promised ABI.
The library is the system's; the OpenSSL inside the `cryptography` package offers no SM2. ctypes releases the interpreter's lock
during a call.
"""

import ctypes
import ctypes.util
import sys
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p

from schemas.errors import SetupError

# The ABI this is written for, and the one after it, whose EVP functions are the same.
_SONAMES = {"darwin": ("libcrypto.3.dylib",), "win32": ("libcrypto-3-x64.dll", "libcrypto-3.dll")}
_SONAMES_ELSEWHERE = ("libcrypto.so.3", "libcrypto.so.4")
_OLDEST = 0x30000000

UTF8_STRING = 4
OCTET_STRING = 5
UNSIGNED_INTEGER = 2


class Param(ctypes.Structure):
    """OSSL_PARAM(3)."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_char_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


# Name → (result, arguments).
_FUNCTIONS: dict[str, tuple[type | None, list[type]]] = {
    "OpenSSL_version": (c_char_p, [c_int]),
    "OpenSSL_version_num": (c_ulong, []),
    "ERR_clear_error": (None, []),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_new_from_pkey": (c_void_p, [c_void_p, c_void_p, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_fromdata_init": (c_int, [c_void_p]),
    "EVP_PKEY_fromdata": (c_int, [c_void_p, POINTER(c_void_p), c_int, POINTER(Param)]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_sign_init": (c_int, [c_void_p]),
    "EVP_PKEY_sign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_PKEY_verify_init": (c_int, [c_void_p]),
    "EVP_PKEY_verify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_PKEY_encrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_encrypt": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_PKEY_decrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_decrypt": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EC_GROUP_new_by_curve_name": (c_void_p, [c_int]),
    "EC_GROUP_free": (None, [c_void_p]),
    "EC_POINT_new": (c_void_p, [c_void_p]),
    "EC_POINT_free": (None, [c_void_p]),
    "EC_POINT_mul": (c_int, [c_void_p] * 6),
    "EC_POINT_point2oct": (c_size_t, [c_void_p, c_void_p, c_int, c_char_p, c_size_t, c_void_p]),
    "BN_bin2bn": (c_void_p, [c_char_p, c_int, c_void_p]),
    "BN_clear_free": (None, [c_void_p]),
}


def load() -> ctypes.CDLL:
    """The system's libcrypto, version 3 or newer.

    Raises:
        SetupError: `sm.no_libcrypto`, not there, older, or without a function that is needed.
    """
    for soname in _SONAMES.get(sys.platform, _SONAMES_ELSEWHERE):
        try:
            return _typed(ctypes.CDLL(soname))
        except OSError:
            continue
    found = ctypes.util.find_library("crypto")
    if found is None:
        raise SetupError("sm.no_libcrypto", "There is no libcrypto on this machine.", "Install OpenSSL 3.")
    return _typed(ctypes.CDLL(found))


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, arguments) in _FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise SetupError("sm.no_libcrypto", f"This libcrypto has no {name}.", "Install OpenSSL 3.") from error
        function.restype, function.argtypes = result, arguments
    if library.OpenSSL_version_num() < _OLDEST:
        raise SetupError("sm.no_libcrypto", "This libcrypto is older than version 3.", "Install OpenSSL 3.")
    return library

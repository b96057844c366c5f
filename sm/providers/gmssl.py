"""SM2 by GmSSL through `gmssl-pyx`, for machines whose OpenSSL has none (RHEL, Rocky and Fedora build it without).

It holds the interpreter's lock while it computes, and writes a trace of GmSSL's own to the standard error stream for every
signature and ciphertext it refuses; the trace holds no content. It has no function from a private key to its point: the point is
found from two signatures made for the purpose.
"""

import importlib

from schemas.errors import SetupError
from sm import signatures
from sm.providers.provider import FAILED_HINT, not_decrypted
from sm.providers.recovering import candidates

# Two digests of no meaning, to be signed where the public key is looked for.
_PROBES = (b"medcred sm2 key recovery probe 1", b"medcred sm2 key recovery probe 2")


class GmsslPyx:
    """SM2 by gmssl-pyx. Making one imports it; it does not prove it.

    Raises:
        SetupError: `sm.no_gmssl_pyx`, not installed or not for this machine; from the methods `sm.provider_failed`.
    """

    name = "gmssl-pyx"

    def __init__(self) -> None:
        try:
            self._lib = importlib.import_module("gmssl_pyx")
        except ImportError as error:
            raise SetupError("sm.no_gmssl_pyx", "gmssl-pyx is not installed.", "pip install gmssl-pyx") from error
        self.version = str(self._lib.__version__)

    def public_key(self, private_key: bytes) -> bytes:
        first, second = (self._sign(private_key, digest) for digest in _PROBES)
        for point in candidates(_PROBES[0], signatures.values(first)):
            if self.verify_digest(point, _PROBES[1], second):
                return point
        raise SetupError("sm.provider_failed", f"{self.name} could not compute a public key.", FAILED_HINT)

    def sign_digest(self, private_key: bytes, public_key: bytes, digest: bytes) -> bytes:
        return self._sign(private_key, digest)

    def _sign(self, private_key: bytes, digest: bytes) -> bytes:
        try:
            return bytes(self._lib.sm2_sign_sm3_digest(private_key, digest))
        except self._lib.GmsslInnerError as error:
            raise SetupError("sm.provider_failed", f"{self.name} could not sign.", FAILED_HINT) from error

    def verify_digest(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        try:
            return bool(self._lib.sm2_verify_sm3_digest(public_key[1:], digest, signature))
        except self._lib.GmsslInnerError:
            return False

    def encrypt(self, public_key: bytes, plaintext: bytes) -> bytes:
        try:
            return bytes(self._lib.sm2_encrypt(public_key[1:], plaintext))
        except self._lib.GmsslInnerError as error:
            raise SetupError("sm.provider_failed", f"{self.name} could not encrypt.", FAILED_HINT) from error

    def decrypt(self, private_key: bytes, public_key: bytes, ciphertext: bytes) -> bytes:
        try:
            return bytes(self._lib.sm2_decrypt(private_key, ciphertext))
        except self._lib.GmsslInnerError as error:
            raise not_decrypted() from error

"""What computes SM2 for this room."""

from typing import Protocol

from schemas.errors import RefusedError

FAILED_HINT = "`medcred doctor` says which libraries compute SM2 here."


class Sm2Provider(Protocol):
    """An implementation of SM2 (GB/T 32918) on bytes whose form was checked before.

    Points are `04 ‖ x ‖ y` on the curve, private keys 32 bytes from 1 to n-2, digests the 32 bytes `e` of GB/T 32918.2 §6.1 A2,
    signatures and ciphertexts the strict DER of GM/T 0009. Safe to call from several threads.
    """

    @property
    def name(self) -> str:
        """The library, as the doctor calls it."""
        ...

    @property
    def version(self) -> str: ...

    def public_key(self, private_key: bytes) -> bytes:
        """The point of a private key."""
        ...

    def sign_digest(self, private_key: bytes, public_key: bytes, digest: bytes) -> bytes:
        """GB/T 32918.2 §6.1 from step A3."""
        ...

    def verify_digest(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        """GB/T 32918.2 §7.1 from step B5."""
        ...

    def encrypt(self, public_key: bytes, plaintext: bytes) -> bytes:
        """GB/T 32918.4 §6.1."""
        ...

    def decrypt(self, private_key: bytes, public_key: bytes, ciphertext: bytes) -> bytes:
        """GB/T 32918.4 §7.1.

        Raises:
            RefusedError: `sm.not_decrypted`, for another key, or altered.
        """
        ...


def not_decrypted() -> RefusedError:
    """What `decrypt` raises: the format cannot tell another key from an altered ciphertext."""
    return RefusedError(
        "sm.not_decrypted",
        "This ciphertext does not decrypt with this key.",
        "It was made for another key, or altered on the way.",
    )

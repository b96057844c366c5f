"""The seam for cryptographic devices: machines and cards that keep the private key and never show it.

A driver is a class with the three methods of `Sm2Device`; what it does with sessions, slots and PINs is its own affair.

    method         SDF, GM/T 0018-2012          SKF, GM/T 0016-2012     PKCS#11 with a vendor's SM2 mechanism
    public_key     SDF_ExportSignPublicKey_ECC  SKF_ExportPublicKey     C_GetAttributeValue, CKA_EC_POINT
    sign_digest    SDF_InternalSign_ECC         SKF_ECCSignData         C_Sign
    decrypt        SDF_InternalDecrypt_ECC      SKF_ECCDecrypt          C_Decrypt

A device is not believed: its point is checked, it signs once and the signature is verified in this process before the key is
used, and so is every signature after that. **No device has been tried**: the seam is proven by a device made of software in the
tests, and no driver is here.
"""

from typing import Final, Protocol

from schemas.errors import FormatError, SetupError, UnavailableError
from sm import ciphertexts, providers, signatures
from sm.keys import PublicKey

__all__ = ["DeviceKey", "Sm2Device"]

# A digest of no meaning, to be signed once when the key is opened.
_PROBE: Final = b"medcred sm2 device key probe one"


class Sm2Device(Protocol):
    """What a driver offers. Forms are raw, as devices have them.

    The methods raise UnavailableError with a code of the driver's own when the device does not answer or wants its PIN.
    """

    @property
    def name(self) -> str:
        """The device, as an operator knows it. No PIN, no serial number that must not be shown."""
        ...

    def public_key(self, label: str) -> bytes:
        """`04 ‖ x ‖ y` of the key with this label (or index, or container)."""
        ...

    def sign_digest(self, label: str, digest: bytes) -> bytes:
        """`r ‖ s` over the 32 bytes of `e` (GB/T 32918.2 §6.1 from A3); Z is in it already."""
        ...

    def decrypt(self, label: str, ciphertext_c1c3c2: bytes) -> bytes:
        """The plaintext of `04 ‖ x ‖ y ‖ C3 ‖ C2`.

        Raises:
            RefusedError: `sm.not_decrypted`.
        """
        ...


class DeviceKey:
    """A private key inside a device, for `sm.sm2.sign` and `sm.sm2.decrypt`.

    Raises:
        FormatError: `sm.point_*`, the device's public key is none.
        SetupError: `sm.wrong_device`, its signature does not verify under its own public key.
        UnavailableError: what the driver raises.
    """

    def __init__(self, device: Sm2Device, label: str) -> None:
        self._device: Final = device
        self._label: Final = label
        self.public_key: Final = PublicKey(device.public_key(label))
        try:
            self.sign_digest(_PROBE)
        except UnavailableError as error:
            if error.code != "sm.device_answer":
                raise
            raise SetupError(
                "sm.wrong_device",
                f"{device.name} does not sign with the key it names.",
                "Is the label that of a signing key? Is the digest signed as it is, without hashing it again?",
            ) from error

    def sign_digest(self, digest: bytes) -> bytes:
        """The device's signature over `e`, in DER, verified before it is given away.

        Raises:
            UnavailableError: `sm.device_answer`, it is no signature of this key; and what the driver raises.
        """
        raw = self._device.sign_digest(self._label, digest)
        try:
            signature_der = signatures.signature_from_raw(raw)
        except FormatError as error:
            raise self._strange() from error
        if not providers.chosen().verify_digest(self.public_key.point, digest, signature_der):
            raise self._strange()
        return signature_der

    def decrypt(self, ciphertext_der: bytes) -> bytes:
        """The device's plaintext of a ciphertext in DER.

        Raises:
            RefusedError: `sm.not_decrypted`.
            UnavailableError: `sm.device_answer`, it has another length than C2; and what the driver raises.
        """
        plaintext = self._device.decrypt(self._label, ciphertexts.ciphertext_to_c1c3c2(ciphertext_der))
        if len(plaintext) != len(ciphertexts.parts(ciphertext_der)[2]):
            raise self._strange()
        return plaintext

    def __repr__(self) -> str:
        return f"DeviceKey({self._device.name}, of {self.public_key!r})"

    def _strange(self) -> UnavailableError:
        return UnavailableError("sm.device_answer", f"{self._device.name} gave a wrong answer.", "Try again; ask its maker.")

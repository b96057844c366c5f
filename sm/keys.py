"""SM2 keys, and their forms: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), PKCS#8 (RFC 5208) with an ECPrivateKey (RFC 5915), PEM.

The algorithm is id-ecPublicKey with the curve named by 1.2.156.10197.1.301, as GM/T 0009 §7.1 has it and OpenSSL and GmSSL write
it. Order of reading: strict DER, the algorithm, the point on its curve, the private key's range, and that the point in the file
is the private key's own. A file that lacks the point gets it computed. Python cannot wipe a private key from memory; a device
(`sm.device`) never shows it.
"""

from typing import Final, Self

from schemas.errors import FormatError
from sm import curve, der, pem, providers

# id-ecPublicKey 1.2.840.10045.2.1 and the SM2 curve 1.2.156.10197.1.301, as the content of an OBJECT IDENTIFIER.
_EC_PUBLIC_KEY: Final = bytes.fromhex("2a8648ce3d0201")
_SM2_CURVE: Final = bytes.fromhex("2a811ccf5501822d")
_PUBLIC_LABEL = "PUBLIC KEY"
_PRIVATE_LABEL = "PRIVATE KEY"
_ENCRYPTED_LABEL = "ENCRYPTED PRIVATE KEY"
_SCALAR_BYTES = 32


class PublicKey:
    """A point of the curve. `point` is `04 ‖ x ‖ y`; two keys are equal when their points are.

    Raises:
        FormatError: `sm.point_infinity`, `sm.point_compressed`, `sm.point_malformed`, `sm.point_range`, `sm.point_off_curve`.
    """

    __slots__ = ("point",)

    def __init__(self, point: bytes) -> None:
        curve.check_point(point)
        self.point: Final = bytes(point)

    @classmethod
    def from_spki(cls, spki_der: bytes) -> Self:
        """The key in a DER SubjectPublicKeyInfo.

        Raises:
            FormatError: `sm.der_*`, not strict DER; `sm.not_sm2`, a key of another algorithm or curve; `sm.point_*`.
        """
        outer = der.Reader(spki_der)
        inner = outer.sequence()
        outer.end()
        _check_algorithm(inner.sequence())
        point = inner.bits()
        inner.end()
        return cls(point)

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """The key in a PEM `PUBLIC KEY`.

        Raises:
            FormatError: `sm.pem_malformed`, and the codes of `from_spki`.
        """
        return cls.from_spki(pem.decode(text, _PUBLIC_LABEL))

    def to_spki(self) -> bytes:
        return der.sequence(_algorithm(), der.bits(self.point))

    def to_pem(self) -> str:
        return pem.encode(self.to_spki(), _PUBLIC_LABEL)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"


class PrivateKey:
    """A private key in this process's memory, with its public key. It does not show itself, compare or hash."""

    __slots__ = ("_scalar", "public_key")

    def __init__(self, scalar: bytes) -> None:
        """From 32 bytes, big-endian, from 1 to n-2 (GB/T 32918.1 §6.1).

        Raises:
            FormatError: `sm.private_key_length`, `sm.private_key_range`.
            SetupError: `sm.no_sm2`.
        """
        if len(scalar) != _SCALAR_BYTES:
            raise FormatError("sm.private_key_length", "An SM2 private key has 32 bytes.")
        if not 1 <= int.from_bytes(scalar) <= curve.N - 2:
            raise FormatError("sm.private_key_range", "This SM2 private key is not between 1 and n-2.")
        self._scalar: Final = bytes(scalar)
        self.public_key: Final = PublicKey(providers.chosen().public_key(self._scalar))

    @classmethod
    def from_pkcs8(cls, key_der: bytes) -> Self:
        """The key in a DER PrivateKeyInfo.

        Raises:
            FormatError: `sm.der_*`; `sm.key_version`, not version 0 with an ECPrivateKey of version 1; `sm.not_sm2`;
                `sm.private_key_*`; `sm.point_*`; `sm.key_mismatch`, the point in the file is another key's.
            SetupError: `sm.no_sm2`.
        """
        outer = der.Reader(key_der)
        inner = outer.sequence()
        outer.end()
        _check_version(inner.integer(8), 0)
        _check_algorithm(inner.sequence())
        key = cls._from_ec_private_key(inner.octets())
        if inner.peek() == der.CONTEXT_0:
            inner.element(der.CONTEXT_0)  # attributes, which say nothing of the key itself
        inner.end()
        return key

    @classmethod
    def _from_ec_private_key(cls, key_der: bytes) -> Self:
        """RFC 5915 §3."""
        outer = der.Reader(key_der)
        inner = outer.sequence()
        outer.end()
        _check_version(inner.integer(8), 1)
        key = cls(inner.octets())
        if inner.peek() == der.CONTEXT_0:
            parameters = der.Reader(inner.element(der.CONTEXT_0))
            _check_curve(parameters)
        if inner.peek() == der.CONTEXT_1:
            wrapped = der.Reader(inner.element(der.CONTEXT_1))
            point = wrapped.bits()
            wrapped.end()
            if PublicKey(point) != key.public_key:
                raise FormatError("sm.key_mismatch", "The public key in this file does not belong to its private key.")
        inner.end()
        return key

    @classmethod
    def from_pem(cls, text: str, password: bytes | None = None) -> Self:
        """The key in a PEM `PRIVATE KEY`, or with a password in an `ENCRYPTED PRIVATE KEY`.

        Raises:
            FormatError: `sm.pem_malformed`; `sm.password_needed`, encrypted and no password given; `sm.password_needless`, the
                other way round; and the codes of `from_pkcs8` and `sm.encrypted_keys.decrypt_pkcs8`.
            RefusedError: `sm.wrong_password`.
        """
        encrypted = pem.label(text) == _ENCRYPTED_LABEL
        if encrypted and password is None:
            raise FormatError("sm.password_needed", "This private key is encrypted.", "Give its password.")
        if not encrypted and password is not None:
            raise FormatError("sm.password_needless", "This private key is not encrypted.", "Give no password.")
        if password is None:
            return cls.from_pkcs8(pem.decode(text, _PRIVATE_LABEL))
        from sm.encrypted_keys import decrypt_pkcs8  # needs SM4 and AES, which other keys do not

        return cls.from_pkcs8(decrypt_pkcs8(pem.decode(text, _ENCRYPTED_LABEL), password))

    def to_bytes(self) -> bytes:
        """The 32 bytes themselves. Keep them nowhere but where a private key may lie."""
        return self._scalar

    def to_pkcs8(self) -> bytes:
        """DER PrivateKeyInfo, not encrypted, with the public key."""
        inner = der.sequence(
            der.integer(1), der.octets(self._scalar), der.element(der.CONTEXT_1, der.bits(self.public_key.point))
        )
        return der.sequence(der.integer(0), _algorithm(), der.octets(inner))

    def to_pem(self) -> str:
        """PEM `PRIVATE KEY`, not encrypted."""
        return pem.encode(self.to_pkcs8(), _PRIVATE_LABEL)

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a digest `e`, in DER. Used by `sm.sm2`."""
        return providers.chosen().sign_digest(self._scalar, self.public_key.point, digest)

    def decrypt(self, ciphertext_der: bytes) -> bytes:
        """The plaintext of a ciphertext whose form was checked. Used by `sm.sm2`."""
        return providers.chosen().decrypt(self._scalar, self.public_key.point, ciphertext_der)

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public_key!r})"

    def __reduce__(self) -> str:
        raise TypeError("an SM2 private key is not pickled")


def _algorithm() -> bytes:
    return der.sequence(der.element(der.OBJECT_IDENTIFIER, _EC_PUBLIC_KEY), der.element(der.OBJECT_IDENTIFIER, _SM2_CURVE))


def _check_algorithm(reader: der.Reader) -> None:
    if reader.element(der.OBJECT_IDENTIFIER) != _EC_PUBLIC_KEY:
        raise FormatError("sm.not_sm2", "This key is not for an elliptic curve.", "An SM2 key is needed.")
    _check_curve(reader)


def _check_curve(reader: der.Reader) -> None:
    """The curve by its name; explicit parameters are refused, they let a file choose its own generator (CVE-2020-0601)."""
    if reader.peek() != der.OBJECT_IDENTIFIER or reader.element(der.OBJECT_IDENTIFIER) != _SM2_CURVE:
        raise FormatError("sm.not_sm2", "This key is not for the SM2 curve by its name.", "An SM2 key is needed.")
    reader.end()


def _check_version(found: int, wanted: int) -> None:
    if found != wanted:
        raise FormatError("sm.key_version", "This private key file has another version.", "Write it as PKCS#8 with OpenSSL.")

"""Certificates as they are read: strict DER, bounded, nothing believed.

Reading needs no more than `cryptography`; a certificate whose key it does not know (SM2) is read as well. Order: size, DER,
the two places of the signature algorithm (RFC 5280 §4.1.1.2), every extension, no extension twice (§4.2), the subject, the LEI
and the role. A certificate that cannot be read in full is no certificate; a malformed LEI in it is a finding of its own.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from schemas.errors import FormatError
from verifier.identity.x509.der import INTEGER, read_element, read_elements
from verifier.identity.x509.extension import LEI_OID, ROLE_OID, Extension, Presence, read_lei, read_role

MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_CHAIN = 10
_MAX_PEM_BYTES = 4 * 1024 * 1024
_ORGANIZATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]*?)-----END CERTIFICATE-----")
_VERSION = 0xA0
# The object identifiers of ECDSA begin with 1.2.840.10045.4; RFC 5758 §3.2 gives them no parameters.
_ECDSA = bytes.fromhex("06082a8648ce3d04")
_NULL = bytes.fromhex("0500")
_LEI_SCHEME = re.compile(r"LEIXG-([0-9A-Z]{18}[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a certificate was issued to, in its own words. `common_name` may name a person."""

    organization: str = ""
    country: str = ""
    common_name: str = ""


@dataclass(frozen=True)
class Certificate:
    """A certificate that could be read in full. Nothing in it is believed yet."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(repr=False)
    key: bytes = field(repr=False)
    subject: Subject
    organization_identifiers: tuple[str, ...]
    lei: Extension
    role: Extension

    @cached_property
    def sha256(self) -> str:
        """The certificate's SHA-256, lower-case hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def not_before(self) -> datetime:
        return self.parsed.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        return self.parsed.not_valid_after_utc

    @property
    def is_ca(self) -> bool:
        """Whether it says of itself that it may issue certificates (RFC 5280 §4.2.1.9)."""
        return any(
            extension.value.ca for extension in self.parsed.extensions if isinstance(extension.value, x509.BasicConstraints)
        )

    @property
    def identifier_leis(self) -> tuple[str, ...]:
        """The LEIs that `organizationIdentifier` names (`LEIXG-…`, ETSI EN 319 412-1 §5.1.4)."""
        return tuple(match[1] for name in self.organization_identifiers if (match := _LEI_SCHEME.fullmatch(name)))


# What `cryptography` raises for DER that is no certificate, list or answer; a TypeError for a name whose value is a bit string.
UNREADABLE = (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion)


def read_certificate(der: bytes) -> Certificate:
    """A certificate from its DER.

    Raises:
        FormatError: `certificate.malformed`; `certificate.too_large`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise FormatError(
            "certificate.too_large", "This certificate is too large.", f"Up to {MAX_CERTIFICATE_BYTES} bytes are read."
        )
    try:
        return _read(der)
    except (FormatError, UnsupportedAlgorithm, *UNREADABLE) as error:
        raise _malformed() from error


def read_certificates(data: bytes) -> list[bytes]:
    """The DER of every certificate in a file: PEM, in the order of the file, or one in DER.

    Raises:
        FormatError: `certificate.malformed`, nothing of the kind in it; `certificate.too_large`.
    """
    if len(data) > _MAX_PEM_BYTES:
        raise FormatError(
            "certificate.too_large", "This file of certificates is too large.", f"Up to {_MAX_PEM_BYTES} bytes are read."
        )
    if b"-----BEGIN" not in data:
        read_certificate(data)
        return [data]
    try:
        found = [x509.load_pem_x509_certificate(match[0]).public_bytes(Encoding.DER) for match in _PEM.finditer(data)]
    except ValueError as error:
        raise _malformed() from error
    if not found:
        raise _malformed()
    return found


def read_chain(chain: Sequence[bytes]) -> list[Certificate]:
    """Every certificate of a chain, the leaf first.

    Raises:
        FormatError: `certificate.malformed`, one of them or none at all; `certificate.too_large`, one of them or too many.
    """
    if not chain:
        raise _malformed()
    if len(chain) > MAX_CHAIN:
        raise FormatError("certificate.too_large", "This chain has too many certificates.", f"Up to {MAX_CHAIN} are read.")
    return [read_certificate(der) for der in chain]


def chain_for(pool: Sequence[bytes], key: bytes) -> Sequence[bytes]:
    """Of the chains of several keys the certificate over `key`, then the authorities; all as it is where none is over it."""
    try:
        read = [read_certificate(der) for der in dict.fromkeys(pool)]
    except FormatError:
        return pool
    leaf = next((one for one in read if not one.is_ca and same_key(one.key, key)), None)
    return [leaf.der, *(one.der for one in read if one.is_ca)] if leaf else pool


def same_key(one: bytes, other: bytes) -> bool:
    """Whether two SubjectPublicKeyInfo in DER hold the same key, however each is written."""
    return _canonical_key(one) == _canonical_key(other)


def _canonical_key(spki: bytes) -> bytes:
    try:
        return load_der_public_key(spki).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return spki


def _read(der: bytes) -> Certificate:
    key = _key(der)
    parsed = x509.load_der_x509_certificate(der)
    # Read now: `cryptography` reads these when they are asked for, and a chain is judged by them.
    _ = parsed.issuer, parsed.not_valid_before_utc, parsed.not_valid_after_utc, parsed.signature, parsed.signature_algorithm_oid
    lei, role = _lei_and_role(parsed.extensions)
    return Certificate(
        der=der,
        parsed=parsed,
        key=key,
        subject=_subject(parsed.subject),
        organization_identifiers=_texts(parsed.subject, _ORGANIZATION_IDENTIFIER),
        lei=lei,
        role=role,
    )


def _key(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo, after a look at what `cryptography` only warns of or does not compare."""
    match [found for _, _, found in read_elements(read_element(der)[1])]:
        case [signed, algorithm, _signature]:
            fields = [found for _, _, found in read_elements(read_element(signed)[1])]
        case _:
            raise _malformed()
    if fields and fields[0][0] == _VERSION:
        fields = fields[1:]
    match fields:
        case [serial, inner_algorithm, _issuer, _validity, _subject_name, key, *_extensions]:
            number = read_element(serial)
        case _:
            raise _malformed()
    positive = number[0] == INTEGER and int.from_bytes(number[1], signed=True) > 0
    null_parameters = algorithm.startswith(_ECDSA, 2) and algorithm.endswith(_NULL)
    if algorithm != inner_algorithm or not positive or null_parameters:
        raise _malformed()
    return key


def _lei_and_role(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> tuple[Extension, Extension]:
    lei = role = draft_role = Extension()
    for extension in extensions:
        value = extension.value
        if not isinstance(value, x509.UnrecognizedExtension):
            continue
        if extension.oid.dotted_string == LEI_OID:
            lei, draft_role = read_lei(value.value, critical=extension.critical)
        elif extension.oid.dotted_string == ROLE_OID:
            role = read_role(value.value, critical=extension.critical)
    return lei, draft_role if role.presence is Presence.ABSENT else role


def _subject(name: x509.Name) -> Subject:
    oid = x509.NameOID
    organization, country, common_name = (
        ", ".join(_texts(name, attribute)) for attribute in (oid.ORGANIZATION_NAME, oid.COUNTRY_NAME, oid.COMMON_NAME)
    )
    return Subject(organization, country, common_name)


def _texts(name: x509.Name, attribute: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(found.value) for found in name.get_attributes_for_oid(attribute))


def _malformed() -> FormatError:
    return FormatError(
        "certificate.malformed", "This is not an X.509 certificate that can be read.", "It is PEM or DER; ask for the file again."
    )

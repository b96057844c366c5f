"""Authorities made for a test, all synthetic: roots, intermediates, hospitals' certificates, revocation lists, OCSP answers."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from verifier.identity.x509.extension import LEI_OID, ROLE_OID, lei_extension, role_extension
from verifier.identity.x509.revocation import Revocation

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BEGIN = AT - timedelta(days=30)
END = AT + timedelta(days=335)
LEI = "984500HKTESTHOSP0164"
OTHER_LEI = "5493001KJTIIGC8Y1R12"
ROLE = "Records officer"
CRL_URL = "http://crl.test/ca.crl"
OCSP_URL = "http://ocsp.test"
ORGANIZATION_IDENTIFIER = ObjectIdentifier("2.5.4.97")

_serials = itertools.count(1000)


@cache
def rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    """One RSA key for all tests that ask for the same; making one is slow."""
    return rsa.generate_private_key(65537, bits)


def new_key(kind: str) -> Any:
    return {
        "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "RSA": rsa_key,
    }[kind]()


def spki(key: Any) -> bytes:
    data: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return data


def signing_hash(key: Any) -> hashes.HashAlgorithm | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def name(common: str, *more: tuple[ObjectIdentifier, str], country: str = "HK") -> x509.Name:
    attributes = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, common), *more, (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def raw(oid: str, der: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), der)


type Extensions = Sequence[tuple[x509.ExtensionType, bool]]


@dataclass
class Authority:
    """A certificate authority: its key, its certificate, and those above it without the root."""

    subject: x509.Name
    key: Any
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def issue(
        self,
        subject: x509.Name,
        public_key: Any,
        extensions: Extensions,
        *,
        begin: datetime = BEGIN,
        end: datetime = END,
        digest: hashes.HashAlgorithm | None = None,
        serial: int | None = None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(public_key)
            .serial_number(serial or next(_serials))
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, digest or signing_hash(self.key))

    def below(
        self, common: str, *, kind: str = "P-256", key: Any = None, extensions: Extensions | None = None, **more: Any
    ) -> "Authority":
        """A CA that this one certifies."""
        key = key or new_key(kind)
        subject = name(common)
        made = self.issue(subject, key.public_key(), ca_extensions() if extensions is None else extensions, **more)
        above = () if self.certificate.issuer == self.subject else (self.certificate, *self.above)
        return Authority(subject, key, made, above)

    def hospital(self, *, key: Any = None, kind: str = "P-256", **more: Any) -> "Hospital":
        """A hospital's certificate; keyword arguments of `leaf_extensions` and `issue` change it."""
        key = key or new_key(kind)
        subject = more.pop("subject", None) or name(
            "Harbour Demonstration Hospital", (ORGANIZATION_IDENTIFIER, f"LEIXG-{more.get('lei') or LEI}")
        )
        issue = {what: more.pop(what) for what in ("begin", "end", "digest", "serial") if what in more}
        extensions = more.pop("extensions", None) or leaf_extensions(**more)
        leaf = self.issue(subject, key.public_key(), extensions, **issue)
        above = () if self.certificate.issuer == self.subject else (self.certificate, *self.above)
        return Hospital(key, leaf, above)

    def crl(
        self,
        revoked: Iterable[tuple[x509.Certificate, datetime]] = (),
        *,
        made: datetime = AT - timedelta(hours=1),
        until: datetime = AT + timedelta(days=7),
        key: Any = None,
    ) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.subject).last_update(made).next_update(until)
        for certificate, when in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(when).build()
            builder = builder.add_revoked_certificate(entry)
        builder = builder.add_extension(x509.CRLNumber(1), False)
        signer = key or self.key
        return builder.sign(signer, signing_hash(signer)).public_bytes(Encoding.DER)

    def ocsp(
        self,
        certificate: x509.Certificate,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        *,
        made: datetime = AT - timedelta(hours=1),
        until: datetime = AT + timedelta(days=1),
        revoked: datetime | None = None,
        key: Any = None,
        responder: x509.Certificate | None = None,
    ) -> bytes:
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(certificate, self.certificate, hashes.SHA256(), status, made, until, revoked, None)
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder or self.certificate)
        )
        if responder:
            builder = builder.certificates([responder])
        signer = key or self.key
        return builder.sign(signer, signing_hash(signer)).public_bytes(Encoding.DER)


@dataclass
class Hospital:
    """A hospital's key and its chain."""

    key: Any
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    @property
    def chain(self) -> list[bytes]:
        return [one.public_bytes(Encoding.DER) for one in (self.certificate, *self.above)]

    @property
    def spki(self) -> bytes:
        return spki(self.key)


def ca_extensions(*, path_length: int | None = None, more: Extensions = ()) -> Extensions:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (usage(key_cert_sign=True, crl_sign=True), True),
        (
            x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_URL)], None, None, None)]),
            False,
        ),
        *more,
    ]


def leaf_extensions(
    *,
    lei: str | None = LEI,
    role: str | None = ROLE,
    critical: bool = False,
    purposes: Sequence[ObjectIdentifier] | None = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    use: x509.KeyUsage | None = None,
    ca: bool = False,
    points: bool = True,
    more: Extensions = (),
) -> Extensions:
    made: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=ca, path_length=None), True),
        (use or usage(digital_signature=True, content_commitment=True), True),
    ]
    if purposes:
        made.append((x509.ExtendedKeyUsage(purposes), False))
    if points:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_URL)], None, None, None)
        made.append((x509.CRLDistributionPoints([point]), False))
        answer = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URL))
        made.append((x509.AuthorityInformationAccess([answer]), False))
    if lei:
        made.append((raw(LEI_OID, lei_extension(lei)), critical))
    if role:
        made.append((raw(ROLE_OID, role_extension(role)), False))
    return [*made, *more]


def usage(**allowed: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{use: allowed.get(use, False) for use in every})


def root(
    common: str = "Test Root", *, kind: str = "P-256", key: Any = None, extensions: Extensions | None = None, **more: Any
) -> Authority:
    """A self-signed root."""
    key = key or new_key(kind)
    subject = name(common)
    blank: Any = None
    made = Authority(subject, key, blank).issue(
        subject, key.public_key(), ca_extensions() if extensions is None else extensions, begin=more.pop("begin", BEGIN), **more
    )
    return Authority(subject, key, made)


@dataclass
class World:
    """Root, intermediate, hospital, and lists by both authorities that revoke nothing."""

    root: Authority
    middle: Authority
    hospital: Hospital

    @property
    def roots(self) -> list[bytes]:
        return [self.root.der]

    @property
    def lists(self) -> Revocation:
        return Revocation(crls=[self.root.crl(), self.middle.crl()])


def world(kind: str = "P-256") -> World:
    top = root(kind=kind)
    middle = top.below("Test Issuing CA", kind=kind)
    return World(top, middle, middle.hospital(kind=kind))

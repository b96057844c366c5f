"""May this certificate's key sign a record or a document? (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.12.)

A certificate without keyUsage or extendedKeyUsage is not limited. One that has them must allow signing: digitalSignature or
nonRepudiation, and one of the purposes under which people and organisations sign. A certificate for web servers, code, time
stamps or OCSP answers is refused, also when only a CA above it is limited to such.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from verifier.identity.x509.certificate import Certificate

_SIGNING_PURPOSES = {
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string,
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
    "1.3.6.1.5.5.7.3.36",  # documentSigning (RFC 9336)
    "1.2.840.113583.1.1.5",  # Adobe, authentic documents
    "1.3.6.1.4.1.311.10.3.12",  # Microsoft, document signing
}


def usage_reason(path: Sequence[Certificate]) -> str:
    """A reason code for a path, the leaf first and without the root."""
    leaf, *above = path
    if leaf.is_ca:
        return "certificate.usage.is_ca"
    if not _key_may_sign(leaf) or not all(_signs(certificate) for certificate in (leaf, *above)):
        return "certificate.usage.not_for_signing"
    return "certificate.usage.ok"


def _key_may_sign(certificate: Certificate) -> bool:
    for extension in certificate.parsed.extensions:
        if isinstance(extension.value, x509.KeyUsage):
            return extension.value.digital_signature or extension.value.content_commitment
    return True


def _signs(certificate: Certificate) -> bool:
    for extension in certificate.parsed.extensions:
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            return any(purpose.dotted_string in _SIGNING_PURPOSES for purpose in extension.value)
    return True

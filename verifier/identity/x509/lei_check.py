"""What a certificate says about the LEI of its subject, as one reason code.

In order: the extension's form, its check digits, the subject's `organizationIdentifier` beside it, the LEI that is expected, the
critical flag. A certificate without the extension may name the LEI in `organizationIdentifier` alone, as European certificates
for organisations do (ETSI EN 319 412-1 §5.1.4): the same authority vouches for it.
"""

from verifier.identity.lei import check_digits_ok
from verifier.identity.x509.certificate import Certificate
from verifier.identity.x509.extension import Presence


def stated_lei(certificate: Certificate) -> str | None:
    """The one LEI a certificate states, whether or not its check digits hold; None when it states none or several."""
    stated = {*certificate.identifier_leis, *([certificate.lei.value] if certificate.lei.value else [])}
    return stated.pop() if len(stated) == 1 else None


def usable_lei(certificate: Certificate) -> str | None:
    """The stated LEI when it is one, by form and check digits; None when the certificate contradicts itself."""
    if certificate.lei.presence is Presence.MALFORMED:
        return None
    lei = stated_lei(certificate)
    return lei if lei and check_digits_ok(lei) else None


def lei_reason(certificate: Certificate, expected: str | None) -> str:
    """A reason code for the LEI in a certificate.

    Args:
        certificate: any; nothing about trust is looked at here.
        expected: the LEI it must be, or None when any will do.
    """
    if Presence.MALFORMED in (certificate.lei.presence, certificate.role.presence):
        return "certificate.lei.malformed"
    stated = {*certificate.identifier_leis, *([certificate.lei.value] if certificate.lei.value else [])}
    if not stated:
        return "certificate.lei.missing"
    if not all(check_digits_ok(lei) for lei in stated):
        return "certificate.lei.check_digits"
    if len(stated) > 1:
        return "certificate.lei.disagrees"
    if expected is not None and expected not in stated:
        return "certificate.lei.other"
    if certificate.lei.critical or certificate.role.critical:
        return "certificate.lei.critical"
    return "certificate.lei.ok"

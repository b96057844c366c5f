"""What is at hand about revoked certificates: CRLs and OCSP answers, from files, stapled, or fetched beforehand.

Only what is strict DER and small enough is kept; the rest is counted, because somebody who hands over an unreadable list should
hear of it. Signatures are not looked at here: a list proves nothing until the path check finds its signer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from verifier.identity.x509.certificate import UNREADABLE, Certificate

MAX_CRL_BYTES = 2 * 1024 * 1024
MAX_ALL_CRL_BYTES = 4 * 1024 * 1024
MAX_OCSP_BYTES = 64 * 1024
MAX_FILES = 32


@dataclass(frozen=True, slots=True)
class Revocation:
    """Revocation data for a chain, and what it means when there is none.

    Args:
        crls: certificate revocation lists, each DER or PEM (RFC 5280 §5).
        ocsp: OCSP responses in DER (RFC 6960).
        required: True (hard fail): a certificate whose status is not known is doubt, `certificate.revocation.unavailable`.
            False (soft fail): it is a note, `certificate.revocation.not_checked`. Neither is ever a failure.
    """

    crls: Sequence[bytes] = ()
    ocsp: Sequence[bytes] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Readable:
    """The part of a `Revocation` that can be read, in DER, with the time each was made; `unreadable` counts the rest."""

    crls: tuple[tuple[bytes, x509.CertificateRevocationList], ...]
    answers: tuple[tuple[bytes, ocsp.OCSPResponse], ...]
    unreadable: int

    def before(self, end: datetime) -> "Readable":
        """Without what was made after `end`: a CA may leave a certificate off its lists once that has expired."""
        return Readable(
            tuple((der, crl) for der, crl in self.crls if crl.last_update_utc <= end),
            tuple((der, answer) for der, answer in self.answers if answer.this_update_utc <= end),
            self.unreadable,
        )

    def as_of(self, path: Iterable[Certificate]) -> datetime | None:
        """The time up to which the status of every certificate of a path is known: that of the oldest list or answer about it.
        A newer one that nobody signed must not make it look fresher."""
        known = []
        for certificate in path:
            times = [crl.last_update_utc for _, crl in self.crls if crl.issuer == certificate.parsed.issuer]
            times += [
                answer.this_update_utc for _, answer in self.answers if answer.serial_number == certificate.parsed.serial_number
            ]
            known.append(min(times, default=datetime.min.replace(tzinfo=UTC)))
        oldest = min(known, default=datetime.min.replace(tzinfo=UTC))
        return oldest if oldest.year > 1 else None


def readable(revocation: Revocation) -> Readable:
    """What can be read of some revocation data, each thing once. Never raises.

    Looking for a certificate in a list takes about two seconds a megabyte, so what goes beyond MAX_ALL_CRL_BYTES is left out
    and counted as unreadable; so is what goes beyond MAX_FILES of each kind.
    """
    given, answered = list(dict.fromkeys(revocation.crls)), list(dict.fromkeys(revocation.ocsp))
    crls: list[tuple[bytes, x509.CertificateRevocationList]] = []
    left = MAX_ALL_CRL_BYTES
    for data in given[:MAX_FILES]:
        if len(data) <= left and (crl := _crl(data)):
            left -= len(data)
            crls.append(crl)
    answers = [answer for data in answered[:MAX_FILES] if (answer := _answer(data))]
    return Readable(tuple(crls), tuple(answers), len(given) + len(answered) - len(crls) - len(answers))


def _crl(data: bytes) -> tuple[bytes, x509.CertificateRevocationList] | None:
    if len(data) > MAX_CRL_BYTES:
        return None
    try:
        load = x509.load_pem_x509_crl if data.lstrip().startswith(b"-----BEGIN") else x509.load_der_x509_crl
        crl = load(data)
        _ = crl.issuer, crl.extensions, crl.last_update_utc, crl.next_update_utc
        return crl.public_bytes(Encoding.DER), crl
    except UNREADABLE:
        return None


def _answer(data: bytes) -> tuple[bytes, ocsp.OCSPResponse] | None:
    if len(data) > MAX_OCSP_BYTES:
        return None
    try:
        answer = ocsp.load_der_ocsp_response(data)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        _ = answer.this_update_utc, answer.serial_number, answer.extensions, answer.certificates
        return data, answer
    except UNREADABLE:
        return None

"""Who signed this PDF file, and was it changed since? (ISO 32000-2 §12.8, PAdES EN 319 142-1.)

Order: the size, the reading of the file in a bounded process (`pdf_worker`), and for each signature: whether it holds, what it
covers and what came after, the time stamp, then the signer's certificate as in `verify_certificate`. A trusted time stamp says
when the certificate had to be valid; without one that is the time the question is asked for, because a signer's own clock
proves nothing. Where the signature does not hold, nothing is said about the signer. Nothing is fetched.
"""

import base64
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from schemas.errors import FormatError, SetupError
from verifier.identity.x509.certificate import read_certificate, read_chain
from verifier.identity.x509.path import judge_path
from verifier.identity.x509.result import CHECKS, CertificateResult, found, not_reached
from verifier.identity.x509.revocation import Revocation, readable
from verifier.identity.x509.verify import verify_certificate
from verifier.verdict import Check, Word, fold, stamp

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What reading one file may cost."""

    max_bytes: int = 20 * 1024 * 1024
    seconds: float = 20.0
    memory_bytes: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """One signature of a file. `signed_at` is a trusted time stamp's time; `claimed_at` is only the signer's word."""

    checks: tuple[Check, ...]
    certificate: CertificateResult
    signed_at: datetime | None = None
    claimed_at: datetime | None = None

    @property
    def verdict(self) -> Word:
        """All checks of this signature and its certificate in one word."""
        return fold((*self.checks, *self.certificate.checks))


@dataclass(frozen=True, slots=True)
class PdfResult:
    """The answer for a file: checks of the file, and of each signature in it."""

    file_checks: tuple[Check, ...]
    signatures: tuple[PdfSignature, ...] = field(default=())

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check, in order."""
        inner = [check for one in self.signatures for check in (*one.checks, *one.certificate.checks)]
        return (*self.file_checks, *inner)

    @property
    def verdict(self) -> Word:
        """All checks in one word: every signature must hold."""
        return fold(self.checks)

    @property
    def leis(self) -> tuple[str, ...]:
        """The LEIs of those who signed, each proved by its certificate."""
        return tuple(one.certificate.lei for one in self.signatures if one.certificate.good and one.certificate.lei)

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "verdict": self.verdict.value,
            "checks": [check.as_dict() for check in self.checks],
            "signatures": [
                {
                    "verdict": one.verdict.value,
                    "lei": one.certificate.lei,
                    "certificate": {name: value for name, value in one.certificate.as_dict().items() if name != "checks"},
                    "signedAt": stamp(one.signed_at) if one.signed_at else None,
                    "claimedAt": stamp(one.claimed_at) if one.claimed_at else None,
                }
                for one in self.signatures
            ],
        }


def verify_pdf(
    data: bytes,
    roots: Sequence[bytes],
    *,
    at: datetime,
    revocation: Revocation,
    expect_lei: str | None = None,
    stamp_roots: Sequence[bytes] | None = None,
    limits: PdfLimits | None = None,
) -> PdfResult:
    """Judge every signature in a PDF file. Takes up to `limits.seconds`; call it in a thread where others wait.

    Args:
        data: the file.
        roots, at, revocation, expect_lei: as for `verify_certificate`; `at` gives way to a trusted time stamp.
        stamp_roots: DER of the roots trusted for time stamps; None for `roots`.
        limits: size, time and memory.

    Raises:
        FormatError: a root that cannot be read. Never for the file.
        SetupError: `certificate.library`, the extra `certificates` is not installed; `pdf.worker`.
    """
    bounds = limits or PdfLimits()
    if importlib.util.find_spec("pyhanko") is None:
        raise SetupError(
            "certificate.library", "Judging PDF files needs pyhanko.", "Install it with: pip install 'medcred[certificates]'"
        )
    for root in (*roots, *(stamp_roots or ())):
        read_certificate(root)
    if len(data) > bounds.max_bytes:
        return PdfResult((found("pdf.form.too_costly"),))
    answer = _read(data, bounds)
    if "refused" in answer:
        return PdfResult((found(answer["refused"]),))
    if not answer["signatures"]:
        return PdfResult((found("pdf.form.ok"), found("pdf.signature.missing")))
    judge = _Judge(roots, roots if stamp_roots is None else stamp_roots, at, revocation, expect_lei)
    judged = [judge.signature(one, f"signature[{number}]") for number, one in enumerate(answer["signatures"])]
    return PdfResult((found("pdf.form.ok"),), tuple(judged))


@dataclass(frozen=True, slots=True)
class _Judge:
    roots: Sequence[bytes]
    stamp_roots: Sequence[bytes]
    at: datetime
    revocation: Revocation
    expect_lei: str | None

    def signature(self, read: dict[str, Any], about: str) -> PdfSignature:
        checks = [found(read["signature"], about=about)]
        if read["signature"] != "pdf.signature.ok" or read["changes"] == "pdf.changes.altered":
            if read["changes"]:
                checks.append(found(read["changes"], about=about))
            return PdfSignature(tuple(checks), CertificateResult(tuple(not_reached(name, about=about) for name in CHECKS)))
        signed_at, timestamp = self._timestamp(read["timestamp"])
        checks += [found(read["changes"], about=about), found(timestamp, about=about)]
        certificate = verify_certificate(
            _chain(read["chain"]),
            self.roots,
            at=signed_at or self.at,
            revocation=self.revocation,
            expect_lei=self.expect_lei,
            about=about,
        )
        return PdfSignature(tuple(checks), certificate, signed_at, _time(read["claimed_at"]))

    def _timestamp(self, read: dict[str, Any] | None) -> tuple[datetime | None, str]:
        """The stamped time when it may be believed, and the reason code. The authority must be valid now, not only then."""
        if read is None:
            return None, "pdf.timestamp.none"
        stamped = _time(read["at"])
        if not read["holds"] or stamped is None or stamped > self.at or not self._may_stamp(_chain(read["chain"])):
            return None, "pdf.timestamp.untrusted"
        return stamped, "pdf.timestamp.ok"

    def _may_stamp(self, chain_der: list[bytes]) -> bool:
        try:
            chain = read_chain(chain_der)
        except FormatError:
            return False
        judged = judge_path(chain, [read_certificate(root) for root in self.stamp_roots], self.at, readable(self.revocation))
        revoked = judged.revocation == "certificate.revocation.revoked"
        return judged.holds and not revoked and _is_stamp_authority(chain[0].parsed)


def _is_stamp_authority(certificate: x509.Certificate) -> bool:
    """RFC 3161 §2.3: extendedKeyUsage is critical and names time stamping alone."""
    purposes = [extension for extension in certificate.extensions if isinstance(extension.value, x509.ExtendedKeyUsage)]
    return any(one.critical and list(one.value) == [ExtendedKeyUsageOID.TIME_STAMPING] for one in purposes)


def _read(data: bytes, limits: PdfLimits) -> dict[str, Any]:
    command = [sys.executable, "-m", "verifier.identity.x509.pdf_worker", str(limits.memory_bytes), str(int(limits.seconds) + 1)]
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no word of a stranger on the line
            command, input=data, capture_output=True, env=environment, timeout=limits.seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {"refused": "pdf.form.too_costly"}
    if done.returncode < 0:
        return {"refused": "pdf.form.too_costly"}
    if done.returncode or not done.stdout:
        raise SetupError("pdf.worker", "The process that reads PDF files does not run.", "Run `medcred doctor`.")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _chain(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None

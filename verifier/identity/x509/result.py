"""What judging a certificate came to: checks that fold like any others, and what the certificate says once somebody vouches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from verifier.identity.x509.certificate import Subject
from verifier.reasons import REASONS
from verifier.verdict import Check, Result, Word, fold, stamp

CHECKS = ("form", "algorithm", "path", "usage", "key", "lei", "revocation")


@dataclass(frozen=True, slots=True)
class CertificateResult:
    """The answer for one chain.

    `lei`, `role` and `subject` are None unless the chain leads to a pinned root and the LEI stands in it without a fault: words
    nobody vouches for are not handed on. `as_of` is the time up to which the revocation lists speak.
    """

    checks: tuple[Check, ...]
    lei: str | None = None
    role: str | None = None
    subject: Subject | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    sha256: str = ""
    as_of: datetime | None = None

    @property
    def verdict(self) -> Word:
        """All checks in one word."""
        return fold(self.checks)

    @property
    def good(self) -> bool:
        """Whether the certificate proves its LEI, with or without notes."""
        return self.verdict in (Word.GENUINE, Word.GENUINE_WITH_NOTES)

    def check(self, name: str) -> Check:
        """The check of that name, one of CHECKS without the room's prefix."""
        return next(check for check in self.checks if check.code == f"certificate.{name}")

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON. A common name may be a person's, so it is left out."""
        shown: dict[str, Any] = {"verdict": self.verdict.value, "checks": [check.as_dict() for check in self.checks]}
        shown |= {"lei": self.lei, "role": self.role, "sha256": self.sha256}
        if self.subject:
            shown["subject"] = {"organization": self.subject.organization, "country": self.subject.country}
        times = {"notBefore": self.not_before, "notAfter": self.not_after, "asOf": self.as_of}
        return shown | {name: stamp(at) for name, at in times.items() if at}


def found(reason: str, facts: Mapping[str, str] | None = None, *, about: str = "") -> Check:
    """The check that a reason code of this room belongs to."""
    meaning = REASONS[reason]
    return Check(reason.rpartition(".")[0], meaning.result, reason, meaning.weight, about, facts or {})


def not_reached(name: str, *, about: str = "") -> Check:
    """A check that an earlier one made pointless."""
    meaning = REASONS["not_reached"]
    return Check(f"certificate.{name}", Result.UNKNOWN, "not_reached", meaning.weight, about)

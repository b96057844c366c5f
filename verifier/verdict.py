"""What a check finds and how the findings become one word.

A verdict is data: a list of checks, each `pass | fail | unknown` with a stable reason code. `fold` is the only place where
checks become a word. What is *true* of a document (its checks) is kept apart from what somebody *accepts* (`verifier.policy`):
an expired record is a genuine record, and a desk may still refuse it.

    genuine              every check holds
    genuine_with_notes   true, and there is something to know: expired but valid then, status some hours old, an LEI lapsed since
    could_not_check      something needed was not at hand; it says nothing against the record and is never shown in red
    not_genuine          altered, revoked or on hold, another holder, an issuer nobody vouches for, another or a rewritten log

When a document's signature does not hold, a verdict carries checks and nothing else of the file: no issuer, no type, no dates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Result(StrEnum):
    """What one check found."""

    PASS = "pass"  # noqa: S105 -- a result, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Weight(IntEnum):
    """What a finding does to the verdict; the heaviest one decides."""

    NONE = 0
    NOTE = 1
    DOUBT = 2
    BREAK = 3


class Word(StrEnum):
    """The four verdicts."""

    GENUINE = "genuine"
    GENUINE_WITH_NOTES = "genuine_with_notes"
    COULD_NOT_CHECK = "could_not_check"
    NOT_GENUINE = "not_genuine"


_WORDS = {
    Weight.NONE: Word.GENUINE,
    Weight.NOTE: Word.GENUINE_WITH_NOTES,
    Weight.DOUBT: Word.COULD_NOT_CHECK,
    Weight.BREAK: Word.NOT_GENUINE,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of one part of a document.

    `code` is the check's name (`signature`), `reason` the stable reason code (`signature.altered`), `about` the part it looked
    at: empty for the document itself, `credential[0]` for a credential inside a presentation. `facts` are machine-readable
    details (`as_of`, `path`); they never hold personal data.
    """

    code: str
    result: Result
    reason: str
    weight: Weight
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The check as JSON."""
        shown: dict[str, Any] = {"code": self.code, "result": self.result.value, "reason": self.reason}
        if self.about:
            shown["about"] = self.about
        if self.facts:
            shown["facts"] = dict(self.facts)
        return shown


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issued, in the words of the trust list's LEI record; never in those of the credential.

    `proved_by` names the roads by which it is that legal entity: `vlei`, `certificate`, or `registrar` when only the trust list
    says so.
    """

    did: str
    lei: str
    jurisdiction: str
    legal_name: str
    language: str
    other_names: tuple[tuple[str, str], ...]
    registration_status: str
    as_of: datetime
    proved_by: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The name in a language of the page (`zh-Hant`, `zh-Hans`, `en`, `pt`), or the legal name."""
        if self.language.lower() == language.lower():
            return self.legal_name
        names = {tag.lower(): value for value, tag in self.other_names}
        wanted = language.lower()
        return names.get(wanted) or names.get(wanted.split("-")[0]) or self.legal_name

    def as_dict(self) -> dict[str, Any]:
        """The issuer as JSON."""
        return {
            "did": self.did,
            "lei": self.lei,
            "jurisdiction": self.jurisdiction,
            "legalName": self.legal_name,
            "language": self.language,
            "otherNames": [{"value": value, "language": language} for value, language in self.other_names],
            "registrationStatus": self.registration_status,
            "asOf": stamp(self.as_of),
            "provedBy": list(self.proved_by),
        }


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed for the issuer. `role` is at least the issuer's word; `proved` says that it was shown, and only then there is
    the `legal_name` from the proof. The name stays out of `as_dict`."""

    did: str
    role: str
    proved: bool
    legal_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """What may be shown of one credential whose signature holds. `document` is the credential itself; it stays out of
    `as_dict`."""

    about: str
    verdict: Word
    types: tuple[str, ...]
    issuer: Issuer | None
    valid_from: datetime | None
    valid_until: datetime | None
    witnessed_at: datetime | None
    status_as_of: datetime | None
    document: Mapping[str, Any] = field(repr=False)
    signer: Signer | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON, without record content and without the subject."""
        shown: dict[str, Any] = {"verdict": self.verdict.value, "types": list(self.types)}
        if self.about:
            shown["about"] = self.about
        if self.issuer:
            shown["issuer"] = self.issuer.as_dict()
        if self.signer:
            shown["signer"] = {"id": self.signer.did, "role": self.signer.role, "proved": self.signer.proved}
        times = {
            "validFrom": self.valid_from,
            "validUntil": self.valid_until,
            "witnessedAt": self.witnessed_at,
            "statusAsOf": self.status_as_of,
        }
        return shown | {name: stamp(at) for name, at in times.items() if at}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole answer. `accepted` and `refusals` are the policy's; the rest is what is true."""

    verdict: Word
    accepted: bool
    refusals: tuple[str, ...]
    checks: tuple[Check, ...]
    credentials: tuple[Finding, ...]
    policy: str
    at: datetime

    @property
    def issuer(self) -> Issuer | None:
        """The one issuer of everything in the document, or None when nothing may be shown or there are several."""
        issuers = {finding.issuer for finding in self.credentials}
        return issuers.pop() if len(issuers) == 1 else None

    def check(self, code: str, about: str = "") -> Check | None:
        """The check of that name, if it is part of this verdict."""
        return next((check for check in self.checks if check.code == code and check.about == about), None)

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON; no record content, no subject."""
        issuer = self.issuer
        return {
            "verdict": self.verdict.value,
            "accepted": self.accepted,
            "refusals": list(self.refusals),
            "checks": [check.as_dict() for check in self.checks],
            "issuer": issuer.as_dict() if issuer else None,
            "credentials": [finding.as_dict() for finding in self.credentials],
            "policy": self.policy,
            "at": stamp(self.at),
        }


def fold(checks: Iterable[Check]) -> Word:
    """One word for a list of checks: the heaviest finding decides. No check at all is no knowledge."""
    return _WORDS[max((check.weight for check in checks), default=Weight.DOUBT)]


def stamp(at: datetime) -> str:
    """A time as an XML Schema dateTimeStamp in UTC, whole seconds."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")

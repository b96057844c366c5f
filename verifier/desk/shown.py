"""From a verdict as data to what stands on the page, in the reader's language.

The sentences of the checks are the verifier's own (`verifier.reasons`); the names of the checks and the big words are the desk's.
Nothing here judges: colour and sign follow the weight that the verdict's reason codes have.

    genuine ✓ green    genuine, check these ! amber    not genuine ✗ red    could not check ? grey, never red
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from schemas.display import Section, sections, type_name
from schemas.errors import RecordError
from schemas.types import RecordType
from verifier.desk.states import SessionState
from verifier.documents import parse_stamp
from verifier.reasons import REASONS, next_step, sentence
from verifier.verdict import Issuer, Result, Weight, Word
from web.language import Language, Words

ZONE = ZoneInfo("Asia/Hong_Kong")  # the whole Greater Bay Area keeps this time

STEPS_SHOWN = 3


@dataclass(frozen=True)
class Look:
    """How a verdict or a check looks: a tone of the style sheet, a sign, and what a screen reader says for the sign."""

    tone: str
    icon: str
    said: str

    @property
    def list_tone(self) -> str:
        """The tone's class in the list of checks, where good is called pass and bad fail."""
        return {"good": "pass", "bad": "fail"}.get(self.tone, self.tone)


GOOD = Look("good", "✓", "Good")
NOTE = Look("note", "!", "Note")
BAD = Look("bad", "✗", "Bad")
UNKNOWN = Look("unknown", "?", "Not known")

WORDS: dict[Word, tuple[Look, str, str]] = {
    Word.GENUINE: (GOOD, "Genuine", "The record is what the hospital issued, unchanged."),
    Word.GENUINE_WITH_NOTES: (NOTE, "Genuine, check these", "The record is genuine. Read the points marked ! before you use it."),
    Word.NOT_GENUINE: (BAD, "Not genuine", "Do not rely on this record."),
    Word.COULD_NOT_CHECK: (
        UNKNOWN,
        "Could not check",
        "This says nothing against the record: something needed for the check was not at hand.",
    ),
}

CHECK_NAMES = {
    "well_formed": "Form",
    "context": "Vocabulary",
    "schema": "Content",
    "issuer_key": "Signing key",
    "signature": "Signature",
    "trust_list": "Trust list",
    "issuer_trusted": "Hospital",
    "issuer_lei": "LEI",
    "issuer_vlei": "vLEI credentials",
    "issuer_binding": "Key under the LEI",
    "issuer_certificate": "LEI certificate",
    "signer_role": "Who signed for the hospital",
    "record_type_allowed": "Right to issue",
    "validity": "Period of validity",
    "status": "Status",
    "ledger": "Ledger",
    "log_consistent": "Ledger history",
    "attachments": "Attachments",
    "holder": "Holder",
    "clock": "Time of signing",
    "challenge": "Answer to this request",
    "domain": "Meant for this clinic",
    "consent": "Consent",
    "request": "What was asked",
}
"""What a person calls each check."""


NOTHING_TO_DO = "Compare the person with the photo ID, then use the record."

NOTHING_SHOWN = "Nothing of the record is shown, because checks that must pass first did not pass."


@dataclass(frozen=True)
class Line:
    """One check on the page."""

    code: str
    result: str
    look: Look
    name: str
    text: str


@dataclass(frozen=True)
class Part:
    """The checks of one part of the document: of itself, or of one record in it."""

    about: str
    title: str
    issuer: str
    lines: list[Line]


@dataclass(frozen=True)
class ShownIssuer:
    name: str
    lei: str
    as_of: str


@dataclass(frozen=True)
class Record:
    """What a person reads of one record whose signature holds."""

    title: str
    sections: list[Section]


@dataclass(frozen=True)
class Shown:
    """A verdict ready for the page."""

    code: Word
    look: Look
    word: str
    meaning: str
    refusals: list[str]
    issuer: ShownIssuer | None
    next_steps: list[str]
    parts: list[Part]
    checked_at: str
    machine: str


def show_verdict(verdict: Mapping[str, Any], language: Language, words: Words) -> Shown:
    """What the page says about a verdict.

    Args:
        verdict: `Verdict.as_dict()`, fresh or read back from the desk's row.
    """
    word = Word(verdict["verdict"])
    look, big, meaning = WORDS[word]
    genuine = word in (Word.GENUINE, Word.GENUINE_WITH_NOTES)
    issuer = _issuer(verdict["issuer"])
    at = parse_stamp(verdict["at"])
    return Shown(
        code=word,
        look=look,
        word=words.say(language, big),
        meaning=words.say(language, meaning),
        refusals=[sentence(code, language) for code in verdict["refusals"]] if genuine and not verdict["accepted"] else [],
        issuer=ShownIssuer(issuer.name(language), issuer.lei, time_text(issuer.as_of, language)) if issuer else None,
        next_steps=_next_steps(verdict["checks"], language) or [words.say(language, NOTHING_TO_DO)],
        parts=_parts(verdict, language, words),
        checked_at=time_text(at, language) if at else "",
        machine=json.dumps(verdict, ensure_ascii=False, indent=2),
    )


def show_records(presentation: Mapping[str, Any], verdict: Mapping[str, Any], language: Language) -> list[Record]:
    """The content of the records in a presentation, of those only whose signature held when the verdict was given."""
    held = presentation.get("verifiableCredential")
    credentials = held if isinstance(held, list) else [held]
    shown = {finding.get("about", "") for finding in verdict["credentials"]}
    return [
        show_record(credential, language)
        for place, credential in enumerate(credentials)
        if isinstance(credential, dict) and f"credential[{place}]" in shown
    ]


def show_record(credential: Mapping[str, Any], language: Language) -> Record:
    """The content of one record whose signature holds. A type that this desk has no words for has no sections."""
    try:
        read = sections(credential, language)
    except RecordError:
        read = []
    return Record(_title(credential.get("type"), language), read)


def time_text(at: datetime, language: Language) -> str:
    """A time as people in the Greater Bay Area read it, with its zone."""
    return format_datetime(at.astimezone(ZONE), "yyyy-MM-dd HH:mm", locale=language.replace("-", "_")) + " (UTC+8)"


def age_line(fetched_at: datetime | None, now: datetime, language: Language, words: Words) -> str:
    """How old the desk's trust list is, in one line."""
    if fetched_at is None:
        return words.say(language, "No list of trusted hospitals has been fetched yet.")
    hours = int((now - fetched_at).total_seconds() // 3600)
    as_of = time_text(fetched_at, language)
    if hours < 1:
        return words.say(language, "List of trusted hospitals as of {time}.", time=as_of)
    return words.say(language, "List of trusted hospitals as of {time}, {hours} hours old.", time=as_of, hours=hours)


STATE_TAGS = {
    SessionState.WAITING: "Waiting",
    SessionState.SCANNED: "Scanned",
    SessionState.CHECKING: "Checking",
    SessionState.DECLINED: "Declined",
    SessionState.EXPIRED: "Expired",
    SessionState.FAILED: "Did not work",
}


def session_tag(state: SessionState, verdict: Mapping[str, Any] | None) -> dict[str, str]:
    """The word and tone of a session in a list: its verdict, or the state it is in."""
    if verdict:
        look, word, _ = WORDS[Word(verdict["verdict"])]
        return {"word": word, "tone": look.tone}
    return {"word": STATE_TAGS.get(state, "Checking"), "tone": "unknown"}


def _parts(verdict: Mapping[str, Any], language: Language, words: Words) -> list[Part]:
    findings = {finding.get("about", ""): finding for finding in verdict["credentials"]}
    abouts = dict.fromkeys(check.get("about", "") for check in verdict["checks"])
    several = len({name for name in abouts if name}) > 1
    parts: list[Part] = []
    for about in abouts:
        finding = findings.get(about)
        title = words.say(language, "The answer as a whole") if not about and len(abouts) > 1 else ""
        if about:
            number = sum(1 for part in parts if part.about) + 1
            title = _title(finding["types"], language) if finding else words.say(language, "Record {number}", number=number)
        issuer = _issuer(finding.get("issuer")) if finding and several and not verdict["issuer"] else None
        lines = [_line(check, language, words) for check in verdict["checks"] if check.get("about", "") == about]
        parts.append(Part(about, title, issuer.name(language) if issuer else "", lines))
    return parts


def _line(check: Mapping[str, Any], language: Language, words: Words) -> Line:
    text = sentence(check["reason"], language)
    as_of = parse_stamp(check.get("facts", {}).get("as_of"))
    if as_of:
        text = words.say(language, "{text} As of {time}.", text=text, time=time_text(as_of, language))
    name = words.say(language, CHECK_NAMES.get(check["code"], check["code"]))
    return Line(check["code"], check["result"], _look(check), name, text)


def _look(check: Mapping[str, Any]) -> Look:
    match REASONS[check["reason"]].weight:
        case Weight.BREAK:
            return BAD
        case Weight.DOUBT:
            return UNKNOWN
        case Weight.NOTE:
            return NOTE
    return GOOD if check["result"] == Result.PASS else UNKNOWN


def _next_steps(checks: Sequence[Mapping[str, Any]], language: Language) -> list[str]:
    heavy = [check["reason"] for check in checks if REASONS[check["reason"]].weight > Weight.NONE]
    heavy.sort(key=lambda reason: -REASONS[reason].weight)
    return list(dict.fromkeys(step for reason in heavy if (step := next_step(reason, language))))[:STEPS_SHOWN]


def _title(types: object, language: Language) -> str:
    for name in types if isinstance(types, list) else []:
        if name in set(RecordType):
            return type_name(RecordType(name), language)
    return ", ".join(name for name in types if isinstance(name, str)) if isinstance(types, list) else ""


def _issuer(shown: Mapping[str, Any] | None) -> Issuer | None:
    """The issuer again, from its JSON."""
    if not shown:
        return None
    as_of = parse_stamp(shown["asOf"])
    assert as_of is not None, "the verifier wrote it"
    return Issuer(
        did=shown["did"],
        lei=shown["lei"],
        jurisdiction=shown["jurisdiction"],
        legal_name=shown["legalName"],
        language=shown["language"],
        other_names=tuple((name["value"], name["language"]) for name in shown["otherNames"]),
        registration_status=shown["registrationStatus"],
        as_of=as_of,
    )

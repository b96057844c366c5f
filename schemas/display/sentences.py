"""The values of a record as text: concepts, amounts, times, people.

Words in the reader's language stand first, then the other languages of the source after ` / `. A code of a clinical terminology
is shown with its system, so that a doctor can look it up; a code of an HL7 value set is put into words instead.
"""

import re
from collections.abc import Iterable, Sequence

from schemas.display.punctuation import joined
from schemas.labels import code_label, label, nearest
from schemas.records.base import Part
from schemas.records.laboratory import ReferenceRange
from schemas.records.measures import Quantity, Span, Timing, When
from schemas.records.medication import Strength
from schemas.records.people import Party, PersonName
from schemas.records.words import Coding, Concept, Text

# Parts that are one value on the page; all others have rows of their own.
VALUES = (Text, Coding, Concept, Quantity, Span, When, Timing, PersonName, Party, Strength, ReferenceRange)

_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://id.who.int/icd/release/11/mms": "ICD-11",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.whocc.no/atc": "ATC",
    "http://dicom.nema.org/resources/ontology/dcm": "DICOM",
    "hkmtt": "HKMTT",
    "https://www.ehealth.gov.hk/hkmtt": "HKMTT",
    "https://www.ehealth.gov.hk/hkctt": "HKCTT",
}
_VALUE_SETS = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "https://w3id.org/medcred/")
_TIME_UNITS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_LONG = 60
_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d):\d\d(\.\d+)?(?P<offset>Z|[+-]\d\d:\d\d)")


def say(value: object, language: str) -> str:
    """Any value, or list of values, of a record as one text."""
    match value:
        case bool():
            return code_label("yes" if value else "no", language) or ""
        case str():
            return code_label(value, language) or moment(value)
        case list() if value and all(isinstance(item, Text) for item in value):
            return words(value, language)
        case list():
            if all(isinstance(item, PersonName) for item in value):
                value = sorted(value, key=lambda name: _distance(name.language, language))
            return joined(dict.fromkeys(filter(None, (say(item, language) for item in value))), language)
        case Text():
            return value.value
        case Concept():
            return concept(value, language)
        case Quantity():
            return " ".join(filter(None, (value.comparator, value.value, _unit(value, language))))
        case Span():
            return _span(value, language)
        case Strength():
            return " / ".join(say(part, language) for part in (value.numerator, value.denominator) if part)
        case When():
            return _when(value, language)
        case Timing():
            return _timing(value, language)
        case PersonName():
            return value.full
        case Party():
            return _party(value, language)
        case ReferenceRange():
            return _reference_range(value, language)
    raise TypeError(f"no words for {type(value).__name__}")


def words(texts: Sequence[Text], language: str) -> str:
    """Texts that say the same in several languages, the reader's first. Long ones stand under each other."""
    ordered = sorted(texts, key=lambda text: _distance(text.language, language))
    said = _once(text.value for text in ordered)
    return ("\n" if any(len(text) > _LONG for text in said) else " / ").join(said)


def names(value: Concept, language: str, *, at_most: int | None = None) -> str:
    """What a concept is called, in every language the source has or the first few; its codes when it has no words."""
    texts = [*value.text, *(text for coding in value.coding for text in coding.display)]
    ordered = sorted(texts, key=lambda text: _distance(text.language, language))
    mine = [text.value for text in ordered if _distance(text.language, language) == 0]
    understood = [coding for coding in value.coding if _meaning(coding, language)]
    # Once a code of a value set is in the reader's words, the source's own name for it adds nothing.
    spare = {name.casefold() for c in understood for name in (c.code or "", *(text.value for text in c.display))}
    others = [text.value for text in ordered if text.value.casefold() not in spare]
    said = _once([*mine, *(_meaning(coding, language) or "" for coding in understood), *others])
    return " / ".join(said[:at_most]) or codes(value)


def codes(value: Concept) -> str:
    """The codes of a concept in terminologies a doctor knows, `SNOMED CT 387458008`; local codes where there is no other."""
    coded = [(_SYSTEMS.get((coding.system or "").lower(), ""), coding) for coding in value.coding if (coding.code or "-") != "-"]
    shown = [f"{system} {coding.code}" for system, coding in coded if system]
    wordless = not value.text and not any(coding.display for coding in value.coding)
    others = [str(coding.code) for _, coding in coded if wordless or not (coding.system or "").startswith(_VALUE_SETS)]
    return ", ".join(dict.fromkeys(shown or others))


def concept(value: Concept, language: str) -> str:
    """A concept with its codes in brackets."""
    named, coded = names(value, language), codes(value)
    if coded == named or any(_meaning(coding, language) for coding in value.coding):
        return named
    return f"{named} ({coded})" if coded else named


def moment(text: str) -> str:
    """A FHIR moment as a reader writes it, in its own time zone; any other text as it is."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return text
    offset = "" if found["offset"] in {"Z", "+00:00"} else found["offset"]
    return f"{found['day']} {found['time']} (UTC{offset})"


def _unit(value: Quantity, language: str) -> str | None:
    """A unit of time in words; every other unit is the same in all languages."""
    in_words = code_label(value.unit, language) if value.unit in _TIME_UNITS and value.unit == value.unit_code else None
    return in_words or value.unit


def _meaning(coding: Coding, language: str) -> str | None:
    return code_label(coding.code, language) if coding.code and (coding.system or "").startswith(_VALUE_SETS) else None


def _once(texts: Iterable[str]) -> list[str]:
    said: dict[str, str] = {}
    for text in texts:
        said.setdefault(text.casefold(), text)
    return list(said.values())


def _distance(tag: str | None, language: str) -> int:
    """0 the reader's language, 1 the same language in another script, 2 not stated, 3 another."""
    if tag is None:
        return 2
    if tag.split("-")[0].lower() != language.split("-")[0].lower():
        return 3
    return 0 if nearest(tag) == nearest(language) else 1


def _span(value: Span, language: str) -> str:
    low, high = value.low, value.high
    if low and high:
        same = low.unit == high.unit
        return f"{low.value if same else say(low, language)} – {say(high, language)}"
    return f"≥ {say(low, language)}" if low else f"≤ {say(high, language)}"


def _when(value: When, language: str) -> str:
    said = [moment(value.date)] if value.date else []
    if value.start or value.end:
        start = moment(value.start) if value.start else ""
        end = moment(value.end) if value.end else ""
        said.append(f"{start} – {end}".strip() if end else f"{label('from', language)} {start}")
    if value.age:
        said.append(f"{label('age', language)} {say(value.age, language)}")
    if value.age_span:
        said.append(f"{label('age', language)} {say(value.age_span, language)}")
    if value.words:
        said.append(words(value.words, language))
    return ", ".join(said)


def _timing(value: Timing, language: str) -> str:
    said = [concept(value.schedule, language)] if value.schedule else []
    if value.frequency or value.period:
        times = f"{_up_to(value.frequency or '1', value.frequency_max)} ×"
        every = _up_to(value.period, value.period_max) if value.period else ""
        unit = code_label(value.period_unit, language) if value.period_unit else ""
        said.append(f"{times} / {every} {unit}".rstrip(" /"))
    for member in ("days_of_week", "moments"):
        if listed := getattr(value, member):
            said.append(", ".join(code_label(code, language) or code for code in listed))
    if value.times_of_day:
        said.append(", ".join(time.removesuffix(":00") for time in value.times_of_day))
    if value.moments_offset:
        said.append(f"{value.moments_offset} {code_label('min', language)}")
    if value.repeat_count:
        said.append(f"{value.repeat_count} ×")
    said += [say(part, language) for part in (value.bounds, value.bounds_duration) if part]
    return ", ".join(said)


def _up_to(low: str, high: str | None) -> str:
    return f"{low}–{high}" if high else low


def _party(value: Party, language: str) -> str:
    said = [words(value.names, language)] if value.names else []
    if value.organizations:
        said.append(words(value.organizations, language))
    roles = "; ".join(names(role, language) for role in value.roles)
    named = ", ".join(said)
    return f"{named} ({roles})" if named and roles else named or roles


def _reference_range(value: ReferenceRange, language: str) -> str:
    both = Span(low=value.low, high=value.high) if value.low or value.high else None
    said: list[Part | list[Text]] = [part for part in (both, value.words) if part]
    about = [names(item, language) for item in (*([value.range_kind] if value.range_kind else []), *value.applies_to)]
    if value.age_span:
        about.append(f"{label('ageSpan', language)} {say(value.age_span, language)}")
    text = " ".join(say(part, language) for part in said)
    return f"{text} ({', '.join(about)})" if about and text else text or ", ".join(about)

"""A record as titled sections of rows that read well on a phone.

Order: who the patient is, what the record is, then its entries. A dose, a medicine, an allergy or a study is a section of its
own; a laboratory result, or an entry inside a document, is one row: its name and what was found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.display.punctuation import joined, titled
from schemas.display.sentences import VALUES, codes, names, say, words
from schemas.errors import RecordError
from schemas.labels import label, section_label, type_label
from schemas.records import subject_model
from schemas.records.allergy import Allergy
from schemas.records.base import AttachmentLink, Part
from schemas.records.condition import Condition, Procedure
from schemas.records.document import OtherEntry, Report
from schemas.records.document import Section as DocumentSection
from schemas.records.imaging import Series, Study
from schemas.records.immunization import Dose
from schemas.records.laboratory import Finding, Result
from schemas.records.medication import Ingredient, Medication
from schemas.records.words import Concept, Text
from schemas.types import record_type_of


@dataclass(frozen=True)
class Row:
    """One thing said: what it is called and what was written."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    """A titled group of rows."""

    title: str
    rows: list[Row]


# The member that names an entry.
_NAMED_BY: dict[type[Part], str] = {
    Allergy: "substance",
    Condition: "diagnosis",
    Dose: "vaccine",
    Finding: "test",
    Ingredient: "substance",
    Medication: "medicine",
    Procedure: "procedure",
    Report: "examination",
    Result: "test",
    Series: "modality",
}
# A title stays short; the row below it has every name.
_NAMES_IN_TITLE = 2
_BLOCKS = (Allergy, Dose, Medication, Study)
# Members of a result, and where the report above it says the same.
_SHARED = {
    "record_status": "record_status",
    "categories": "categories",
    "effective": "effective",
    "issued_on": "issued_on",
    "performers": "performers",
    "specimen": "specimens",
}
_ANSWERS = ("quantity", "quantity_span", "ratio", "answer", "answer_words", "answer_yes", "answer_when")


def sections(credential: Mapping[str, Any], language: str) -> list[Section]:
    """What a credential says about the patient.

    Args:
        credential: signed or not, bound or not.
        language: a BCP 47 tag; what we have no words in is shown in English.

    Raises:
        RecordError: `record.unknown_type`; `record.schema`, the content is not what its type holds.
    """
    record_type = record_type_of(credential)
    try:
        subject = subject_model(record_type).model_validate(credential.get("credentialSubject"))
    except ValidationError:
        raise RecordError(
            "record.schema", "The content of this credential is not what its type holds.", path="credentialSubject"
        ) from None
    page = _Page(language)
    page.add(label("patient", language), page.rows(subject.patient))
    page.record(type_label(record_type, language), subject.record)
    return page.sections


class _Page:
    def __init__(self, language: str) -> None:
        self.language = language
        self.sections: list[Section] = []

    def add(self, title: str, rows: list[Row]) -> None:
        if rows:
            self.sections.append(Section(title, rows))

    def record(self, title: str, record: Part) -> None:
        """A whole record: its own rows under its title, then a section or several for each list of entries."""
        self.add(title, self.rows(record))
        for name, value in sorted(_members(record), key=lambda member: isinstance(member[1], list)):
            match value:
                case [DocumentSection(), *_]:
                    for section in value:
                        self._document_section(section)
                case [first, *_] if isinstance(first, _BLOCKS):
                    for item in value:
                        self._block(item)
                case [Part() as first, *_] if not isinstance(first, VALUES):
                    self.add(label(name, self.language), [row for item in value for row in self._lines(item, record)])
                case Part() if not isinstance(value, VALUES):
                    self.add(label(name, self.language), self.rows(value))

    def rows(self, part: Part) -> list[Row]:
        """A row for each member of a part that is a value."""
        found = []
        for name, value in _members(part):
            first = value[0] if isinstance(value, list) else value
            if isinstance(first, (str, bool, *VALUES)):
                found.append(Row(label(name, self.language), say(value, self.language)))
        return found

    def _block(self, part: Part) -> None:
        name = _NAMED_BY.get(type(part), "")
        found = self.rows(part)
        title = names(getattr(part, name), self.language, at_most=_NAMES_IN_TITLE) if name else self._heading(part)
        if name and found[0].value == title:
            found = found[1:]
        for member, value in _members(part):
            match value:
                case [Part() as first, *_] if not isinstance(first, VALUES):
                    found += [Row(label(member, self.language), self._line(item)) for item in value]
        self.add(title or label("studies", self.language), found)

    def _document_section(self, section: DocumentSection) -> None:
        found = [row for entry in section.entries for row in self._lines(entry)]
        if section.empty_reason:
            found.append(Row(label("emptyReason", self.language), say(section.empty_reason, self.language)))
        if section.narrative:
            found.append(Row(label("narrative", self.language), words(section.narrative, self.language)))
        self.add(self._section_title(section), found)
        for inner in section.sections:
            self._document_section(inner)

    def _section_title(self, section: DocumentSection) -> str:
        """What the section's LOINC code means in the reader's language, and the author's title."""
        codings = section.section_code.coding if section.section_code else []
        meant = next((said for coding in codings if coding.code and (said := section_label(coding.code, self.language))), None)
        texts = ([Text(value=meant, language=self.language)] if meant else []) + section.title
        if texts:
            return words(texts, self.language)
        return names(section.section_code, self.language) if section.section_code else label("sections", self.language)

    def _lines(self, part: Part, above: Part | None = None) -> Iterator[Row]:
        """An entry as one row, and the results inside it as rows after it. What is the same as `above` is not said again."""
        title = self._heading(part)
        if isinstance(part, AttachmentLink):
            yield Row(part.file_name or label("attachments", self.language), self._line(part, {"file_name", "resource"}))
            return
        inside = [name for name in ("members", "results") if getattr(part, name, None)]
        repeated = [name for name, there in _SHARED.items() if above and self._same(part, name, above, there)]
        yield Row(title or label(type(part).__name__, self.language), self._line(part, {*inside, *repeated}))
        for name in inside:
            for item in getattr(part, name):
                yield from self._lines(item, part)

    def _same(self, part: Part, name: str, above: Part, there: str) -> bool:
        mine, theirs = getattr(part, name, None), getattr(above, there, None)
        return bool(mine and theirs) and say(mine, self.language) == say(theirs, self.language)

    def _heading(self, part: Part) -> str:
        if isinstance(part, OtherEntry):
            return "; ".join(names(item, self.language) for item in part.subject_matter) or part.entry_kind
        if isinstance(part, Study):
            return words(part.explanation, self.language) if part.explanation else say(part.modalities, self.language)
        named = getattr(part, _NAMED_BY.get(type(part), ""), None)
        return names(named, self.language) if isinstance(named, Concept) else ""

    def _line(self, part: Part, leave_out: set[str] | frozenset[str] = frozenset()) -> str:
        """All that an entry says besides its name, in one text."""
        named_by = _NAMED_BY.get(type(part), "")
        said = []
        if isinstance(part, Finding):
            said.append(self._found(part))
            leave_out = {*leave_out, *_ANSWERS, "interpretation", "reference_ranges"}
        if isinstance(part, Ingredient):
            said.append(names(part.substance, self.language))
        for field in type(part).model_fields:
            value = getattr(part, field)
            if field == named_by:
                said.append(codes(value) if isinstance(value, Concept) else "")
            elif field != "type" and field not in leave_out and value not in (None, []):
                said.append(titled(label(_json_name(part, field), self.language), self._value(value), self.language))
        return joined(filter(None, said), self.language)

    def _value(self, value: Any) -> str:
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, Part) and not isinstance(item, VALUES) for item in items):
            return ", ".join(self._nested(item) for item in items)
        return say(value, self.language)

    def _nested(self, part: Part) -> str:
        title, said = self._heading(part), self._line(part)
        return f"{title} {said}".strip() if isinstance(part, Finding) else said

    def _found(self, part: Finding) -> str:
        """`5.0 mmol/L, High ↑ (reference range 3.9 – 6.1 mmol/L)`: what a reader looks for first."""
        answers = [value for name in _ANSWERS if (value := getattr(part, name)) not in (None, [])]
        said = ", ".join(say(value, self.language) for value in [*answers, *part.interpretation])
        ranges = "; ".join(say(item, self.language) for item in part.reference_ranges)
        return f"{said} ({label('referenceRanges', self.language)} {ranges})".strip() if ranges else said


def _members(part: Part) -> Iterator[tuple[str, Any]]:
    """The members of a part that say something, by their JSON names."""
    for field in type(part).model_fields:
        value = getattr(part, field)
        if field != "type" and value is not None and value != []:
            yield _json_name(part, field), value


def _json_name(part: Part, field: str) -> str:
    return type(part).model_fields[field].alias or field

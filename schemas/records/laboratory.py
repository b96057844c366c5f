"""Laboratory reports: each result with its unit, reference range and interpretation (FHIR DiagnosticReport, Observation)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part, Record
from schemas.records.measures import Quantity, Span, When
from schemas.records.medication import Strength
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class ReferenceRange(Part):
    low: Quantity | None = None
    high: Quantity | None = None
    range_kind: Concept | None = None
    applies_to: list[Concept] = Field(default_factory=list)
    age_span: Span | None = None
    words: list[Text] = Field(default_factory=list)


class Finding(Part):
    """What was looked at and what was found: at most one of the value members, or the reason why there is none."""

    test: Concept
    quantity: Quantity | None = None
    quantity_span: Span | None = None
    ratio: Strength | None = None
    answer: Concept | None = None
    answer_words: list[Text] = Field(default_factory=list)
    answer_yes: bool | None = None
    answer_when: When | None = None
    absent_reason: Concept | None = None
    interpretation: list[Concept] = Field(default_factory=list)
    reference_ranges: list[ReferenceRange] = Field(default_factory=list)


class Result(Finding):
    """An observation. `components` are measured together (systolic and diastolic), `members` are results of a panel."""

    type: Literal["Result"]
    record_status: Code
    categories: list[Concept] = Field(default_factory=list)
    effective: When | None = None
    issued_on: Date | None = None
    specimen: Concept | None = None
    body_site: Concept | None = None
    method: Concept | None = None
    performers: list[Party] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)
    components: list[Finding] = Field(default_factory=list)
    members: list["Result"] = Field(default_factory=list)


class ReportContent(Part):
    """What laboratory and imaging reports share."""

    examination: Concept
    categories: list[Concept] = Field(default_factory=list)
    record_status: Code
    effective: When | None = None
    issued_on: Date | None = None
    requester: Party | None = None
    performers: list[Party] = Field(default_factory=list)
    interpreters: list[Party] = Field(default_factory=list)
    specimens: list[Concept] = Field(default_factory=list)
    results: list[Result] = Field(default_factory=list)
    conclusion: list[Text] = Field(default_factory=list)
    conclusion_codes: list[Concept] = Field(default_factory=list)
    narrative: list[Text] = Field(default_factory=list)


class LaboratoryReport(Record, ReportContent):
    type: Literal["LaboratoryReport"]

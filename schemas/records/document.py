"""Clinical documents: sections that hold entries, or the words a clinician wrote where there is no entry (FHIR Composition)."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.records.allergy import Allergy
from schemas.records.base import Code, Date, Part, Record
from schemas.records.condition import Condition, Procedure
from schemas.records.immunization import Dose
from schemas.records.laboratory import ReportContent, Result
from schemas.records.measures import When
from schemas.records.medication import Medication
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Report(ReportContent):
    """A diagnostic report inside a document."""

    type: Literal["Report"]


class OtherEntry(Part):
    """An entry of a kind without a model of its own: `entry_kind` is the FHIR resource type, the words are kept."""

    type: Literal["OtherEntry"]
    entry_kind: Code
    subject_matter: list[Concept] = Field(default_factory=list)
    record_status: Code | None = None
    effective: When | None = None
    narrative: list[Text] = Field(default_factory=list)


Entry = Annotated[
    Allergy | Condition | Dose | Medication | OtherEntry | Procedure | Report | Result,
    Field(discriminator="type"),
]


class Section(Part):
    """A section. `empty_reason` says why it holds nothing: none known, not asked, unavailable."""

    title: list[Text] = Field(default_factory=list)
    section_code: Concept | None = None
    entries: list[Entry] = Field(default_factory=list)
    narrative: list[Text] = Field(default_factory=list)
    empty_reason: Concept | None = None
    sections: list["Section"] = Field(default_factory=list)


class Document(Record):
    title: list[Text] = Field(min_length=1)
    document_type: Concept
    record_status: Code
    written_on: Date
    authors: list[Party] = Field(default_factory=list)
    custodian: Party | None = None
    sections: list[Section] = Field(default_factory=list)


class PatientSummary(Document):
    """The International Patient Summary: allergies, problems, medicines and what else matters to the next clinician."""

    type: Literal["PatientSummary"]

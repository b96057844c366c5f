"""Diagnoses and procedures (FHIR Condition, Procedure)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part
from schemas.records.measures import When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Condition(Part):
    """A diagnosis or problem, or the statement that none is known (then `diagnosis` says so)."""

    type: Literal["Condition"]
    diagnosis: Concept
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    categories: list[Concept] = Field(default_factory=list)
    severity_grade: Concept | None = None
    stages: list[Concept] = Field(default_factory=list)
    body_sites: list[Concept] = Field(default_factory=list)
    onset: When | None = None
    abatement: When | None = None
    recorded_on: Date | None = None
    asserter: Party | None = None
    notes: list[Text] = Field(default_factory=list)


class Procedure(Part):
    type: Literal["Procedure"]
    procedure: Concept
    record_status: Code
    status_reason: Concept | None = None
    performed: When | None = None
    performers: list[Party] = Field(default_factory=list)
    place: list[Text] = Field(default_factory=list)
    reasons: list[Concept] = Field(default_factory=list)
    body_sites: list[Concept] = Field(default_factory=list)
    outcome: Concept | None = None
    complications: list[Concept] = Field(default_factory=list)
    follow_up: list[Concept] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)

"""Allergies and intolerances: the substance, how sure it is, and what happened (FHIR AllergyIntolerance)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part, Record
from schemas.records.measures import When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Reaction(Part):
    substance: Concept | None = None
    manifestations: list[Concept] = Field(default_factory=list)
    severity: Code | None = None
    reaction_date: Date | None = None
    exposure_route: Concept | None = None
    explanation: list[Text] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)


class Allergy(Part):
    """One allergy, or the statement that none is known (then `substance` says so)."""

    type: Literal["Allergy"]
    substance: Concept
    kind: Code | None = None
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    criticality: Code | None = None
    substance_categories: list[Code] = Field(default_factory=list)
    reactions: list[Reaction] = Field(default_factory=list)
    onset: When | None = None
    last_occurrence: Date | None = None
    recorded_on: Date | None = None
    asserter: Party | None = None
    notes: list[Text] = Field(default_factory=list)


class AllergyRecord(Record):
    type: Literal["AllergyRecord"]
    allergies: list[Allergy] = Field(min_length=1)

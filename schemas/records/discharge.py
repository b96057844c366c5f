"""Discharge summaries: a document with the stay it closes (FHIR Composition, Encounter)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Part
from schemas.records.document import Document
from schemas.records.measures import Quantity, When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Stay(Part):
    """The stay in hospital: when, where, under whom, why, and where the patient went."""

    stay_period: When | None = None
    stay_class: Concept | None = None
    length_of_stay: Quantity | None = None
    provider: Party | None = None
    departments: list[Text] = Field(default_factory=list)
    attending: list[Party] = Field(default_factory=list)
    reasons: list[Concept] = Field(default_factory=list)
    admitted_from: Concept | None = None
    disposition: Concept | None = None
    destination: Party | None = None


class DischargeSummary(Document):
    type: Literal["DischargeSummary"]
    stay: Stay | None = None

"""Immunisation: every dose given, or not given and why (FHIR Immunization)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part, Record, ShortWords
from schemas.records.measures import Quantity, When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Dose(Part):
    type: Literal["Dose"]
    vaccine: Concept
    record_status: Code
    status_reason: Concept | None = None
    given_on: When
    target_diseases: list[Concept] = Field(default_factory=list)
    series: ShortWords | None = None
    dose_number: ShortWords | None = None
    series_doses: ShortWords | None = None
    lot_number: ShortWords | None = None
    lot_expiry: Date | None = None
    manufacturer: Party | None = None
    amount: Quantity | None = None
    site: Concept | None = None
    route: Concept | None = None
    place: list[Text] = Field(default_factory=list)
    performers: list[Party] = Field(default_factory=list)
    reasons: list[Concept] = Field(default_factory=list)
    report_origin: Concept | None = None
    subpotent: bool | None = None
    subpotent_reasons: list[Concept] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)


class ImmunizationRecord(Record):
    type: Literal["ImmunizationRecord"]
    doses: list[Dose] = Field(min_length=1)

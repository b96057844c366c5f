"""Referrals: which service is asked of whom, how urgent, and why (FHIR ServiceRequest)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Record
from schemas.records.document import Entry
from schemas.records.measures import When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Referral(Record):
    type: Literal["Referral"]
    service: Concept
    service_details: list[Concept] = Field(default_factory=list)
    categories: list[Concept] = Field(default_factory=list)
    record_status: Code
    intent: Code
    priority: Code | None = None
    authored_on: Date | None = None
    wanted: When | None = None
    requester: Party | None = None
    recipients: list[Party] = Field(default_factory=list)
    recipient_kind: Concept | None = None
    reasons: list[Concept] = Field(default_factory=list)
    body_sites: list[Concept] = Field(default_factory=list)
    supporting: list[Entry] = Field(default_factory=list)
    patient_instructions: list[Text] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)

"""Medicines: what was prescribed or is taken, how much and how often (FHIR MedicationRequest, MedicationStatement)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part, Record, ShortWords, WholeText
from schemas.records.measures import Quantity, Span, Timing, When
from schemas.records.people import Party
from schemas.records.words import Concept, Text


class Strength(Part):
    """So much of the substance in so much of the product: 500 mg in 1 tablet."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Ingredient(Part):
    substance: Concept
    strength: Strength | None = None


class Dosage(Part):
    """One instruction. `directions` are the words of the prescriber; the other members say the same in parts."""

    directions: list[Text] = Field(default_factory=list)
    patient_instructions: list[Text] = Field(default_factory=list)
    additional_instructions: list[Concept] = Field(default_factory=list)
    dose: Quantity | None = None
    dose_span: Span | None = None
    rate: Quantity | None = None
    rate_span: Span | None = None
    rate_ratio: Strength | None = None
    timing: Timing | None = None
    as_needed: bool | None = None
    as_needed_for: Concept | None = None
    route: Concept | None = None
    site: Concept | None = None
    method: Concept | None = None
    max_dose_per_period: Strength | None = None
    max_dose_per_administration: Quantity | None = None
    max_dose_per_lifetime: Quantity | None = None


class Medication(Part):
    """One medicine. `source` says whether it was ordered (`order`) or is stated to be taken (`statement`)."""

    type: Literal["Medication"]
    medicine: Concept
    source: Literal["order", "statement"]
    form: Concept | None = None
    ingredients: list[Ingredient] = Field(default_factory=list)
    record_status: Code
    intent: Code | None = None
    status_reasons: list[Concept] = Field(default_factory=list)
    categories: list[Concept] = Field(default_factory=list)
    do_not_perform: bool | None = None
    dosages: list[Dosage] = Field(default_factory=list)
    taken: When | None = None
    authored_on: Date | None = None
    prescriber: Party | None = None
    reasons: list[Concept] = Field(default_factory=list)
    supply: Quantity | None = None
    supply_duration: Quantity | None = None
    supply_validity: When | None = None
    repeats: WholeText | None = None
    course_of_therapy: Concept | None = None
    notes: list[Text] = Field(default_factory=list)


class Prescription(Record):
    type: Literal["Prescription"]
    authored_on: Date | None = None
    prescriber: Party | None = None
    prescription_number: ShortWords | None = None
    medications: list[Medication] = Field(min_length=1)

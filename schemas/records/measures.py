"""Amounts and times. Every number is text with the digits of the source; every date keeps the precision of the source."""

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.records.base import Code, Date, DecimalText, Part, ShortWords, Uri, WholeText
from schemas.records.words import Concept, Text


class Quantity(Part):
    """A measured amount: `5.0 mmol/L`."""

    value: DecimalText
    comparator: Literal["<", "<=", ">=", ">"] | None = None
    unit: ShortWords | None = None
    unit_system: Uri | None = None
    unit_code: Code | None = None


class Span(Part):
    """From one amount to another; either end may be open."""

    low: Quantity | None = None
    high: Quantity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("a span has an end")
        return self


class When(Part):
    """When something was: a date, a period, the patient's age, or only words."""

    date: Date | None = None
    start: Date | None = None
    end: Date | None = None
    age: Quantity | None = None
    age_span: Span | None = None
    words: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("a time is empty")
        return self


class Timing(Part):
    """How often: `frequency` times in each `period` of `period_unit` (UCUM: s, min, h, d, wk, mo, a), within `bounds`."""

    schedule: Concept | None = None
    frequency: WholeText | None = None
    frequency_max: WholeText | None = None
    period: DecimalText | None = None
    period_max: DecimalText | None = None
    period_unit: Code | None = None
    repeat_count: WholeText | None = None
    days_of_week: list[Code] = Field(default_factory=list)
    times_of_day: list[Code] = Field(default_factory=list)
    moments: list[Code] = Field(default_factory=list)
    bounds: When | None = None
    bounds_duration: Quantity | None = None
    moments_offset: WholeText | None = None

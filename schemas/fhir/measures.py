"""FHIR amounts and times, with every digit as written: Quantity, Range, Ratio, date and choice-of-time elements, Timing."""

import re

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.words import concept, texts
from schemas.records.base import DATE_PATTERN
from schemas.records.measures import Quantity, Span, Timing, When
from schemas.records.medication import Strength

_DATE = re.compile(DATE_PATTERN.replace("$", r"\Z"))


def number(value: object) -> str | None:
    """The digits of a JSON number (int or Decimal); None when there is none."""
    return None if value is None else str(value)


def date(at: Resource, owner: Json, element: str) -> str | None:
    """A date, dateTime or instant, in the precision it was written with.

    Raises:
        RecordError: `record.invalid`, it is not a FHIR date.
    """
    written = owner.get(element)
    if written is None:
        return None
    if not _DATE.fullmatch(written):
        raise at.fault(element, "is not a FHIR date")
    return str(written)


def quantity(value: Json | None) -> Quantity | None:
    """A Quantity, Age or Duration; None without a number."""
    if not value or value.get("value") is None:
        return None
    return Quantity(
        value=str(value["value"]),
        comparator=value.get("comparator"),
        unit=value.get("unit") or value.get("code"),
        unit_system=value.get("system"),
        unit_code=value.get("code"),
    )


def span(value: Json | None) -> Span | None:
    """A Range."""
    low, high = quantity((value or {}).get("low")), quantity((value or {}).get("high"))
    return Span(low=low, high=high) if low or high else None


def ratio(value: Json | None) -> Strength | None:
    """A Ratio."""
    above, below = quantity((value or {}).get("numerator")), quantity((value or {}).get("denominator"))
    return Strength(numerator=above, denominator=below) if above or below else None


def when(at: Resource, owner: Json, prefix: str) -> When | None:
    """A choice-of-time element: `onset[x]`, `effective[x]`, `performed[x]`, `occurrence[x]`."""
    for suffix in ("DateTime", "Date", "Instant"):
        if moment := date(at, owner, prefix + suffix):
            return When(date=moment)
    if found := period(at, owner.get(f"{prefix}Period")):
        return found
    if age := quantity(owner.get(f"{prefix}Age")):
        return When(age=age)
    if ages := span(owner.get(f"{prefix}Range")):
        return When(age_span=ages)
    if said := texts(at, owner, f"{prefix}String"):
        return When(words=said)
    moments = (owner.get(f"{prefix}Timing") or {}).get("event") or []
    return When(start=moments[0], end=moments[-1]) if moments else None


def period(at: Resource, value: Json | None) -> When | None:
    """A Period."""
    if not value:
        return None
    start, end = date(at, value, "start"), date(at, value, "end")
    return When(start=start, end=end) if start or end else None


def timing(at: Resource, value: Json | None) -> Timing | None:
    """A Timing: how often."""
    if not value:
        return None
    repeat = value.get("repeat") or {}
    found = Timing(
        schedule=concept(at, value.get("code")),
        frequency=number(repeat.get("frequency")),
        frequency_max=number(repeat.get("frequencyMax")),
        period=number(repeat.get("period")),
        period_max=number(repeat.get("periodMax")),
        period_unit=repeat.get("periodUnit"),
        repeat_count=number(repeat.get("count")),
        days_of_week=repeat.get("dayOfWeek") or [],
        times_of_day=repeat.get("timeOfDay") or [],
        moments=repeat.get("when") or [],
        moments_offset=number(repeat.get("offset")),
        bounds=period(at, repeat.get("boundsPeriod")),
        bounds_duration=quantity(repeat.get("boundsDuration")),
    )
    return found if found.as_json() else None

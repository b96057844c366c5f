"""Observation → Result."""

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.fanout import members
from schemas.fhir.measures import date, quantity, ratio, span, when
from schemas.fhir.people import parties
from schemas.fhir.words import concept, concepts, needed_concept, notes, texts
from schemas.records.laboratory import Finding, ReferenceRange, Result


def result(resource: Resource) -> Result:
    """One observation, with the results of its panel (`check_fanout` has seen that they end)."""
    resource.bundle.about_patient(resource)
    content = resource.content
    specimen = resource.follow(content.get("specimen"))
    return Result(
        **_finding(resource, content),
        type="Result",
        record_status=content["status"],
        categories=concepts(resource, content, "category"),
        effective=when(resource, content, "effective"),
        issued_on=date(resource, content, "issued"),
        specimen=concept(specimen, specimen.content.get("type")) if specimen else None,
        body_site=concept(resource, content.get("bodySite")),
        method=concept(resource, content.get("method")),
        performers=parties(resource, content, "performer"),
        notes=notes(resource, content),
        components=[Finding(**_finding(resource, part)) for part in content.get("component") or []],
        members=[result(member) for member in members(resource)],
    )


def _finding(at: Resource, content: Json) -> dict[str, object]:
    values = {
        "quantity": quantity(content.get("valueQuantity")),
        "quantity_span": span(content.get("valueRange")),
        "ratio": ratio(content.get("valueRatio")),
        "answer": concept(at, content.get("valueCodeableConcept")),
        "answer_words": texts(at, content, "valueString") or texts(at, content, "valueTime"),
        "answer_yes": content.get("valueBoolean"),
        "answer_when": when(at, content, "value"),
    }
    if (whole := content.get("valueInteger")) is not None:
        values["quantity"] = quantity({"value": whole})
    # `when` also reads valueString and valueRange, which have members of their own.
    if values["answer_words"] or values["quantity_span"]:
        values["answer_when"] = None
    return values | {
        "test": needed_concept(at, content, "code"),
        "absent_reason": concept(at, content.get("dataAbsentReason")),
        "interpretation": concepts(at, content, "interpretation"),
        "reference_ranges": [_reference_range(at, item) for item in content.get("referenceRange") or []],
    }


def _reference_range(at: Resource, item: Json) -> ReferenceRange:
    return ReferenceRange(
        low=quantity(item.get("low")),
        high=quantity(item.get("high")),
        range_kind=concept(at, item.get("type")),
        applies_to=concepts(at, item, "appliesTo"),
        age_span=span(item.get("age")),
        words=texts(at, item, "text"),
    )

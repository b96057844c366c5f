"""MedicationRequest and MedicationStatement → Medication; the requests of one order → Prescription."""

from itertools import groupby

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.condition import reasons
from schemas.fhir.measures import date, number, period, quantity, ratio, span, timing, when
from schemas.fhir.people import party
from schemas.fhir.words import concept, concepts, notes, texts
from schemas.records.medication import Dosage, Ingredient, Medication, Prescription
from schemas.records.words import Concept


def medication(resource: Resource) -> Medication:
    """One medicine that was ordered or is stated to be taken."""
    content = resource.content
    product = resource.follow(content.get("medicationReference"))
    supply = content.get("dispenseRequest") or {}
    ordered = resource.kind == "MedicationRequest"
    return Medication(
        type="Medication",
        medicine=_medicine(resource, product),
        source="order" if ordered else "statement",
        form=concept(product, product.content.get("form")) if product else None,
        ingredients=_ingredients(product) if product else [],
        record_status=content["status"],
        intent=content.get("intent"),
        status_reasons=concepts(resource, content, "statusReason"),
        categories=concepts(resource, content, "category"),
        do_not_perform=content.get("doNotPerform"),
        dosages=_dosages(resource, content.get("dosageInstruction" if ordered else "dosage") or []),
        taken=when(resource, content, "effective"),
        authored_on=date(resource, content, "authoredOn" if ordered else "dateAsserted"),
        prescriber=party(resource, content.get("requester") if ordered else content.get("informationSource")),
        reasons=reasons(resource, content),
        supply=quantity(supply.get("quantity")),
        supply_duration=quantity(supply.get("expectedSupplyDuration")),
        supply_validity=period(resource, supply.get("validityPeriod")),
        repeats=number(supply.get("numberOfRepeatsAllowed")),
        course_of_therapy=concept(resource, content.get("courseOfTherapyType")),
        notes=notes(resource, content),
    )


def prescriptions(resources: list[Resource]) -> list[tuple[Prescription, Resource]]:
    """One prescription, with its first request, for each order: same order number, or else same day and prescriber."""
    ordered = [resource for resource in resources if resource.content.get("status") not in {"draft", "cancelled"}]
    ordered.sort(key=_order)
    groups = [list(group) for _, group in groupby(ordered, key=_order)]
    return [(_prescription(group), group[0]) for group in groups]


def _prescription(resources: list[Resource]) -> Prescription:
    first = resources[0]
    return Prescription(
        type="Prescription",
        authored_on=date(first, first.content, "authoredOn"),
        prescriber=party(first, first.content.get("requester")),
        prescription_number=(first.content.get("groupIdentifier") or {}).get("value"),
        medications=[medication(resource) for resource in resources],
    )


def _order(resource: Resource) -> tuple[str, str, str]:
    content = resource.content
    if number_of_order := (content.get("groupIdentifier") or {}).get("value"):
        return str(number_of_order), "", ""
    return "", (content.get("authoredOn") or "")[:10], str((content.get("requester") or {}).get("reference") or "")


def _medicine(resource: Resource, product: Resource | None) -> Concept:
    content = resource.content
    found = concept(resource, content.get("medicationCodeableConcept"))
    reference = content.get("medicationReference") or {}
    if found is None and product:
        found = concept(product, product.content.get("code"))
        inside = [item.get("itemCodeableConcept") for item in product.content.get("ingredient") or []]
        found = found or next((named for item in inside if (named := concept(product, item))), None)
    found = found or concept(resource, {"text": reference.get("display"), "_text": reference.get("_display")})
    if found is None:
        raise resource.fault("medication[x]", "names no medicine that is in the bundle")
    return found


def _ingredients(product: Resource) -> list[Ingredient]:
    found = []
    for item in product.content.get("ingredient") or []:
        inner = product.follow(item.get("itemReference"))
        substance = concept(product, item.get("itemCodeableConcept")) or (
            concept(inner, inner.content.get("code")) if inner else None
        )
        if substance:
            found.append(Ingredient(substance=substance, strength=ratio(item.get("strength"))))
    return found


def _dosages(at: Resource, items: list[Json]) -> list[Dosage]:
    items = sorted(items, key=lambda item: item.get("sequence") or 0)
    return [found for item in items if (found := _dosage(at, item)).as_json()]


def _dosage(at: Resource, item: Json) -> Dosage:
    amount = (item.get("doseAndRate") or [{}])[0]
    return Dosage(
        directions=texts(at, item, "text"),
        patient_instructions=texts(at, item, "patientInstruction"),
        additional_instructions=concepts(at, item, "additionalInstruction"),
        dose=quantity(amount.get("doseQuantity")),
        dose_span=span(amount.get("doseRange")),
        rate=quantity(amount.get("rateQuantity")),
        rate_span=span(amount.get("rateRange")),
        rate_ratio=ratio(amount.get("rateRatio")),
        timing=timing(at, item.get("timing")),
        as_needed=item.get("asNeededBoolean"),
        as_needed_for=concept(at, item.get("asNeededCodeableConcept")),
        route=concept(at, item.get("route")),
        site=concept(at, item.get("site")),
        method=concept(at, item.get("method")),
        max_dose_per_period=ratio(item.get("maxDosePerPeriod")),
        max_dose_per_administration=quantity(item.get("maxDosePerAdministration")),
        max_dose_per_lifetime=quantity(item.get("maxDosePerLifetime")),
    )

"""AllergyIntolerance → Allergy."""

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.measures import date, when
from schemas.fhir.people import party
from schemas.fhir.words import concept, concepts, needed_concept, notes, texts
from schemas.records.allergy import Allergy, AllergyRecord, Reaction


def allergy(resource: Resource) -> Allergy:
    """One allergy, or the statement that none is known."""
    content = resource.content
    return Allergy(
        type="Allergy",
        substance=needed_concept(resource, content, "code"),
        kind=content.get("type"),
        clinical_status=concept(resource, content.get("clinicalStatus")),
        verification_status=concept(resource, content.get("verificationStatus")),
        criticality=content.get("criticality"),
        substance_categories=[category for category in content.get("category") or [] if category],
        reactions=[found for item in content.get("reaction") or [] if (found := _reaction(resource, item)).as_json()],
        onset=when(resource, content, "onset"),
        last_occurrence=date(resource, content, "lastOccurrence"),
        recorded_on=date(resource, content, "recordedDate"),
        asserter=party(resource, content.get("asserter") or content.get("recorder")),
        notes=notes(resource, content),
    )


def allergy_record(resources: list[Resource]) -> AllergyRecord:
    """All allergies of the patient on one card."""
    return AllergyRecord(type="AllergyRecord", allergies=[allergy(resource) for resource in resources])


def _reaction(at: Resource, item: Json) -> Reaction:
    return Reaction(
        substance=concept(at, item.get("substance")),
        manifestations=concepts(at, item, "manifestation"),
        severity=item.get("severity"),
        reaction_date=date(at, item, "onset"),
        exposure_route=concept(at, item.get("exposureRoute")),
        explanation=texts(at, item, "description"),
        notes=notes(at, item),
    )

"""Condition → Condition, Procedure → Procedure."""

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.measures import date, when
from schemas.fhir.people import party, performers, place
from schemas.fhir.words import concept, concepts, needed_concept, notes
from schemas.records.condition import Condition, Procedure
from schemas.records.words import Concept


def condition(resource: Resource) -> Condition:
    """One diagnosis or problem, or the statement that none is known."""
    content = resource.content
    return Condition(
        type="Condition",
        diagnosis=needed_concept(resource, content, "code"),
        clinical_status=concept(resource, content.get("clinicalStatus")),
        verification_status=concept(resource, content.get("verificationStatus")),
        categories=concepts(resource, content, "category"),
        severity_grade=concept(resource, content.get("severity")),
        stages=[found for stage in content.get("stage") or [] for found in concepts(resource, stage, "summary")],
        body_sites=concepts(resource, content, "bodySite"),
        onset=when(resource, content, "onset"),
        abatement=when(resource, content, "abatement"),
        recorded_on=date(resource, content, "recordedDate"),
        asserter=party(resource, content.get("asserter") or content.get("recorder")),
        notes=notes(resource, content),
    )


def procedure(resource: Resource) -> Procedure:
    """One procedure: an operation, a treatment."""
    content = resource.content
    return Procedure(
        type="Procedure",
        procedure=needed_concept(resource, content, "code"),
        record_status=content["status"],
        status_reason=concept(resource, content.get("statusReason")),
        performed=when(resource, content, "performed"),
        performers=performers(resource, content),
        place=place(resource, content.get("location")),
        reasons=reasons(resource, content),
        body_sites=concepts(resource, content, "bodySite"),
        outcome=concept(resource, content.get("outcome")),
        complications=concepts(resource, content, "complication"),
        follow_up=concepts(resource, content, "followUp"),
        notes=notes(resource, content),
    )


def reasons(at: Resource, content: Json) -> list[Concept]:
    """`reasonCode`, and what the resources or words of `reasonReference` name."""
    found = concepts(at, content, "reasonCode")
    for reference in content.get("reasonReference") or []:
        target = at.follow(reference)
        named = concept(target, target.content.get("code")) if target else None
        named = named or concept(at, {"text": reference.get("display"), "_text": reference.get("_display")})
        if named and named not in found:
            found.append(named)
    return found

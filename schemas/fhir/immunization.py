"""Immunization → Dose."""

from schemas.fhir.bundle import Resource
from schemas.fhir.measures import date, number, quantity, when
from schemas.fhir.people import party, performers, place
from schemas.fhir.words import concept, concepts, needed_concept, notes
from schemas.records.immunization import Dose, ImmunizationRecord


def dose(resource: Resource) -> Dose:
    """One dose, given or not given."""
    content = resource.content
    protocol = (content.get("protocolApplied") or [{}])[0]
    given_on = when(resource, content, "occurrence")
    if given_on is None:
        raise resource.fault("occurrence[x]", "says nothing about when the dose was given")
    return Dose(
        type="Dose",
        vaccine=needed_concept(resource, content, "vaccineCode"),
        record_status=content["status"],
        status_reason=concept(resource, content.get("statusReason")),
        given_on=given_on,
        target_diseases=concepts(resource, protocol, "targetDisease"),
        series=protocol.get("series"),
        dose_number=number(protocol.get("doseNumberPositiveInt", protocol.get("doseNumberString"))),
        series_doses=number(protocol.get("seriesDosesPositiveInt", protocol.get("seriesDosesString"))),
        lot_number=content.get("lotNumber"),
        lot_expiry=date(resource, content, "expirationDate"),
        manufacturer=party(resource, content.get("manufacturer")),
        amount=quantity(content.get("doseQuantity")),
        site=concept(resource, content.get("site")),
        route=concept(resource, content.get("route")),
        place=place(resource, content.get("location")),
        performers=performers(resource, content),
        reasons=concepts(resource, content, "reasonCode"),
        report_origin=concept(resource, content.get("reportOrigin")),
        subpotent=content.get("isSubpotent"),
        subpotent_reasons=concepts(resource, content, "subpotentReason"),
        notes=notes(resource, content),
    )


def immunization_record(resources: list[Resource]) -> ImmunizationRecord:
    """All doses of the patient in one record, the latest first: a series reads as a series."""
    doses = [dose(resource) for resource in resources]
    doses.sort(key=lambda each: each.given_on.date or each.given_on.start or "", reverse=True)
    return ImmunizationRecord(type="ImmunizationRecord", doses=doses)

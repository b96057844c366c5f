"""ServiceRequest → Referral."""

from schemas.fhir.bundle import Bundle, Resource
from schemas.fhir.condition import reasons
from schemas.fhir.document import entry
from schemas.fhir.measures import date, when
from schemas.fhir.people import parties, party
from schemas.fhir.words import concept, concepts, needed_concept, notes, texts
from schemas.records.referral import Referral

_NOT_SENT = frozenset({"draft", "revoked", "entered-in-error"})
# SNOMED CT: laboratory procedure, imaging. Such a request is an order to a laboratory, not a referral of the patient.
_ORDER_CATEGORIES = frozenset({"108252007", "363679005"})


def referrals(bundle: Bundle) -> list[Resource]:
    """The ServiceRequests that refer the patient: sent, and not the order behind a report in the same bundle."""
    answered = {
        resource.follow(reference)
        for kind in ("DiagnosticReport", "Observation", "ImagingStudy")
        for resource in bundle.of_kind(kind)
        for reference in resource.content.get("basedOn") or []
    }
    return [request for request in bundle.of_kind("ServiceRequest") if request not in answered and _refers(request)]


def _refers(request: Resource) -> bool:
    codings = [coding for item in request.content.get("category") or [] for coding in item.get("coding") or []]
    return request.content.get("status") not in _NOT_SENT and not any(c.get("code") in _ORDER_CATEGORIES for c in codings)


def referral(resource: Resource) -> Referral:
    """One referral, with the conditions and results it rests on."""
    content = resource.content
    grounds = [*(content.get("reasonReference") or []), *(content.get("supportingInfo") or [])]
    targets = [target for item in grounds if (target := resource.follow(item)) and not target.in_error]
    return Referral(
        type="Referral",
        service=needed_concept(resource, content, "code"),
        service_details=concepts(resource, content, "orderDetail"),
        categories=concepts(resource, content, "category"),
        record_status=content["status"],
        intent=content["intent"],
        priority=content.get("priority"),
        authored_on=date(resource, content, "authoredOn"),
        wanted=when(resource, content, "occurrence"),
        requester=party(resource, content.get("requester")),
        recipients=parties(resource, content, "performer"),
        recipient_kind=concept(resource, content.get("performerType")),
        reasons=reasons(resource, content),
        body_sites=concepts(resource, content, "bodySite"),
        supporting=[entry(target) for target in dict.fromkeys(targets)],
        patient_instructions=texts(resource, content, "patientInstruction"),
        notes=notes(resource, content),
    )

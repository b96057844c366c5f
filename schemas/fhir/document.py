"""Composition → the documents: patient summary, discharge summary, medical certificate.

A section gives its entries; the words of its narrative are kept where it has no entry, or where one could not be found in the
bundle, so that nothing the author wrote is lost.
"""

from collections.abc import Callable, Sequence
from typing import Any

from schemas.fhir.allergy import allergy
from schemas.fhir.bundle import Json, Resource
from schemas.fhir.condition import condition, procedure, reasons
from schemas.fhir.fanout import members
from schemas.fhir.immunization import dose
from schemas.fhir.measures import date, period, quantity, when
from schemas.fhir.medication import medication
from schemas.fhir.observation import result
from schemas.fhir.people import parties, party, performers, place
from schemas.fhir.report import report_content
from schemas.fhir.words import code_concept, concept, concepts, narrative, needed_concept, texts, unique
from schemas.records.certificate import Certificate
from schemas.records.discharge import DischargeSummary, Stay
from schemas.records.document import Entry, OtherEntry, PatientSummary, Report, Section
from schemas.types import RecordType

MEDCRED_DOCUMENT_TYPES = "https://w3id.org/medcred/document-types"
_LOINC = "http://loinc.org"
_DOCUMENT_TYPES = {
    (_LOINC, "60591-5"): RecordType.PATIENT_SUMMARY,
    (_LOINC, "18842-5"): RecordType.DISCHARGE_SUMMARY,
    (_LOINC, "28655-9"): RecordType.DISCHARGE_SUMMARY,
    (_LOINC, "34105-7"): RecordType.DISCHARGE_SUMMARY,
    # LOINC has no code for a certificate a doctor writes.
    (MEDCRED_DOCUMENT_TYPES, "medical-certificate"): RecordType.MEDICAL_CERTIFICATE,
}
_MAX_SECTIONS = 8


def document_type(composition: Resource) -> RecordType | None:
    """Which document a Composition is; None when it is none of ours."""
    codings = (composition.content.get("type") or {}).get("coding") or []
    return next((found for item in codings if (found := _DOCUMENT_TYPES.get((item.get("system"), item.get("code"))))), None)


def patient_summary(composition: Resource) -> PatientSummary:
    """An International Patient Summary."""
    return PatientSummary(**_document(composition), type="PatientSummary")


def discharge_summary(composition: Resource) -> DischargeSummary:
    """A discharge summary with the stay it closes."""
    encounter = composition.follow(composition.content.get("encounter"))
    return DischargeSummary(**_document(composition), type="DischargeSummary", stay=_stay(encounter) if encounter else None)


def certificate(composition: Resource) -> Certificate:
    """A medical certificate."""
    event = (composition.content.get("event") or [{}])[0]
    return Certificate(
        **_document(composition),
        type="Certificate",
        purposes=concepts(composition, event, "code"),
        certified=period(composition, event.get("period")),
    )


def entry(resource: Resource) -> Entry:
    """One resource as an entry of a section."""
    resource.bundle.about_patient(resource)
    return _ENTRIES.get(resource.kind, _other)(resource)


def _document(composition: Resource) -> dict[str, Any]:
    composition.bundle.about_patient(composition)
    content = composition.content
    return {
        "title": texts(composition, content, "title"),
        "document_type": needed_concept(composition, content, "type"),
        "record_status": content["status"],
        "written_on": date(composition, content, "date"),
        "authors": parties(composition, content, "author"),
        "custodian": party(composition, content.get("custodian")),
        "sections": _sections(composition, content.get("section") or [], "section", 0),
    }


def _sections(at: Resource, items: Sequence[Json], path: str, depth: int) -> list[Section]:
    if depth > _MAX_SECTIONS:
        raise at.fault(path, "sections lie inside each other too deep")
    return [_section(at, item, f"{path}[{index}]", depth) for index, item in enumerate(items)]


def _section(at: Resource, item: Json, path: str, depth: int) -> Section:
    targets = [at.follow(reference) for reference in item.get("entry") or []]
    found = [target for target in targets if target and not target.in_error]
    entries = [entry(target) for target in _outermost(found)]
    complete = bool(entries) and None not in targets
    return Section(
        title=texts(at, item, "title"),
        section_code=concept(at, item.get("code")),
        entries=entries,
        narrative=[] if complete else narrative(at, item),
        empty_reason=concept(at, item.get("emptyReason")),
        sections=_sections(at, item.get("section") or [], f"{path}.section", depth + 1),
    )


def _outermost(listed: Sequence[Resource]) -> list[Resource]:
    """The entries to show, when a section lists a panel and also its results, which the panel shows anyway."""
    inside = {inner for target in listed for inner in members(target)}
    return [target for target in dict.fromkeys(listed) if target not in inside]


def _stay(encounter: Resource) -> Stay:
    encounter.bundle.about_patient(encounter)
    content = encounter.content
    hospitalization = content.get("hospitalization") or {}
    locations = content.get("location") or []
    return Stay(
        stay_period=period(encounter, content.get("period")),
        stay_class=code_concept(encounter, content.get("class")),
        length_of_stay=quantity(content.get("length")),
        provider=party(encounter, content.get("serviceProvider")),
        departments=unique(text for item in locations for text in place(encounter, item.get("location"))),
        attending=performers(encounter, content, "participant", "individual"),
        reasons=reasons(encounter, content),
        admitted_from=concept(encounter, hospitalization.get("admitSource")),
        disposition=concept(encounter, hospitalization.get("dischargeDisposition")),
        destination=party(encounter, hospitalization.get("destination")),
    )


def _report(resource: Resource) -> Report:
    return Report(**report_content(resource), type="Report")


def _other(resource: Resource) -> OtherEntry:
    """Kinds without a model keep what a reader needs: the codes, the time, the words."""
    content = resource.content
    named = [
        *concepts(resource, content, "code"),
        *concepts(resource, content, "type"),
        *concepts(resource, content, "category"),
        *(found for item in content.get("activity") or [] for found in concepts(resource, item.get("detail") or {}, "code")),
    ]
    words = [text for name in ("title", "description") for text in texts(resource, content, name)]
    moment = (
        when(resource, content, "effective") or when(resource, content, "occurrence") or period(resource, content.get("period"))
    )
    return OtherEntry(
        type="OtherEntry",
        entry_kind=resource.kind,
        subject_matter=named,
        record_status=content.get("status"),
        effective=moment,
        narrative=unique(words) or narrative(resource, content),
    )


_ENTRIES: dict[str, Callable[[Resource], Entry]] = {
    "AllergyIntolerance": allergy,
    "Condition": condition,
    "DiagnosticReport": _report,
    "Immunization": dose,
    "MedicationRequest": medication,
    "MedicationStatement": medication,
    "Observation": result,
    "Procedure": procedure,
}

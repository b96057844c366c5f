"""DiagnosticReport → LaboratoryReport or ImagingReport."""

from typing import Any

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.fanout import members
from schemas.fhir.measures import date, number, when
from schemas.fhir.observation import result
from schemas.fhir.people import parties, party
from schemas.fhir.words import code_concept, concept, concepts, narrative, needed_concept, notes, texts, unique
from schemas.records.imaging import ImagingReport, Series, Study
from schemas.records.laboratory import LaboratoryReport

# HL7 table 0074 (diagnostic service sections) and LOINC for radiology.
_IMAGING_CODES = frozenset(
    {"RAD", "RX", "CT", "CUS", "NMR", "NMS", "OUS", "RUS", "VUS", "XRC", "LP29684-5", "18748-4", "394914008", "363679005"}
)


def is_imaging(resource: Resource) -> bool:
    """Whether a report is about images: it says so in its category, or points at a study."""
    categories = [coding for item in resource.content.get("category") or [] for coding in item.get("coding") or []]
    return bool(resource.content.get("imagingStudy")) or any(coding.get("code") in _IMAGING_CODES for coding in categories)


def laboratory_report(resource: Resource) -> LaboratoryReport:
    """A laboratory report with its results."""
    return LaboratoryReport(**report_content(resource), type="LaboratoryReport")


def imaging_report(resource: Resource) -> ImagingReport:
    """An imaging report with the studies it is about."""
    return ImagingReport(**report_content(resource), type="ImagingReport", studies=[_study(each) for each in studies(resource)])


def studies(resource: Resource) -> list[Resource]:
    """The imaging studies of a report, those taken back left out."""
    found = (resource.follow(reference) for reference in resource.content.get("imagingStudy") or [])
    return [target for target in found if target and not target.in_error]


def report_content(resource: Resource) -> dict[str, Any]:
    """What both kinds of report share."""
    content = resource.content
    orders = [target for item in content.get("basedOn") or [] if (target := resource.follow(item))]
    specimens = [target for item in content.get("specimen") or [] if (target := resource.follow(item))]
    results = [result(member) for member in members(resource)]
    conclusion = texts(resource, content, "conclusion")
    return {
        "examination": needed_concept(resource, content, "code"),
        "categories": concepts(resource, content, "category"),
        "record_status": content["status"],
        "effective": when(resource, content, "effective"),
        "issued_on": date(resource, content, "issued"),
        "requester": next((asker for order in orders if (asker := party(order, order.content.get("requester")))), None),
        "performers": parties(resource, content, "performer"),
        "interpreters": parties(resource, content, "resultsInterpreter"),
        "specimens": [found for specimen in specimens if (found := concept(specimen, specimen.content.get("type")))],
        "results": results,
        "conclusion": conclusion,
        "conclusion_codes": concepts(resource, content, "conclusionCode"),
        "narrative": [] if results or conclusion else narrative(resource, content),
    }


def says_something(record: LaboratoryReport | ImagingReport) -> bool:
    """Whether a report has a finding of any form: a result, a conclusion, words, or a file."""
    return bool(record.results or record.conclusion or record.conclusion_codes or record.narrative or record.attachments)


def _study(resource: Resource) -> Study:
    resource.bundle.about_patient(resource)
    content = resource.content
    identifiers = content.get("identifier") or []
    return Study(
        study_instance=next((item.get("value") for item in identifiers if item.get("system") == "urn:dicom:uid"), None),
        record_status=content["status"],
        started=date(resource, content, "started"),
        modalities=[found for item in content.get("modality") or [] if (found := code_concept(resource, item))],
        procedures=concepts(resource, content, "procedureCode"),
        reasons=concepts(resource, content, "reasonCode"),
        explanation=texts(resource, content, "description"),
        image_series=[_series(resource, item) for item in content.get("series") or []],
        notes=unique(notes(resource, content)),
    )


def _series(at: Resource, item: Json) -> Series:
    return Series(
        series_instance=item["uid"],
        modality=code_concept(at, item.get("modality")),
        body_site=code_concept(at, item.get("bodySite")),
        laterality=code_concept(at, item.get("laterality")),
        explanation=texts(at, item, "description"),
        started=date(at, item, "started"),
        instance_count=number(item.get("numberOfInstances")),
    )

"""From a bundle to the credentials it gives, before anyone is asked or anything is signed.

Order: how much it would grow; what to draw (a document gives the one credential it is, any other bundle every record it holds,
`types` asks for exactly those); the records; the attachments; the patient; and last the patient's identity numbers: should a
free text quote one, it is taken out, because a credential is shown to strangers.

Refused: a type that was asked for and is not there, a report without any finding, content about another patient, an attachment
that fits no record or more than one, DICOM that is not of the study the report is about, a record too large to be carried.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from schemas.canonical import canonicalize
from schemas.errors import RecordError
from schemas.fhir.allergy import allergy_record
from schemas.fhir.attachments import Attachment
from schemas.fhir.bundle import Bundle, Resource
from schemas.fhir.document import certificate, discharge_summary, document_type, patient_summary
from schemas.fhir.fanout import check_fanout
from schemas.fhir.immunization import immunization_record
from schemas.fhir.medication import prescriptions
from schemas.fhir.people import patient
from schemas.fhir.placing import place_attachments
from schemas.fhir.referral import referral, referrals
from schemas.fhir.report import imaging_report, is_imaging, laboratory_report, says_something
from schemas.labels import type_names
from schemas.records.base import Record
from schemas.records.imaging import ImagingReport
from schemas.records.laboratory import LaboratoryReport
from schemas.records.people import Patient
from schemas.types import RecordType

MAX_SUBJECT_BYTES = 384 * 1024
_LEFT_OUT = "[…]"
_SHORTEST_IDENTIFIER = 5


@dataclass(frozen=True)
class RecordDraft:
    """One credential to be: its type, subject without an id, name in every language, and the files that belong to it."""

    type: RecordType
    subject: dict[str, Any]
    name: list[dict[str, str]]
    related: list[dict[str, Any]] = field(default_factory=list)


type _Drawn = tuple[Record, Resource]


def drafts(
    bundle: Bundle, *, types: Collection[RecordType] | None = None, attachments: Sequence[Attachment] = ()
) -> list[RecordDraft]:
    """The credentials that a bundle gives.

    Args:
        bundle: what `read_bundle` returned.
        types: the record types wanted, all of which must be there; None for what the bundle is.
        attachments: files that belong to the records. One record takes them all; of several, each takes the files it names
            (DICOM by its study, other files by the name or hash in `presentedForm`).

    Raises:
        RecordError: `record.invalid` (with path), `record.nothing_to_issue`, `record.too_large`, `record.attachment_unplaced`,
            `record.attachment_mismatch`.
    """
    check_fanout(bundle)
    try:
        person = patient(bundle.patient)
        drawn = [(kind, *each) for kind in _wanted(bundle, types) for each in _DRAW[kind](bundle)]
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors(include_input=False, include_url=False)[0]["loc"])
        raise RecordError(
            "record.invalid", f"Bundle: a value is too long or malformed for a credential ({place}).", path="Bundle"
        ) from None
    _check_found(types, [kind for kind, _, _ in drawn])
    placed = place_attachments([origin for _, _, origin in drawn], attachments)
    secrets = _identifiers(bundle)
    return [
        _draft(kind, person, record, origin, files, secrets) for (kind, record, origin), files in zip(drawn, placed, strict=True)
    ]


def _wanted(bundle: Bundle, types: Collection[RecordType] | None) -> list[RecordType]:
    if types is not None:
        return [kind for kind in RecordType if kind in types]
    is_document = document_type(bundle.document) if bundle.document else None
    return [is_document] if is_document else list(RecordType)


def _check_found(types: Collection[RecordType] | None, found: Iterable[RecordType]) -> None:
    missing = [kind.value for kind in types or () if kind not in set(found)]
    if missing or not found:
        raise RecordError(
            "record.nothing_to_issue",
            f"The bundle holds no {', '.join(missing)}." if missing else "The bundle holds no record that can be issued.",
            "Send a bundle with the resources of that record, or ask for another type.",
            path="Bundle.entry",
        )


def _draft(
    kind: RecordType, person: Patient, record: Record, origin: Resource, files: Sequence[Attachment], secrets: Sequence[str]
) -> RecordDraft:
    if files:
        record = record.model_copy(update={"attachments": [file.link() for file in files]})
    if isinstance(record, LaboratoryReport | ImagingReport) and not says_something(record):
        raise origin.fault("result", "the report has no result, conclusion, words or attached file")
    subject = _without(secrets, {"patient": person.as_json(), "record": record.as_json()})
    if len(canonicalize(subject)) > MAX_SUBJECT_BYTES:
        raise RecordError(
            "record.too_large",
            f"{origin.path}: the record is too large to be carried as a credential.",
            "Split it, or send the long part as an attachment.",
            path=origin.path,
        )
    return RecordDraft(kind, subject, type_names(kind), [file.related_resource() for file in files])


def _identifiers(bundle: Bundle) -> list[str]:
    values = {str(item.get("value") or "") for item in bundle.patient.content.get("identifier") or []}
    bare = {"".join(filter(str.isalnum, value)) for value in values}
    return sorted((value for value in bare if len(value) >= _SHORTEST_IDENTIFIER), key=len, reverse=True)


def _without(secrets: Sequence[str], value: Any) -> Any:
    """The same JSON with the identity numbers taken out of its free texts, also where A123456(7) is written A1234567."""
    if not secrets:
        return value
    spelled = "|".join(r"[\s().\-]{0,2}".join(map(re.escape, secret)) for secret in secrets)
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{spelled})(?![A-Za-z0-9])", re.IGNORECASE)

    def clean(item: Any, name: str = "") -> Any:
        if isinstance(item, dict):
            return {key: clean(inner, key) for key, inner in item.items()}
        if isinstance(item, list):
            return [clean(inner, name) for inner in item]
        return pattern.sub(_LEFT_OUT, item) if name in {"@value", "fileName"} else item

    return clean(value)


def _checked(bundle: Bundle, kind: str) -> list[Resource]:
    found = list(bundle.of_kind(kind))
    for resource in found:
        bundle.about_patient(resource)
    return found


def _together(kind: str, make: Callable[[list[Resource]], Record]) -> Callable[[Bundle], list[_Drawn]]:
    def draw(bundle: Bundle) -> list[_Drawn]:
        found = _checked(bundle, kind)
        return [(make(found), found[0])] if found else []

    return draw


def _document(kind: RecordType, make: Callable[[Resource], Record]) -> Callable[[Bundle], list[_Drawn]]:
    def draw(bundle: Bundle) -> list[_Drawn]:
        composition = bundle.document
        return [(make(composition), composition)] if composition and document_type(composition) is kind else []

    return draw


def _laboratory(bundle: Bundle) -> list[_Drawn]:
    return [(laboratory_report(report), report) for report in _checked(bundle, "DiagnosticReport") if not is_imaging(report)]


def _imaging(bundle: Bundle) -> list[_Drawn]:
    return [(imaging_report(report), report) for report in _checked(bundle, "DiagnosticReport") if is_imaging(report)]


def _prescriptions(bundle: Bundle) -> list[_Drawn]:
    return [(record, origin) for record, origin in prescriptions(_checked(bundle, "MedicationRequest"))]


def _referrals(bundle: Bundle) -> list[_Drawn]:
    found = referrals(bundle)
    for request in found:
        bundle.about_patient(request)
    return [(referral(request), request) for request in found]


_DRAW: dict[RecordType, Callable[[Bundle], list[_Drawn]]] = {
    RecordType.IMMUNIZATION: _together("Immunization", immunization_record),
    RecordType.LABORATORY_REPORT: _laboratory,
    RecordType.IMAGING_REPORT: _imaging,
    RecordType.PRESCRIPTION: _prescriptions,
    RecordType.DISCHARGE_SUMMARY: _document(RecordType.DISCHARGE_SUMMARY, discharge_summary),
    RecordType.PATIENT_SUMMARY: _document(RecordType.PATIENT_SUMMARY, patient_summary),
    RecordType.ALLERGY: _together("AllergyIntolerance", allergy_record),
    RecordType.MEDICAL_CERTIFICATE: _document(RecordType.MEDICAL_CERTIFICATE, certificate),
    RecordType.REFERRAL: _referrals,
}

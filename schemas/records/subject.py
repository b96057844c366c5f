"""The `credentialSubject`: who the record is about, and the record. One model for each credential type."""

from functools import cache

from pydantic import create_model

from schemas.records.allergy import AllergyRecord
from schemas.records.base import Part, Record, Uri
from schemas.records.certificate import Certificate
from schemas.records.discharge import DischargeSummary
from schemas.records.document import PatientSummary
from schemas.records.imaging import ImagingReport
from schemas.records.immunization import ImmunizationRecord
from schemas.records.laboratory import LaboratoryReport
from schemas.records.medication import Prescription
from schemas.records.people import Patient
from schemas.records.referral import Referral
from schemas.types import RecordType

RECORD_MODELS: dict[RecordType, type[Record]] = {
    RecordType.IMMUNIZATION: ImmunizationRecord,
    RecordType.LABORATORY_REPORT: LaboratoryReport,
    RecordType.IMAGING_REPORT: ImagingReport,
    RecordType.PRESCRIPTION: Prescription,
    RecordType.DISCHARGE_SUMMARY: DischargeSummary,
    RecordType.PATIENT_SUMMARY: PatientSummary,
    RecordType.ALLERGY: AllergyRecord,
    RecordType.MEDICAL_CERTIFICATE: Certificate,
    RecordType.REFERRAL: Referral,
}


class Subject(Part):
    """`id` is the DID that the holder binds; it is absent until then."""

    id: Uri | None = None
    patient: Patient
    record: Record


@cache
def subject_model(record_type: RecordType) -> type[Subject]:
    """The subject of one credential type: its `record` is that type's content and nothing else."""
    return create_model(
        f"{RECORD_MODELS[record_type].__name__}Subject", __base__=Subject, record=(RECORD_MODELS[record_type], ...)
    )

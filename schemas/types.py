"""The nine kinds of medical record that medcred issues, and the data class of GB/T 39725-2020 each falls into.

The value of a RecordType is the credential's type name in JSON: `ImmunizationCredential` beside `VerifiableCredential`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from schemas.errors import RecordError

NAMESPACE = "https://w3id.org/medcred/"
VOCABULARY = f"{NAMESPACE}vocab#"


class RecordType(StrEnum):
    IMMUNIZATION = "ImmunizationCredential"
    LABORATORY_REPORT = "LaboratoryReportCredential"
    IMAGING_REPORT = "ImagingReportCredential"
    PRESCRIPTION = "PrescriptionCredential"
    DISCHARGE_SUMMARY = "DischargeSummaryCredential"
    PATIENT_SUMMARY = "PatientSummaryCredential"
    ALLERGY = "AllergyCredential"
    MEDICAL_CERTIFICATE = "MedicalCertificate"
    REFERRAL = "ReferralCredential"

    @property
    def iri(self) -> str:
        """The expanded type, as a DIF presentation definition names it."""
        return f"{VOCABULARY}{self.value}"

    @property
    def schema_id(self) -> str:
        """The stable URL of the JSON Schema: the `$id`, and the `credentialSchema.id` of every credential of this type."""
        return f"{NAMESPACE}schemas/{self.value}/v1.json"

    @property
    def data_class(self) -> "DataClass":
        """The data class under which a transfer of this record is judged."""
        return _DATA_CLASSES[self]


class DataClass(StrEnum):
    """The six classes of health data of GB/T 39725-2020."""

    PERSONAL_ATTRIBUTES = "personal-attributes"  # 个人属性数据
    HEALTH_STATUS = "health-status"  # 健康状况数据
    MEDICAL_APPLICATION = "medical-application"  # 医疗应用数据
    MEDICAL_PAYMENT = "medical-payment"  # 医疗支付数据
    HEALTH_RESOURCES = "health-resources"  # 卫生资源数据
    PUBLIC_HEALTH = "public-health"  # 公共卫生数据


# Histories and signs are health status; what a clinician wrote, ordered or reported is medical application; disease prevention
# is public health.
_DATA_CLASSES = {
    RecordType.IMMUNIZATION: DataClass.PUBLIC_HEALTH,
    RecordType.LABORATORY_REPORT: DataClass.MEDICAL_APPLICATION,
    RecordType.IMAGING_REPORT: DataClass.MEDICAL_APPLICATION,
    RecordType.PRESCRIPTION: DataClass.MEDICAL_APPLICATION,
    RecordType.DISCHARGE_SUMMARY: DataClass.MEDICAL_APPLICATION,
    RecordType.PATIENT_SUMMARY: DataClass.HEALTH_STATUS,
    RecordType.ALLERGY: DataClass.HEALTH_STATUS,
    RecordType.MEDICAL_CERTIFICATE: DataClass.MEDICAL_APPLICATION,
    RecordType.REFERRAL: DataClass.MEDICAL_APPLICATION,
}


def record_type_of(credential: Mapping[str, Any]) -> RecordType:
    """The record type that a credential states.

    Raises:
        RecordError: `record.unknown_type`, it is not a VerifiableCredential of exactly one of our types.
    """
    match credential.get("type"):
        case ["VerifiableCredential", str(name)] if name in RecordType:
            return RecordType(name)
    raise RecordError(
        "record.unknown_type",
        "This is not a credential of a type medcred knows.",
        "The types are VerifiableCredential and one of ours, in this order.",
        path="type",
    )

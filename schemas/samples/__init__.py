"""Synthetic records made for this project: bundles for the demonstration and the tests, a DICOM image and a PDF.

Nobody in them exists. Every patient carries the identity number CANARY-ID-9Z2K, which no credential may ever hold; `canary` also
carries CANARY-NAME-7Q4X and CANARY-NOTE-5T8W, which no log, ledger, address or error may hold.

`imaging-report.dcm` and `imaging-report.pdf` are made by `schemas.samples.build`; they belong to `imaging-report`.
"""

from importlib.resources import files

HK_PATIENT_SUMMARY = "hk-patient-summary"
MAINLAND_DISCHARGE_SUMMARY = "mainland-discharge-summary"
LABORATORY_REPORT = "laboratory-report"
IMAGING_REPORT = "imaging-report"
IMMUNISATION = "immunisation"
PRESCRIPTION = "prescription"
ALLERGY = "allergy"
CERTIFICATE = "certificate"
REFERRAL = "referral"
CANARY = "canary"

BUNDLES = (
    HK_PATIENT_SUMMARY,
    MAINLAND_DISCHARGE_SUMMARY,
    LABORATORY_REPORT,
    IMAGING_REPORT,
    IMMUNISATION,
    PRESCRIPTION,
    ALLERGY,
    CERTIFICATE,
    REFERRAL,
    CANARY,
)


def bundle(name: str) -> bytes:
    """The FHIR bundle of one name of BUNDLES."""
    return sample_file(f"{name}.json")


def sample_file(name: str) -> bytes:
    """The bytes of one sample file: `imaging-report.dcm`, `imaging-report.pdf`."""
    return (files(__name__) / name).read_bytes()

"""The published schemas: valid, closed, stable; credentials are held to them with a path and without repeating values."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas import samples
from schemas.canonical import canonicalize
from schemas.errors import RecordError
from schemas.json_schemas import schema_for, validate_credential
from schemas.types import RecordType

type Json = dict[str, Any]
type Samples = dict[str, list[Json]]

# What was published as version 1. A change here is a change of what others validate against: it needs version 2 once released.
PUBLISHED = {
    "ImmunizationCredential": "c0cd883b9ac4f396e0c81ae9b5432f4267b14ed5e17c137b2d2ca26dcc16889a",
    "LaboratoryReportCredential": "6d60636c0630ade22ed9908e95fcff570b99b6a80bdb2e21e9ea5328b5495a1f",
    "ImagingReportCredential": "dda1519e4abee12e39e124586d0176c26921e990d897839d419158d2583546f6",
    "PrescriptionCredential": "f5d64b7cb66e9a32e45d2982f8c7cf75de1a54193a329da7179b047d90b4e57c",
    "DischargeSummaryCredential": "8b76b85ae9542be625157989e20f9788a147abe67bd6b968fabe950cf9810966",
    "PatientSummaryCredential": "9ea129a523bb3e6d38445efed2e52450873e6cd29ac8f12d04addb2552a7a121",
    "AllergyCredential": "0f5c1794338be57e2627b8a68ac91871e38600fdb80126d46db2f6e03634528c",
    "MedicalCertificate": "8e95cff4805076bee2e40dd2c3c979fa7d72ea95dbd879a62a6fa6e151149cd4",
    "ReferralCredential": "44d0e015b44b984d3ae4062ab33390fe7f302375e414fd530878767fb4e681c4",
}


@pytest.mark.parametrize("record_type", RecordType)
def test_schemas_are_valid_and_have_stable_addresses(record_type: RecordType) -> None:
    schema = schema_for(record_type)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == record_type.schema_id
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("record_type", RecordType)
def test_schemas_are_what_was_published(record_type: RecordType) -> None:
    digest = hashlib.sha256(canonicalize(_bare(schema_for(record_type)))).hexdigest()
    assert digest == PUBLISHED[record_type]


@pytest.mark.parametrize("record_type", RecordType)
def test_every_object_is_closed(record_type: RecordType) -> None:
    opened = [path for path, part in _objects(schema_for(record_type), "") if part.get("additionalProperties") is not False]
    assert opened == []


def test_a_schema_may_be_changed_by_who_asked_for_it() -> None:
    schema_for(RecordType.ALLERGY)["properties"].clear()
    assert schema_for(RecordType.ALLERGY)["properties"]


@pytest.mark.parametrize("name", samples.BUNDLES)
def test_samples_follow_their_schema_signed_and_unsigned(sample_credentials: Samples, name: str) -> None:
    for credential in sample_credentials[name]:
        validate_credential(credential)
        validate_credential(credential | {"proof": [{"type": "DataIntegrityProof"}, {"type": "LedgerReceipt"}]})


def put(*steps: str | int, value: object) -> Callable[[Json], None]:
    def change(credential: Json) -> None:
        place: Any = credential
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value

    return change


def drop(*steps: str | int) -> Callable[[Json], None]:
    def change(credential: Json) -> None:
        place: Any = credential
        for step in steps[:-1]:
            place = place[step]
        del place[steps[-1]]

    return change


RECORD = ("credentialSubject", "record")
RESULT = (*RECORD, "results", 0)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (put("evidence", value="CANARY"), ""),
        (put("@context", value=["https://www.w3.org/ns/credentials/v2"]), "@context"),
        (put("@context", 1, value="https://w3id.org/medcred/v2"), "@context"),
        (put("issuer", value="https://hospital.example"), "issuer"),
        (put("issuer", value={"id": "did:web:a", "name": "CANARY"}), "issuer"),
        (put("id", value="CANARY"), "id"),
        (put("validFrom", value="2026-11-24"), "validFrom"),
        (put("validUntil", value="2026-11-24T15:00:00+08:00"), "validUntil"),
        (put("name", value=[]), "name"),
        (put("credentialStatus", value=[]), "credentialStatus"),
        (put("credentialStatus", 0, "statusListIndex", value=94567), "credentialStatus[0].statusListIndex"),
        (put("credentialStatus", 0, "statusPurpose", value="message"), "credentialStatus[0].statusPurpose"),
        (put("credentialSchema", "id", value="https://w3id.org/medcred/schemas/X/v1.json"), "credentialSchema.id"),
        (put("fingerprint", "salt", value="u" + "A" * 21), "fingerprint.salt"),
        (put("fingerprint", "algorithm", value="md5"), "fingerprint.algorithm"),
        (put("relatedResource", value=[]), "relatedResource"),
        (drop("fingerprint"), ""),
        (drop("credentialStatus"), ""),
        (drop("credentialSubject", "patient", "names"), "credentialSubject.patient"),
        (put("credentialSubject", "patient", "hkid", value="CANARY"), "credentialSubject.patient"),
        (put("credentialSubject", "patient", "sex", value="CANARY"), "credentialSubject.patient.sex"),
        (put(*RECORD, "hidden", value="CANARY"), "credentialSubject.record"),
        (put(*RECORD, "type", value="ImagingReport"), "credentialSubject.record.type"),
        (put(*RESULT, "quantity", "value", value=5.0), "credentialSubject.record.results[0].quantity"),
        (put(*RESULT, "quantity", "value", value="5,0"), "credentialSubject.record.results[0].quantity"),
        (put(*RESULT, "test", "text", 0, "@language", value="CANARY CANARY"), "credentialSubject.record.results[0].test.text[0]"),
        (put(*RECORD, "issuedOn", value="yesterday"), "credentialSubject.record.issuedOn"),
    ],
)
def test_faults_have_a_path_and_repeat_nothing(sample_credentials: Samples, change: Callable[[Json], None], path: str) -> None:
    credential = copy.deepcopy(sample_credentials[samples.LABORATORY_REPORT][0])
    change(credential)
    with pytest.raises(RecordError) as refusal:
        validate_credential(credential)
    assert refusal.value.code == "record.schema"
    assert refusal.value.path.startswith(path)
    assert "CANARY" not in refusal.value.message


def test_a_missing_member_is_named(sample_credentials: Samples) -> None:
    credential = sample_credentials[samples.ALLERGY][0]
    del credential["fingerprint"], credential["issuer"]
    with pytest.raises(RecordError, match="The credential lacks issuer, fingerprint"):
        validate_credential(credential)


def test_the_content_of_another_type_is_refused(sample_credentials: Samples) -> None:
    credential = sample_credentials[samples.ALLERGY][0]
    credential["credentialSubject"] = sample_credentials[samples.IMMUNISATION][0]["credentialSubject"]
    with pytest.raises(RecordError):
        validate_credential(credential)


def _bare(value: Any) -> Any:
    """A schema without what only describes: titles and descriptions may be reworded."""
    if isinstance(value, dict):
        described = {"title", "description"} if "type" in value or "$schema" in value else set()
        return {name: _bare(inner) for name, inner in value.items() if name not in described or isinstance(inner, dict)}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def _objects(value: Any, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        if "properties" in value and value.get("type") == "object":
            yield path, value
        for name, inner in value.items():
            yield from _objects(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _objects(inner, f"{path}/{index}")

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
    "ImmunizationCredential": "3613ff01f4c23969d1dd3cee14403adf4ab7cab957cd6029aa6b3b7cf8485af9",
    "LaboratoryReportCredential": "1bbb5817c17ca297725c9178ccc3b6d58ba6abf75a04f865c006c14731fad23a",
    "ImagingReportCredential": "6aff90123227a60099dd5ef4a9a185fec02f7626d0f5305b050f42c4522120f1",
    "PrescriptionCredential": "dc3e25f9eb8bc85fc30c3138cc5c411bba7cf3eba8e203555cf2abadb73d6e83",
    "DischargeSummaryCredential": "a606c4556590a36b131bcefdd6e41dcabaf47776f218d3b18af3e40f8ba84114",
    "PatientSummaryCredential": "a05b4bc43e08c22e9022463ec753f03166102e3394e11541fada8c57db2b8cf3",
    "AllergyCredential": "1f2ed1106cbda9412ed5b54c608655d293471b411495779d45b90f4cb7aca377",
    "MedicalCertificate": "9bae0216841b69fc9e293e214ca5f5f7c490a850e7aff6727e3683a5b20aa12a",
    "ReferralCredential": "5c659e5f2d553e0f5c9c43a801194f56dfe0a86df95a27330f82b6329d604e4c",
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

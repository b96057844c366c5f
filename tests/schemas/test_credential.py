"""Putting a credential together, binding it, and what the commitment covers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from schemas import samples
from schemas.credential import bind_subject, without_proof
from schemas.errors import FormatError, RecordError
from schemas.fhir import RecordDraft

type Json = dict[str, Any]


@pytest.fixture
def draft(sample_drafts: dict[str, list[RecordDraft]]) -> RecordDraft:
    return sample_drafts[samples.IMAGING_REPORT][0]


def test_a_credential_has_the_members_of_the_data_model(draft: RecordDraft, credential_of: Callable[..., Json]) -> None:
    hong_kong = timezone(timedelta(hours=8))
    credential = credential_of(
        draft,
        valid_from=datetime(2026, 11, 24, 23, 0, 0, 987, tzinfo=hong_kong),
        valid_until=datetime(2027, 11, 24, tzinfo=UTC),
        salt=b"\xff" * 16,
        algorithm="sm3",
    )
    assert credential["@context"] == ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/medcred/v1"]
    assert credential["type"] == ["VerifiableCredential", "ImagingReportCredential"]
    assert (credential["validFrom"], credential["validUntil"]) == ("2026-11-24T15:00:00Z", "2027-11-24T00:00:00Z")
    assert credential["fingerprint"] == {"type": "SaltedFingerprint", "algorithm": "sm3", "salt": "u_____________________w"}
    assert credential["credentialSchema"]["id"].endswith("/ImagingReportCredential/v1.json")
    assert [item["mediaType"] for item in credential["relatedResource"]] == ["application/dicom", "application/pdf"]
    assert next(iter(credential["credentialSubject"])) == "id"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"salt": bytes(15)}, "credential.salt"),
        ({"salt": bytes(65)}, "credential.salt"),
        ({"valid_until": datetime(2026, 11, 24, 15, tzinfo=UTC)}, "credential.validity"),
        ({"issuer": "https://hospital.example"}, "record.schema"),
        ({"credential_id": "7"}, "record.schema"),
        ({"status": []}, "record.schema"),
        ({"algorithm": "md5"}, "record.schema"),
    ],
)
def test_a_credential_that_would_not_verify_is_not_made(
    draft: RecordDraft, credential_of: Callable[..., Json], changes: Json, code: str
) -> None:
    with pytest.raises((FormatError, RecordError)) as refusal:
        credential_of(draft, **changes)
    assert refusal.value.code == code


def test_binding_is_once_and_to_a_did_key(draft: RecordDraft, credential_of: Callable[..., Json]) -> None:
    credential = credential_of(draft)
    holder = credential["credentialSubject"]["id"]
    assert bind_subject(credential, holder) == credential
    with pytest.raises(FormatError) as refusal:
        bind_subject(credential, "did:key:z6MkOther")
    assert refusal.value.code == "credential.bound"
    with pytest.raises(FormatError) as refusal:
        bind_subject(credential, "did:web:example.org")
    assert refusal.value.code == "credential.holder"


def test_binding_leaves_the_given_credential_alone(draft: RecordDraft, credential_of: Callable[..., Json]) -> None:
    credential_of(draft)
    assert "id" not in draft.subject


def test_the_commitment_covers_all_but_the_proof(draft: RecordDraft, credential_of: Callable[..., Json]) -> None:
    credential = credential_of(draft)
    assert without_proof(credential | {"proof": [{"type": "LedgerReceipt"}]}) == credential


SIGNER = {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "role": "Medical Records Issuing Officer"}


def test_a_credential_names_who_signs_beside_the_hospital(draft: RecordDraft, credential_of: Callable[..., Json]) -> None:
    assert "signer" not in credential_of(draft)
    assert credential_of(draft, signer=SIGNER)["signer"] == SIGNER


@pytest.mark.parametrize(
    "signer",
    [
        SIGNER | {"name": "CANARY-NAME-7Q4X"},
        {"id": SIGNER["id"]},
        SIGNER | {"id": "did:web:hospital.example"},
        SIGNER | {"id": SIGNER["id"] + "#key"},
        SIGNER | {"role": ""},
    ],
    ids=["a name", "no role", "another DID method", "a DID URL", "an empty role"],
)
def test_a_signer_is_a_key_and_a_role_and_nothing_else(
    draft: RecordDraft, credential_of: Callable[..., Json], signer: Json
) -> None:
    with pytest.raises(RecordError) as caught:
        credential_of(draft, signer=signer)
    assert caught.value.path.startswith("signer")
    assert "CANARY" not in str(caught.value)

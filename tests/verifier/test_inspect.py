"""What a file is, said by its form alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import receipt_cbor
from tests.verifier import world
from verifier.inspect import DESCRIPTIONS, Kind, inspect

JWT = "eyJhbGciOiJFZERTQSIsInR5cCI6InZjK2p3dCJ9.eyJpc3MiOiJ4In0.c2ln"
SHC = "eyJ6aXAiOiJERUYiLCJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.3ZJN.c2ln"


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def witnessed_file() -> dict[str, Any]:
    """What `medcred ledger append` writes beside a file."""
    receipt = world.Log().receipt(world.unsigned()).to_json()
    return {
        "type": "WitnessedFile",
        "mediaType": "application/pdf",
        "algorithm": "sha-256",
        "salt": "uU0FMVA",
        "receipt": receipt,
    }


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: as_json(world.carried()), Kind.CARRIED_RECORD),
        (lambda: as_json(world.issued()), Kind.CREDENTIAL),
        (lambda: as_json(world.presentation()), Kind.PRESENTATION),
        (lambda: as_json(world.status_list()), Kind.STATUS_LIST),
        (lambda: as_json(world.trust_document()), Kind.TRUST_LIST),
        (lambda: as_json(world.Log().receipt(world.unsigned()).to_json()), Kind.RECEIPT),
        (lambda: receipt_cbor.encode(world.Log().receipt(world.unsigned())), Kind.RECEIPT),
        (lambda: str(world.Log().checkpoint(world.AT)).encode(), Kind.CHECKPOINT),
        (lambda: str(world.Log().receipt(world.unsigned()).log).encode(), Kind.LOG_PROOF),
        (lambda: as_json(witnessed_file()), Kind.WITNESSED_FILE),
        (lambda: f"{world.Log().checkpoint(world.AT)}\n{world.Log().checkpoint(world.AT)}\n".encode(), Kind.CHECKPOINT),
        (lambda: as_json({"verdict": "genuine", "accepted": True, "checks": []}), Kind.VERDICT),
        (lambda: as_json({"id": world.HK, "verificationMethod": []}), Kind.DID_DOCUMENT),
        (lambda: JWT.encode(), Kind.JWT),
        (lambda: f"{JWT}~WyJhIl0~WyJiIl0~".encode(), Kind.SD_JWT),
        (lambda: SHC.encode(), Kind.SMART_HEALTH_CARD),
        (lambda: b"shc:/5676290952432060", Kind.SMART_HEALTH_CARD),
        (lambda: as_json({"verifiableCredential": [SHC]}), Kind.SMART_HEALTH_CARD),
        (lambda: b"HC1:6BFOXN*TS0BI$ZD", Kind.EU_DCC),
        (lambda: b'{"v":"KERI10JSON0001b7_","t":"icp"}-AABAA', Kind.CESR),
        (lambda: b'{"v":"ACDC10JSON000197_","d":"E"}', Kind.CESR),
        (lambda: as_json({"resourceType": "Bundle"}), Kind.FHIR),
        (lambda: b"%PDF-1.7\n", Kind.PDF),
        (lambda: bytes(128) + b"DICM" + bytes(20), Kind.DICOM),
        (lambda: b"[1, 2]", Kind.JSON),
        (lambda: b'{"a": 1, "a": 2}', Kind.JSON),
        (lambda: b"just words", Kind.TEXT),
        (lambda: b"", Kind.TEXT),
        (lambda: b"\xff\xfe\x00\x01", Kind.BINARY),
    ],
)
def test_what_a_file_is(make: Callable[[], bytes], kind: Kind) -> None:
    found = inspect(make())
    assert found.kind is kind
    assert found.as_dict()["description"] == DESCRIPTIONS[kind]


def test_a_credential_says_what_it_claims_and_nothing_of_the_patient() -> None:
    for document in (world.issued(), world.carried(), world.presentation()):
        told = json.dumps(inspect(as_json(document)).as_dict())
        assert "CANARY" not in told
        assert world.HOLDER not in told
    assert inspect(as_json(world.issued())).facts == {
        "types": "VerifiableCredential, ImmunizationCredential",
        "proofs": "eddsa-jcs-2022, LedgerReceipt",
        "data_model": "2.0",
        "claimed_issuer": world.HK,
    }


def test_a_witnessed_file_keeps_its_salt_to_itself() -> None:
    facts = inspect(as_json(witnessed_file())).facts
    assert (facts["media_type"], facts["algorithm"]) == ("application/pdf", "sha-256")
    assert "uU0FMVA" not in str(facts)


def test_exported_checkpoints_are_counted() -> None:
    note = str(world.Log().checkpoint(world.AT))
    assert "checkpoints" not in inspect(note.encode()).facts
    assert inspect(f"{note}\n{note}\n".encode()).facts["checkpoints"] == "2"


def test_every_kind_has_a_description() -> None:
    assert set(DESCRIPTIONS) == set(Kind)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert inspect(data).kind in Kind


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "id", "@context", "credential", "proof", "issuers", "attachments", "verifiableCredential"]
                )
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_has_an_answer(value: Any) -> None:
    assert inspect(as_json(value)).kind in Kind


@pytest.mark.independent
def test_files_of_others(independent_data: Path) -> None:
    vc = independent_data / "vc" / "eddsa"
    assert inspect((vc / "eddsa-jcs-2022" / "signedJCS.json").read_bytes()).kind is Kind.CREDENTIAL
    kels = sorted((independent_data / "vlei" / "kel").iterdir())
    assert {inspect(path.read_bytes()).kind for path in kels if path.suffix == ".cesr"} == {Kind.CESR}
    bundle = next((independent_data / "fhir" / "ips").glob("HK_*.json"))
    assert inspect(bundle.read_bytes()).kind is Kind.FHIR
    tokens = json.loads((independent_data / "sdjwt" / "tokens.json").read_text())
    issuances = [found for found in _texts(tokens) if found.count(".") == 2 and "~" in found]
    assert issuances
    assert {inspect(token.encode()).kind for token in issuances} == {Kind.SD_JWT}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in inner for text in _texts(item)]

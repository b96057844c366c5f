"""Data Integrity proofs: the W3C vectors, and documents that must not pass."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.plugin.data_integrity import (
    data_integrity_proofs,
    hash_data,
    proof_options,
    proofs,
    signature_holds,
    with_proof,
)
from agents.plugin.rdfc import RdfcWorker
from schemas.contexts import CREDENTIALS_V2
from schemas.errors import RefusedError
from schemas.keys import decode_multikey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
DOCUMENT = {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "text": "疫苗 5.0 Ω"}


@pytest.fixture
async def rdfc() -> AsyncIterator[RdfcWorker]:
    worker = RdfcWorker()
    yield worker
    await worker.aclose()


async def _signed(document: dict[str, Any], rdfc: RdfcWorker, suite: str = "eddsa-jcs-2022") -> dict[str, Any]:
    options = proof_options(
        document, cryptosuite=suite, verification_method="did:x#y", purpose="assertionMethod", created="2026-11-24T15:00:00Z"
    )
    return with_proof(document, options, KEY.sign(await hash_data(document, options, rdfc)))


@pytest.mark.independent
@pytest.mark.parametrize(("folder", "name"), [("eddsa-jcs-2022", "JCS"), ("eddsa-rdfc-2022", "DataInt")])
async def test_w3c_vectors(independent_data: Path, rdfc: RdfcWorker, folder: str, name: str) -> None:
    vectors = independent_data / "vc" / "eddsa"
    signed = json.loads((vectors / folder / f"signed{name}.json").read_text())
    public = decode_multikey(json.loads((vectors / "keyPair.json").read_text())["publicKeyMultibase"])
    (proof,) = data_integrity_proofs(signed)
    if folder == "eddsa-rdfc-2022":
        # The vector's credential uses the examples context, which is not among the frozen ones.
        with pytest.raises(RefusedError) as refused:
            await signature_holds(signed, proof, public, rdfc)
        assert refused.value.code == "proof.not_json_ld"
        return
    assert await signature_holds(signed, proof, public, rdfc)
    assert not await signature_holds(signed | {"validFrom": "2000-01-01T00:00:00Z"}, proof, public, rdfc)


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
async def test_what_we_sign_holds_and_nothing_else(rdfc: RdfcWorker, suite: str) -> None:
    document = {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "name": "疫苗 Ω"}
    signed = await _signed(document, rdfc, suite)
    (proof,) = data_integrity_proofs(signed)
    assert await signature_holds(signed, proof, PUBLIC, rdfc)
    other_key = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32).public_key().public_bytes_raw()
    assert not await signature_holds(signed, proof, other_key, rdfc)
    assert not await signature_holds(signed | {"name": "疫苗"}, proof, PUBLIC, rdfc)
    assert not await signature_holds(signed, proof | {"created": "2026-11-24T16:00:00Z"}, PUBLIC, rdfc)
    for value in (None, 7, "", "z", "uAAAA", "z0OIl", proof["proofValue"][:-2]):
        assert not await signature_holds(signed, proof | {"proofValue": value}, PUBLIC, rdfc)


async def test_a_second_proof_and_a_receipt_do_not_disturb(rdfc: RdfcWorker) -> None:
    once = await _signed(DOCUMENT, rdfc)
    assert isinstance(once["proof"], dict)
    receipt = {"type": "LedgerReceipt"}
    unknown = {"type": "DataIntegrityProof", "cryptosuite": "sm2-jcs-2026"}
    twice = await _signed(once | {"proof": [receipt, once["proof"], unknown, "text"]}, rdfc)
    assert len(proofs(twice)) == 5
    found = data_integrity_proofs(twice)
    assert len(found) == 2
    assert all([await signature_holds(twice, proof, PUBLIC, rdfc) for proof in found])


async def test_contexts_cannot_be_slipped_in_before_or_taken_away(rdfc: RdfcWorker) -> None:
    signed = await _signed(DOCUMENT, rdfc)
    (proof,) = data_integrity_proofs(signed)
    longer = signed | {"@context": [CREDENTIALS_V2, "https://other.example/v1"]}
    # VC-DI-EDDSA §3.3.2: contexts may follow those of the proof; the document is checked under the proof's.
    assert await signature_holds(longer, proof, PUBLIC, rdfc)
    for contexts in (["https://other.example/v1", CREDENTIALS_V2], [], CREDENTIALS_V2 + "x"):
        assert not await signature_holds(signed | {"@context": contexts}, proof, PUBLIC, rdfc)
    without = {name: value for name, value in proof.items() if name != "@context"}
    assert not await signature_holds(signed, without, PUBLIC, rdfc)


async def test_a_chained_proof_is_not_believed(rdfc: RdfcWorker) -> None:
    signed = await _signed(DOCUMENT, rdfc)
    (proof,) = data_integrity_proofs(signed)
    assert not await signature_holds(signed, proof | {"previousProof": "urn:1"}, PUBLIC, rdfc)


async def test_numbers_beyond_the_canonical_form_do_not_hold(rdfc: RdfcWorker) -> None:
    signed = await _signed(DOCUMENT, rdfc)
    (proof,) = data_integrity_proofs(signed)
    assert not await signature_holds(signed | {"n": 2**60}, proof, PUBLIC, rdfc)


@pytest.mark.parametrize("value", [None, 7, "x", [], [None, 7, "x"], {}, {"type": "DataIntegrityProof"}])
def test_no_proof_to_check(value: object) -> None:
    assert data_integrity_proofs({"proof": value}) == []


async def test_an_unknown_suite_is_not_hashed(rdfc: RdfcWorker) -> None:
    with pytest.raises(RefusedError) as refused:
        await hash_data(DOCUMENT, {"cryptosuite": "bbs-2023"}, rdfc)
    assert refused.value.code == "proof.cryptosuite"


async def test_the_worker_is_killed_and_comes_back() -> None:
    worker = RdfcWorker(seconds=0.5)
    poison: dict[str, Any] = {"@context": {"@vocab": "urn:x:"}, "with": [{"with": [{"with": [{}] * 9}] * 9}] * 9}
    try:
        with pytest.raises(RefusedError) as refused:
            await worker.hash_data(poison, {"@context": [CREDENTIALS_V2]})
        assert refused.value.code == "proof.too_costly"
        assert len(await worker.hash_data({"@context": [CREDENTIALS_V2], "id": "urn:1", "name": "x"}, {})) == 64
    finally:
        await worker.aclose()


@pytest.mark.parametrize(
    "document",
    [
        {"@context": ["https://unknown.example/v1"], "name": "x"},
        {"@context": [CREDENTIALS_V2], "notDefined": "x"},
        {"@context": [CREDENTIALS_V2], "type": ["NotDefined"]},
        {"@context": 7},
        {"name": "no context"},
    ],
)
async def test_what_rdf_would_drop_is_refused(rdfc: RdfcWorker, document: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        await rdfc.hash_data(document, {})
    assert refused.value.code == "proof.not_json_ld"


def test_signatures_are_base58() -> None:
    made = with_proof({}, {"type": "DataIntegrityProof"}, b"\x01" * 64)
    assert base58.b58decode(made["proof"]["proofValue"][1:]) == b"\x01" * 64

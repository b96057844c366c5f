"""Whose signature is on a document: asked of a real agent, which resolves the signer's did:web."""

from typing import Any

import pytest

from tests.agents.running import DidHost, Party

pytestmark = pytest.mark.agents
DOCUMENT: dict[str, Any] = {"@type": "https://didcomm.org/out-of-band/1.1/invitation", "label": "大嶼示範診所", "services": ["x"]}


@pytest.fixture
async def signed(hospital: Party, issuer_did: str) -> dict[str, Any]:
    (made,) = await hospital.sign([DOCUMENT], verification_method=f"{issuer_did}#key-1")
    return made


async def test_by_whom_and_with_which_key(hospital: Party, mei: Party, issuer_did: str, signed: dict[str, Any]) -> None:
    found = await mei.check_signed(signed, controller=issuer_did)
    assert (found.result, found.reason) == ("pass", "")
    assert found.keys == {f"{issuer_did}#key-1": await hospital.create_key(f"{issuer_did}#key-1")}


async def test_altered_unsigned_or_for_another_purpose(mei: Party, issuer_did: str, signed: dict[str, Any]) -> None:
    for document, purpose, reason in (
        (signed | {"services": ["y"]}, "assertionMethod", "proof.invalid"),
        (DOCUMENT, "assertionMethod", "proof.missing"),
        (signed, "authentication", "proof.purpose"),
    ):
        found = await mei.check_signed(document, controller=issuer_did, purpose=purpose)
        assert (found.result, found.reason, found.keys) == ("fail", reason, {})


async def test_in_anothers_name(mei: Party, did_host: DidHost, signed: dict[str, Any]) -> None:
    found = await mei.check_signed(signed, controller=did_host.did("another"))
    assert (found.result, found.reason) == ("fail", "proof.key_not_of_controller")


async def test_a_host_that_does_not_answer_makes_nothing_false(hospital: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("away")
    did_host.publish("away", await hospital.create_key(f"{did}#key-1"))
    (signed,) = await hospital.sign([DOCUMENT], verification_method=f"{did}#key-1")
    did_host.fail("away", 1)
    assert (await mei.check_signed(signed, controller=did)).result == "unknown"
    assert (await mei.check_signed(signed, controller=did)).result == "pass"


async def test_a_document_that_is_not_there_makes_nothing_false(hospital: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("nowhere")
    await hospital.create_key(f"{did}#key-1")
    (signed,) = await hospital.sign([DOCUMENT], verification_method=f"{did}#key-1")
    found = await mei.check_signed(signed, controller=did)
    assert (found.result, found.reason) == ("unknown", "proof.key_unresolved")

"""Presenting over DIDComm with real agents: sharing, proving a DID, declining, and a thief with somebody else's record."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.records import HeldCredential, PresentationState
from schemas.errors import NotFoundError, StateError
from tests.agents.running import Party
from tests.agents.story import asked, connect, draft, issued, presentation_in, question

pytestmark = pytest.mark.agents


@pytest.fixture
async def record(hospital: Party, mei: Party, issuer_did: str) -> HeldCredential:
    """A record in Mei's wallet."""
    to_mei, _ = await connect(hospital, mei)
    return await issued(hospital, mei, draft(issuer_did), to_mei)


async def _verified(agent: Party, exchange_id: str) -> tuple[str | None, list[str] | None]:
    answer = (await agent.raw("GET", f"/present-proof-2.0/records/{exchange_id}")).json()
    return answer.get("verified"), answer.get("verified_msgs")


async def test_a_record_is_shared_with_its_grant(clinic: Party, mei: Party, record: HeldCredential) -> None:
    request = question("ImmunizationCredential")
    to_mei, _ = await connect(clinic, mei)
    exchange = await clinic.request_presentation(request, connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    assert received.request == request
    await mei.share(received.id, [record.record_id])
    done = await presentation_in(clinic, exchange.id, PresentationState.DONE)
    presentation = done.presentation
    assert presentation is not None
    assert presentation["verifiableCredential"] == [record.credential]
    assert presentation["holder"] == record.credential["credentialSubject"]["id"]
    until = request.valid_until.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert presentation["termsOfUse"] == [
        {"type": "ShareGrant", "recipient": request.domain, "purpose": request.purpose, "validUntil": until}
    ]
    proof = presentation["proof"]
    assert (proof["challenge"], proof["domain"], proof["proofPurpose"]) == (request.challenge, request.domain, "authentication")
    assert await _verified(clinic, exchange.id) == ("true", None)
    # The acknowledgement ends it at the wallet too.
    await presentation_in(mei, received.id, PresentationState.DONE)


async def test_a_request_by_invitation_alone(clinic: Party, mei: Party, record: HeldCredential) -> None:
    exchange = await clinic.request_presentation(question("ImmunizationCredential"))
    invitation = await clinic.create_invitation(label="Clinic", handshake=False, presentation_exchange_id=exchange.id)
    reception = await mei.receive_invitation(invitation.message)
    assert (reception.connection_id, reception.thread_id) == (None, exchange.thread_id)
    received = await asked(mei, exchange.thread_id)
    await mei.share(received.id, [record.record_id])
    assert (await mei.share(received.id, [record.record_id])).state in ("presentation-sent", "done")
    done = await presentation_in(clinic, exchange.id, PresentationState.DONE)
    assert done.presentation is not None
    assert await _verified(clinic, exchange.id) == ("true", None)


async def test_a_did_is_proved_without_a_record(hospital: Party, mei: Party, record: HeldCredential) -> None:
    to_mei, _ = await connect(hospital, mei)
    request = question(purpose="Bind this wallet")
    exchange = await hospital.request_presentation(request, connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    assert received.request is not None
    assert received.request.is_did_proof
    did = await mei.create_holder_did()
    for record_ids, holder_did in (([record.record_id], did), ([], None), ([], "did:web:hospital.example")):
        with pytest.raises(StateError) as refused:
            await mei.share(received.id, record_ids, holder_did=holder_did)
        assert refused.value.code == "share.holder_did"
    await mei.share(received.id, [], holder_did=did)
    done = await presentation_in(hospital, exchange.id, PresentationState.DONE)
    assert done.presentation is not None
    assert done.presentation["holder"] == did
    assert "verifiableCredential" not in done.presentation
    assert "termsOfUse" not in done.presentation
    assert await _verified(hospital, exchange.id) == ("true", None)


async def test_a_did_of_another_wallet_cannot_be_proved(hospital: Party, mei: Party) -> None:
    to_mei, _ = await connect(hospital, mei)
    exchange = await hospital.request_presentation(question(), connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    with pytest.raises(StateError) as refused:
        await mei.share(received.id, [], holder_did=await hospital.create_holder_did())
    assert refused.value.code == "share.not_subject"


async def test_the_patient_declines(clinic: Party, mei: Party) -> None:
    to_mei, _ = await connect(clinic, mei)
    exchange = await clinic.request_presentation(question("ImmunizationCredential"), connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    await mei.decline_presentation(received.id, "Not today.")
    ended = await presentation_in(clinic, exchange.id, PresentationState.ABANDONED)
    assert ended.presentation is None
    with pytest.raises(StateError) as refused:
        await mei.share(received.id, ["x"])
    assert refused.value.code == "exchange.state"
    await clinic.delete_presentation_exchange(exchange.id)
    with pytest.raises(NotFoundError):
        await clinic.presentation_exchange(exchange.id)


async def test_only_what_was_asked_for_leaves(clinic: Party, mei: Party, record: HeldCredential) -> None:
    to_mei, _ = await connect(clinic, mei)
    exchange = await clinic.request_presentation(question("AllergyCredential"), connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    for record_ids, code in (([record.record_id], "share.not_requested"), ([], "share.nothing")):
        with pytest.raises(StateError) as refused:
            await mei.share(received.id, record_ids)
        assert refused.value.code == code
    with pytest.raises(NotFoundError) as unknown:
        await mei.share(received.id, ["no-such-record"])
    assert unknown.value.code == "record.unknown"
    assert (await clinic.presentation_exchange(exchange.id)).state == PresentationState.REQUEST_SENT


async def test_a_request_whose_time_is_over(clinic: Party, mei: Party, record: HeldCredential) -> None:
    to_mei, _ = await connect(clinic, mei)
    late = question("ImmunizationCredential", valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    exchange = await clinic.request_presentation(late, connection_id=to_mei)
    received = await asked(mei, exchange.thread_id)
    with pytest.raises(StateError) as refused:
        await mei.share(received.id, [record.record_id])
    assert refused.value.code == "share.expired"


async def test_records_about_two_dids_do_not_go_together(hospital: Party, clinic: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    two = [await issued(hospital, mei, draft(issuer_did), to_mei) for _ in range(2)]
    to_clinic, _ = await connect(clinic, mei)
    exchange = await clinic.request_presentation(question("ImmunizationCredential"), connection_id=to_clinic)
    received = await asked(mei, exchange.thread_id)
    with pytest.raises(StateError) as refused:
        await mei.share(received.id, [held.record_id for held in two])
    assert refused.value.code == "share.not_subject"


async def _stolen(thief: Party, record: HeldCredential) -> HeldCredential:
    assert (await thief.raw("POST", "/forge/plant", record.credential)).is_success
    return next(held for held in await thief.held_credentials() if held.credential == record.credential)


async def test_a_stolen_record_cannot_be_shared(clinic: Party, thief: Party, record: HeldCredential) -> None:
    loot = await _stolen(thief, record)
    to_thief, _ = await connect(clinic, thief)
    exchange = await clinic.request_presentation(question("ImmunizationCredential"), connection_id=to_thief)
    received = await asked(thief, exchange.thread_id)
    with pytest.raises(StateError) as refused:
        await thief.share(received.id, [loot.record_id])
    assert refused.value.code == "share.not_subject"


async def test_a_forged_presentation_reaches_the_verifier_and_shows(clinic: Party, thief: Party, record: HeldCredential) -> None:
    """Signed by the thief with the right challenge and domain: ACA-Py alone would call it verified."""
    to_thief, _ = await connect(clinic, thief)
    request = question("ImmunizationCredential")
    exchange = await clinic.request_presentation(request, connection_id=to_thief)
    received = await asked(thief, exchange.thread_id)
    did = await thief.create_holder_did()
    presentation = {
        "@context": record.credential["@context"],
        "type": ["VerifiablePresentation"],
        "holder": did,
        "verifiableCredential": [record.credential],
    }
    body = {"presentation": presentation, "sign_as": did}
    assert (await thief.raw("POST", f"/forge/presentation/{received.id}", body)).is_success
    done = await presentation_in(clinic, exchange.id, PresentationState.DONE)
    seen: Any = done.presentation
    assert seen["proof"]["challenge"] == request.challenge
    assert seen["proof"]["verificationMethod"].startswith(did)
    assert seen["verifiableCredential"] == [record.credential]
    assert record.credential["credentialSubject"]["id"] != did
    assert await _verified(clinic, exchange.id) == ("false", ["presentation.not_subject"])


async def test_a_replayed_presentation_reaches_the_verifier_and_shows(
    clinic: Party, mei: Party, thief: Party, record: HeldCredential
) -> None:
    to_mei, _ = await connect(clinic, mei)
    first = await clinic.request_presentation(question("ImmunizationCredential"), connection_id=to_mei)
    await mei.share((await asked(mei, first.thread_id)).id, [record.record_id])
    honest = (await presentation_in(clinic, first.id, PresentationState.DONE)).presentation
    to_thief, _ = await connect(clinic, thief)
    second = await clinic.request_presentation(question("ImmunizationCredential"), connection_id=to_thief)
    received = await asked(thief, second.thread_id)
    assert (await thief.raw("POST", f"/forge/presentation/{received.id}", {"presentation": honest})).is_success
    done = await presentation_in(clinic, second.id, PresentationState.DONE)
    assert done.presentation == honest
    assert await _verified(clinic, second.id) == ("false", ["presentation.challenge"])

"""Issuing over DIDComm with real agents: the whole way, repetitions, and everything a holder or hospital must refuse."""

import asyncio
import copy
from typing import Any

import pytest

from agents.records import CredentialState
from schemas.errors import NotFoundError, StateError
from tests.agents.running import DidHost, Party, RunningAgent, until
from tests.agents.story import connect, draft, exchange_in, issued, offered, requested, signed

pytestmark = pytest.mark.agents
type Json = dict[str, Any]


async def test_a_credential_arrives_exactly_as_issued(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    exchange = await requested(hospital, mei, draft(issuer_did), to_mei)
    assert exchange.holder_did == exchange.credential["credentialSubject"]["id"]
    sent = await signed(hospital, exchange.credential)
    await hospital.issue(exchange.id, sent)
    done = await exchange_in(hospital, exchange.id, CredentialState.DONE)
    assert done.credential == sent
    held = [each.credential for each in await mei.held_credentials()]
    assert sent in held


async def test_a_doctor_signs_beside_the_hospital(hospital: Party, mei: Party, issuer_did: str) -> None:
    doctor = await hospital.create_key(f"{issuer_did}/signers/1")
    to_mei, _ = await connect(hospital, mei)
    named = draft(issuer_did) | {"signer": {"id": f"did:key:{doctor}", "role": "Physician"}}
    exchange = await requested(hospital, mei, named, to_mei)
    first = await signed(hospital, exchange.credential)
    [sent] = await hospital.sign([first], verification_method=f"did:key:{doctor}#{doctor}")
    await hospital.issue(exchange.id, sent)
    await exchange_in(hospital, exchange.id, CredentialState.DONE)
    assert sent in [each.credential for each in await mei.held_credentials()]


async def test_rdf_canonicalised_proofs_are_taken_too(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.raw(
        "POST",
        "/medcred/credential-exchanges",
        {"credential": draft(issuer_did), "connection_id": to_mei, "cryptosuite": "eddsa-rdfc-2022"},
    )
    received = await offered(mei, offer.json()["thread_id"])
    await mei.accept_offer(received.id, await mei.create_holder_did())
    exchange = await exchange_in(hospital, offer.json()["id"], CredentialState.REQUEST_RECEIVED)
    with pytest.raises(StateError) as refused:
        await hospital.issue(exchange.id, await signed(hospital, exchange.credential))
    assert refused.value.code == "credential.not_as_requested"
    await hospital.issue(exchange.id, await signed(hospital, exchange.credential, cryptosuite="eddsa-rdfc-2022"))
    assert (await exchange_in(hospital, exchange.id, CredentialState.DONE)).is_issued


async def test_an_offer_without_a_connection(hospital: Party, mei: Party, issuer_did: str) -> None:
    offer = await hospital.offer(draft(issuer_did))
    invitation = await hospital.create_invitation(label="H", handshake=False, credential_exchange_id=offer.id)
    reception = await mei.receive_invitation(invitation.message)
    assert (reception.connection_id, reception.thread_id) == (None, offer.thread_id)
    received = await offered(mei, offer.thread_id)
    await mei.accept_offer(received.id, await mei.create_holder_did())
    exchange = await exchange_in(hospital, offer.id, CredentialState.REQUEST_RECEIVED)
    await hospital.issue(offer.id, await signed(hospital, exchange.credential))
    assert (await exchange_in(hospital, offer.id, CredentialState.DONE)).connection_id is None


async def test_an_offer_in_the_invitation_that_connects(hospital: Party, mei: Party, issuer_did: str) -> None:
    offer = await hospital.offer(draft(issuer_did))
    invitation = await hospital.create_invitation(label="H", credential_exchange_id=offer.id)
    await mei.receive_invitation(invitation.message)
    received = await offered(mei, offer.thread_id)
    await mei.accept_offer(received.id, await mei.create_holder_did())
    exchange = await exchange_in(hospital, offer.id, CredentialState.REQUEST_RECEIVED)
    await hospital.issue(offer.id, await signed(hospital, exchange.credential))
    assert (await exchange_in(hospital, offer.id, CredentialState.DONE)).connection_id


async def test_every_step_can_be_repeated(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    credential = draft(issuer_did)
    offer = await hospital.offer(credential, connection_id=to_mei)
    assert (await hospital.offer(credential, connection_id=to_mei)).id == offer.id
    received = await offered(mei, offer.thread_id)
    did = await mei.create_holder_did()
    await mei.accept_offer(received.id, did)
    assert (await mei.accept_offer(received.id, did)).holder_did == did
    with pytest.raises(StateError) as refused:
        await mei.accept_offer(received.id, await mei.create_holder_did())
    assert refused.value.code == "offer.other_did"
    exchange = await exchange_in(hospital, offer.id, CredentialState.REQUEST_RECEIVED)
    sent = await signed(hospital, exchange.credential)
    await asyncio.gather(*(hospital.issue(offer.id, sent) for _ in range(3)))
    await exchange_in(hospital, offer.id, CredentialState.DONE)
    await exchange_in(mei, received.id, CredentialState.DONE)
    assert (await hospital.issue(offer.id, sent)).state == CredentialState.DONE
    assert (await hospital.offer(credential, connection_id=to_mei)).state == CredentialState.DONE
    assert [each.credential for each in await mei.held_credentials()].count(sent) == 1
    assert len(await mei.credential_exchanges(thread_id=offer.thread_id)) == 1
    with pytest.raises(StateError) as refused:
        await hospital.issue(offer.id, await signed(hospital, exchange.credential | {"validFrom": "2026-11-25T15:00:00Z"}))
    assert refused.value.code == "exchange.state"


async def test_of_two_different_credentials_at_once_one_is_issued(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    exchange = await requested(hospital, mei, draft(issuer_did), to_mei)
    choices = [await signed(hospital, exchange.credential) for _ in range(2)]
    choices[1]["proof"].append({"type": "LedgerReceipt", "origin": "other.example"})
    results = await asyncio.gather(*(hospital.issue(exchange.id, each) for each in choices), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["CredentialExchange", "StateError"]


async def test_an_offer_cannot_change_under_its_id(hospital: Party, issuer_did: str) -> None:
    credential = draft(issuer_did)
    offer = await hospital.offer(credential)
    with pytest.raises(StateError) as refused:
        await hospital.offer(credential | {"validFrom": "2026-11-25T15:00:00Z"})
    assert refused.value.code == "offer.repeated"
    assert (await hospital.offer(credential)).id == offer.id


async def test_an_abandoned_offer_can_be_made_again(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    credential = draft(issuer_did)
    first = await hospital.offer(credential, connection_id=to_mei)
    await offered(mei, first.thread_id)
    await hospital.abandon_credential(first.id, "Expired.")
    second = await hospital.offer(credential, connection_id=to_mei)
    assert second.id != first.id
    received = await offered(mei, second.thread_id)
    await mei.accept_offer(received.id, await mei.create_holder_did())
    await exchange_in(hospital, second.id, CredentialState.REQUEST_RECEIVED)


async def test_issue_refuses_what_was_not_requested(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    exchange = await requested(hospital, mei, draft(issuer_did), to_mei)
    other = copy.deepcopy(exchange.credential)
    other["credentialSubject"]["id"] = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    for wrong in (await signed(hospital, other), exchange.credential):
        with pytest.raises(StateError) as refused:
            await hospital.issue(exchange.id, wrong)
        assert refused.value.code == "credential.not_as_requested"
    assert (await hospital.credential_exchange(exchange.id)).state == CredentialState.REQUEST_RECEIVED


async def test_nothing_is_issued_before_it_is_requested(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    with pytest.raises(StateError) as refused:
        await hospital.issue(offer.id, await signed(hospital, draft(issuer_did)))
    assert refused.value.code == "exchange.state"
    with pytest.raises(NotFoundError):
        await hospital.issue("3fa85f64-5717-4562-b3fc-2c963f66afa6", {})


async def test_a_did_of_another_wallet_cannot_be_bound(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    received = await offered(mei, offer.thread_id)
    with pytest.raises(NotFoundError) as refused:
        await mei.accept_offer(received.id, await hospital.create_holder_did())
    assert refused.value.code == "did.unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"@context": ["https://www.w3.org/2018/credentials/v1"]},
        {"type": ["ImmunizationCredential"]},
        {"issuer": None},
        {"credentialSubject": [{}, {}]},
        {"proof": {"type": "DataIntegrityProof"}},
    ],
)
async def test_a_malformed_offer_is_refused(hospital: Party, issuer_did: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(StateError) as refused:
        await hospital.offer(draft(issuer_did, **wrong))
    assert refused.value.code == "offer.malformed"


async def _forged(thief: Party, mei: Party, credential: dict[str, Any], forge: Any) -> tuple[str, str | None]:
    """How the holder ends when the issuer sends what `forge` makes of the requested credential."""
    to_mei, _ = await connect(thief, mei)
    exchange = await requested(thief, mei, credential, to_mei)
    bad = await forge(exchange.credential)
    assert (await thief.raw("POST", f"/forge/credential/{exchange.id}", bad)).is_success
    mine = await offered(mei, exchange.thread_id)
    ended = await exchange_in(mei, mine.id, CredentialState.DONE, CredentialState.ABANDONED)
    assert bad not in [each.credential for each in await mei.held_credentials()]
    # The issuer is told: nobody waits for ever.
    await exchange_in(thief, exchange.id, CredentialState.ABANDONED)
    return ended.state, ended.error


async def test_an_altered_credential_is_not_stored(thief: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("forger")
    did_host.publish("forger", await thief.create_key(f"{did}#key-1"))

    async def content_changed(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return await signed(thief, requested_credential) | {"validFrom": "2020-01-01T00:00:00Z"}

    async def signature_changed(requested_credential: dict[str, Any]) -> dict[str, Any]:
        other = await signed(thief, requested_credential | {"validFrom": "2020-01-01T00:00:00Z"})
        return requested_credential | {"proof": other["proof"]}

    async def purpose_changed(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return await signed(thief, requested_credential, purpose="authentication")

    for forge, code in (
        (content_changed, "credential.not_as_requested"),
        (signature_changed, "proof.invalid"),
        (purpose_changed, "proof.purpose"),
    ):
        state, error = await _forged(thief, mei, draft(did), forge)
        assert state == CredentialState.ABANDONED
        assert error is not None
        assert code in error


async def test_a_credential_in_anothers_name_is_not_stored(thief: Party, mei: Party, issuer_did: str) -> None:
    """The thief signs with its own key under the hospital's DID, and under its own DID in the hospital's name."""
    own = await thief.create_holder_did()
    stolen_name = f"{issuer_did}#key-1"
    await thief.create_key(stolen_name)

    async def with_the_hospitals_name(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return (await thief.sign([requested_credential], verification_method=stolen_name))[0]

    async def with_the_thiefs_name(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return (await thief.sign([requested_credential], verification_method=f"{own}#{own.removeprefix('did:key:')}"))[0]

    for forge, code in ((with_the_hospitals_name, "proof.invalid"), (with_the_thiefs_name, "proof.key_not_of_controller")):
        state, error = await _forged(thief, mei, draft(issuer_did), forge)
        assert state == CredentialState.ABANDONED
        assert error is not None
        assert code in error


async def test_who_is_named_as_signer_must_have_signed(thief: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("without-its-doctor")
    did_host.publish("without-its-doctor", await thief.create_key(f"{did}#key-1"))
    doctor = await thief.create_key(f"{did}/signers/1")

    async def by_the_hospital(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return await signed(thief, requested_credential)

    async def by_the_doctor(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return (await thief.sign([requested_credential], verification_method=f"did:key:{doctor}#{doctor}"))[0]

    for signer, forge in (
        (f"did:key:{doctor}", by_the_hospital),
        (f"did:key:{doctor}", by_the_doctor),
        (did, by_the_hospital),
    ):
        named = draft(did) | {"signer": {"id": signer, "role": "Physician"}}
        state, error = await _forged(thief, mei, named, forge)
        assert state == CredentialState.ABANDONED
        assert error is not None
        assert "proof.missing" in error


async def test_an_unreachable_issuer_is_not_believed(thief: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("nowhere")
    await thief.create_key(f"{did}#key-1")

    async def honest(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return await signed(thief, requested_credential)

    state, error = await _forged(thief, mei, draft(did), honest)
    assert state == CredentialState.ABANDONED
    assert error is not None
    assert "proof.key_unresolved" in error


async def test_a_credential_arrives_when_the_did_host_is_out_of_order(hospital: Party, mei: Party, did_host: DidHost) -> None:
    """The wallet keeps what came and tries again by itself, until the hospital's did.json answers."""
    did = did_host.did("shaky")
    did_host.publish("shaky", await hospital.create_key(f"{did}#key-1"))
    did_host.fail("shaky", 2)
    to_mei, _ = await connect(hospital, mei)
    held = await issued(hospital, mei, draft(did), to_mei)
    assert did_host.failures("shaky") == 2
    assert held.credential["issuer"] == did
    (exchange,) = [each for each in await mei.credential_exchanges() if each.credential["id"] == held.credential["id"]]
    assert (exchange.state, exchange.error) == (CredentialState.DONE, None)


async def test_what_comes_again_while_the_did_host_is_out_of_order(hospital: Party, mei: Party, did_host: DidHost) -> None:
    """The issuer's repetition of the same bytes is one try more, and the credential is stored once."""
    did = did_host.did("shakier")
    did_host.publish("shakier", await hospital.create_key(f"{did}#key-1"))
    did_host.fail("shakier", 1000)
    to_mei, _ = await connect(hospital, mei)
    exchange = await requested(hospital, mei, draft(did), to_mei)
    made = await signed(hospital, exchange.credential)
    await hospital.issue(exchange.id, made)
    (received,) = await mei.credential_exchanges(thread_id=exchange.thread_id)
    waiting = await exchange_in(mei, received.id, CredentialState.RECEIVED)
    assert waiting.credential == made
    did_host.fail("shakier", 0)
    await hospital.issue(exchange.id, made)
    await exchange_in(hospital, exchange.id, CredentialState.DONE)
    await exchange_in(mei, received.id, CredentialState.DONE)
    assert [held.credential["id"] for held in await mei.held_credentials()].count(made["id"]) == 1


async def test_what_is_refused_at_the_second_try_ends_the_exchange(thief: Party, mei: Party, did_host: DidHost) -> None:
    did = did_host.did("shaky-and-false")
    await thief.create_key(f"{did}#key-1")
    did_host.publish("shaky-and-false", "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
    did_host.fail("shaky-and-false", 1)

    async def with_another_key(requested_credential: dict[str, Any]) -> dict[str, Any]:
        return await signed(thief, requested_credential)

    state, error = await _forged(thief, mei, draft(did), with_another_key)
    assert (state, did_host.failures("shaky-and-false")) == (CredentialState.ABANDONED, 1)
    assert error is not None
    assert "proof.invalid" in error


async def test_a_request_for_something_else_ends_on_both_sides(hospital: Party, thief: Party, issuer_did: str) -> None:
    to_thief, _ = await connect(hospital, thief)
    own = await thief.create_holder_did()

    def raised(credential: Json) -> Json:
        return credential | {"validFrom": "2020-01-01T00:00:00Z", "credentialSubject": {"id": own}}

    def anothers(credential: Json) -> Json:
        return credential | {"credentialSubject": {"id": "did:web:hospital.example"}}

    def nobodys(credential: Json) -> Json:
        return credential

    for change in (raised, anothers, nobodys):
        offer = await hospital.offer(draft(issuer_did), connection_id=to_thief)
        received = await offered(thief, offer.thread_id)
        options = {"proofType": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
        body = {"credential": change(offer.credential), "options": options}
        await thief.raw("POST", f"/forge/request/{received.id}", body)
        ended = await exchange_in(hospital, offer.id, CredentialState.ABANDONED)
        assert "request.not_as_offered" in (ended.error or "")
        assert (await exchange_in(thief, received.id, CredentialState.ABANDONED)).error


async def test_an_abandoned_offer_reaches_the_holder(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    received = await offered(mei, offer.thread_id)
    await hospital.abandon_credential(offer.id, "The offer has expired.")
    assert (await exchange_in(mei, received.id, CredentialState.ABANDONED)).error
    await hospital.delete_credential_exchange(offer.id)
    with pytest.raises(NotFoundError):
        await hospital.credential_exchange(offer.id)


async def test_a_record_can_be_forgotten(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    held = await issued(hospital, mei, draft(issuer_did), to_mei)
    await mei.forget_credential(held.record_id)
    assert held not in await mei.held_credentials()


async def test_tenants_do_not_see_each_other(hospital: Party, patients: Party, mei: Party, issuer_did: str) -> None:
    joao = patients.as_tenant((await patients.create_tenant("joao", "João")).token)
    to_mei, _ = await connect(hospital, mei)
    held = await issued(hospital, mei, draft(issuer_did), to_mei)
    assert held not in await joao.held_credentials()
    exchange = (await mei.credential_exchanges(role="holder"))[0]
    with pytest.raises(NotFoundError):
        await joao.credential_exchange(exchange.id)


async def test_two_wallet_processes_serve_one_patient(agents: dict[str, RunningAgent]) -> None:
    """A new token voids the last; ACA-Py counts them by the second."""
    spec = agents["patients"].spec
    one, other = Party(spec.admin_url, spec.admin_key), Party(spec.admin_url, spec.admin_key)
    try:
        wallets = [one.as_tenant((await one.create_tenant("wang", "Wang's wallet")).token)]
        await asyncio.sleep(1.1)
        wallets.append(other.as_tenant((await other.create_tenant("wang", "Wang's wallet")).token))
        for wallet in wallets:
            assert await wallet.held_credentials() == []
    finally:
        await one.aclose()
        await other.aclose()


async def test_filters(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    assert [each.id for each in await hospital.credential_exchanges(connection_id=to_mei, state="offer-sent")] == [offer.id]
    assert await hospital.credential_exchanges(connection_id=to_mei, state="done") == []

    async def arrived() -> bool | None:
        return True if await mei.credential_exchanges(thread_id=offer.thread_id, role="holder") else None

    assert await until(arrived, "the offer arrives")


async def test_a_patient_who_taps_twice_requests_once(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    received = await offered(mei, offer.thread_id)
    dids = [await mei.create_holder_did() for _ in range(2)]
    results = await asyncio.gather(*(mei.accept_offer(received.id, did) for did in dids), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["CredentialExchange", "StateError"]
    exchange = await exchange_in(hospital, offer.id, CredentialState.REQUEST_RECEIVED)
    assert exchange.holder_did == (await mei.credential_exchange(received.id)).holder_did
    await hospital.issue(offer.id, await signed(hospital, exchange.credential))
    await exchange_in(hospital, offer.id, CredentialState.DONE)

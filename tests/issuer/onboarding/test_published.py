"""What everyone may read: DID documents and the trust list, as the verifier's own code reads them."""

from datetime import timedelta

import pytest

from issuer.onboarding import trust_list
from issuer.onboarding.states import Reason
from schemas.errors import AgentError
from tests.issuer.onboarding.house import BASE, House
from tests.issuer.onboarding.register import HK
from verifier.identity.did import read_did_document
from verifier.identity.trust import TrustList
from verifier.identity.trusted import IssuerState

DID = "did:web:localhost%3A18520:hospitals:hk"


async def published(house: House) -> TrustList:
    async with house.client() as client:
        answer = await client.get("/trust.json")
    return TrustList.parse(answer.content, publisher=await trust_list.publisher(house.context))


async def test_no_document_before_approval(house: House) -> None:
    async with house.client() as client:
        for step in (house.bindings.apply, house.bindings.check_lei, house.bindings.prove_did):
            await step("hk", who="olga")
            assert (await client.get("/hospitals/hk/did.json")).status_code == 404
        await house.bindings.approve("hk", who="ana")
        answer = await client.get("/hospitals/hk/did.json")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/did+json")
        assert (await client.get("/.well-known/did.json")).status_code == 404


async def test_the_document_lists_every_key_and_says_which_has_expired(house: House) -> None:
    await house.bind()
    house.clock.at += timedelta(days=1)
    await house.bindings.rotate_key("hk", who="olga")
    async with house.client() as client:
        document = (await client.get("/hospitals/hk/did.json")).json()
    read = read_did_document(DID, document)
    assert read.assertion == {f"{DID}#key-1", f"{DID}#key-2"} == set(read.keys)
    assert [method.get("expires") for method in document["verificationMethod"]] == ["2026-11-25T15:00:00Z", None]


async def test_the_document_stays_readable_when_the_hospital_is_suspended(house: House) -> None:
    await house.bind()
    await house.bindings.suspend("hk", who="ana", reason=Reason.KEY_COMPROMISED)
    async with house.client() as client:
        assert (await client.get("/hospitals/hk/did.json")).status_code == 200
    assert (await published(house)).issuers[0].state is IssuerState.SUSPENDED


async def test_a_list_without_hospitals_is_signed_too(house: House) -> None:
    trust = await published(house)
    assert (trust.sequence, trust.issuers, trust.witness_quorum) == (1, (), 1)
    assert trust.log_keys[0].name == "ledger.test/log"


async def test_the_list_says_what_the_register_said(house: House) -> None:
    await house.bind()
    [issuer] = (await published(house)).issuers
    assert (issuer.did, issuer.lei, issuer.jurisdiction, issuer.state) == (DID, HK, "HK", IssuerState.ACTIVE)
    assert issuer.lei_record.legal_name == "維港示範醫院"
    assert [name.value for name in issuer.lei_record.other_names] == ["Harbour Demonstration Hospital"]
    assert issuer.lei_record.as_of == house.clock.at
    assert issuer.key(f"{DID}#key-1") is not None


async def test_the_number_grows_with_each_change_and_only_then(house: House) -> None:
    await house.bind()
    first = await published(house)
    assert await published(house) == first
    await house.bindings.rotate_key("hk", who="olga")
    second = await published(house)
    assert second.sequence == first.sequence + 1
    assert TrustList.parse(second.unsigned() | await _proof(house), publisher=second.publisher, newest=first)


async def _proof(house: House) -> dict[str, object]:
    return {"proof": (await trust_list.current(house.context))["proof"]}


async def test_the_list_is_signed_again_before_it_expires(house: House) -> None:
    first = await published(house)
    house.clock.at += trust_list.RENEW - timedelta(seconds=1)
    assert await published(house) == first
    house.clock.at += timedelta(seconds=1)
    second = await published(house)
    assert (second.sequence, second.issued_at) == (2, house.clock.at)


async def test_a_silent_registrar_leaves_the_last_list_in_force_and_no_longer(house: House) -> None:
    await house.bind()
    first = await trust_list.current(house.context)
    house.agents["hk"].down = True
    await house.bindings.suspend("hk", who="ana", reason=Reason.RECORD_ERRORS)
    assert await trust_list.current(house.context) == first
    house.clock.at += trust_list.VALID
    with pytest.raises(AgentError):
        await trust_list.current(house.context)
    async with house.client() as client:
        assert (await client.get("/trust.json")).status_code == 503


async def test_two_processes_that_sign_at_once_agree_on_one_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = house.agents["hk"]
    sign = agent.sign
    other: dict[str, object] = {}

    async def slow(*args: object, **values: object) -> object:
        monkeypatch.setattr(agent, "sign", sign)
        other.update(await trust_list.current(house.context))
        return await sign(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(agent, "sign", slow)
    assert await trust_list.current(house.context) == other
    assert other["sequence"] == 1


async def test_a_did_of_the_host_itself_is_well_known(house: House) -> None:
    hospital = house.context.settings.hospitals[1]
    own = hospital.model_copy(update={"did": "did:web:localhost%3A18520"})
    house.context.settings.hospitals[1] = own
    house.bindings.__init__(house.context)  # type: ignore[misc]
    await house.bind()
    async with house.client() as client:
        document = (await client.get(f"{BASE}/.well-known/did.json")).json()
    assert document["id"] == "did:web:localhost%3A18520"

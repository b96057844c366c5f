"""Taking and refusing records, and what a crash, a silent agent or a withdrawn offer leaves behind."""

import httpx
import pytest
from fastapi import FastAPI

from schemas.errors import AgentError, NotFoundError, StateError
from tests.wallet.conftest import running
from tests.wallet.fake_agent import FakeAgent, TenantWallet
from tests.wallet.samples import immunization
from wallet.outside import Outside
from wallet.parts import Wallet
from wallet.service import create_app
from wallet.states import OfferState
from wallet.tables import Account, Offer


@pytest.fixture
async def tenant(wallet: Wallet, mei: Account, agent: FakeAgent) -> TenantWallet:
    await wallet.reconcile(mei.id)
    return agent.wallet_of()


async def arrive(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> Offer:
    agent.deliver(tenant, immunization())
    await wallet.reconcile(mei.id)
    (offer,) = await wallet.offers.waiting(mei.id)
    return offer


async def state(wallet: Wallet, mei: Account, offer: Offer) -> str:
    await wallet.reconcile(mei.id)
    return (await wallet.offers.view(mei.id, offer.id)).row.state


async def test_accept_to_record(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    view = await wallet.offers.view(mei.id, offer.id)
    assert view.credential["id"] == offer.credential_id
    await wallet.offers.accept(mei.id, offer.id)
    exchange = tenant.offers[offer.exchange_id]
    assert exchange.holder_did == tenant.dids[0]
    assert await state(wallet, mei, offer) == OfferState.ACCEPTING
    record_id = agent.issue(tenant, offer.exchange_id)
    assert await state(wallet, mei, offer) == OfferState.ACCEPTED
    assert [record.record_id for record in await wallet.records.all(mei.id)] == [record_id]
    assert tenant.offers == {}, "the agent's copy of the exchange is deleted"


async def test_accepting_twice_is_once(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    await wallet.offers.accept(mei.id, offer.id)
    await wallet.offers.accept(mei.id, offer.id)
    assert agent.calls.count("accept_offer") == 1


async def test_two_records_have_one_holder(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    for _ in range(2):
        offer = await arrive(wallet, mei, agent, tenant)
        await wallet.offers.accept(mei.id, offer.id)
        agent.issue(tenant, offer.exchange_id)
        await wallet.reconcile(mei.id)
    assert len(tenant.dids) == 1


async def test_decline(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    await wallet.offers.decline(mei.id, offer.id)
    await wallet.offers.decline(mei.id, offer.id)
    assert await state(wallet, mei, offer) == OfferState.DECLINED
    assert agent.calls.count("abandon_credential") == 1
    with pytest.raises(StateError):
        await wallet.offers.accept(mei.id, offer.id)
    assert tenant.offers == {}


async def test_withdrawn_while_waiting(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    agent.withdraw(tenant, offer.exchange_id)
    assert await state(wallet, mei, offer) == OfferState.WITHDRAWN


async def test_refused_after_accepting(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    await wallet.offers.accept(mei.id, offer.id)
    agent.withdraw(tenant, offer.exchange_id)
    assert await state(wallet, mei, offer) == OfferState.FAILED


@pytest.mark.parametrize("stored", [True, False])
async def test_an_exchange_that_vanished(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, stored: bool
) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    await wallet.offers.accept(mei.id, offer.id)
    if stored:
        agent.issue(tenant, offer.exchange_id)
    del tenant.offers[offer.exchange_id]
    assert await state(wallet, mei, offer) == (OfferState.ACCEPTED if stored else OfferState.FAILED)


async def test_a_silent_agent_gets_the_step_again(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    agent.fail_next["accept_offer"] = AgentError("agent.timeout", "too late")
    with pytest.raises(AgentError):
        await wallet.offers.accept(mei.id, offer.id)
    assert tenant.offers[offer.exchange_id].holder_did is None
    assert await state(wallet, mei, offer) == OfferState.ACCEPTING
    assert tenant.offers[offer.exchange_id].holder_did == tenant.dids[0]


async def test_an_offer_the_agent_refuses_has_failed(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet
) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    agent.fail_next["accept_offer"] = StateError("exchange.state", "no")
    with pytest.raises(StateError) as caught:
        await wallet.offers.accept(mei.id, offer.id)
    assert caught.value.code == "offer.closed"
    assert await state(wallet, mei, offer) == OfferState.FAILED


async def test_one_exchange_in_trouble_hides_no_other(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet
) -> None:
    first = await arrive(wallet, mei, agent, tenant)
    agent.fail_next["accept_offer"] = AgentError("agent.fault", "boom")
    with pytest.raises(AgentError):
        await wallet.offers.accept(mei.id, first.id)
    agent.fail_next["accept_offer"] = AgentError("agent.fault", "boom again")
    agent.deliver(tenant, immunization())
    await wallet.reconcile(mei.id)
    assert len(await wallet.offers.waiting(mei.id)) == 2


async def test_a_restart_takes_up_what_was_left(
    app: FastAPI, wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, outside: Outside
) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    agent.fail_next["accept_offer"] = AgentError("agent.timeout", "killed here")
    with pytest.raises(AgentError):
        await wallet.offers.accept(mei.id, offer.id)
    again = create_app(wallet.settings, clock=wallet.clock, agent=agent, outside=outside)  # type: ignore[arg-type]
    async with running(again):
        assert tenant.offers[offer.exchange_id].holder_did == tenant.dids[0]
    assert agent.calls.count("create_tenant") == 1


async def test_a_restart_without_the_agent_still_starts(
    app: FastAPI, wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, outside: Outside
) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    agent.down = True
    with pytest.raises(AgentError):
        await wallet.offers.accept(mei.id, offer.id)
    again = create_app(wallet.settings, clock=wallet.clock, agent=agent, outside=outside)  # type: ignore[arg-type]
    async with running(again), httpx.AsyncClient(transport=httpx.ASGITransport(again), base_url="http://w") as http:
        health = await http.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert health.json()["checks"]["agent"] == "agent.unreachable"


async def test_offers_of_others_are_unknown(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet) -> None:
    offer = await arrive(wallet, mei, agent, tenant)
    joao = await wallet.accounts.sign_in("joao", "joao-771203")
    for step in (wallet.offers.view, wallet.offers.accept, wallet.offers.decline):
        with pytest.raises(NotFoundError):
            await step(joao.id, offer.id)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"type": ["VerifiableCredential", "BankCredential"]},
        {"type": "ImmunizationCredential"},
        {"type": [{}, None]},
        {"id": "\ud800\x00" + "x" * 5000},
        {"id": None},
        {"credentialSubject": "none"},
        {"credentialSubject": {"patient": {"names": [{"full": "\ud800"}]}, "record": {}}},
    ],
    ids=["other type", "type no list", "types no names", "wild id", "no id", "no subject", "lone surrogate"],
)
async def test_a_spoilt_offer_can_only_be_declined(
    spoilt: dict[str, object], program: httpx.AsyncClient, agent: FakeAgent
) -> None:
    await program.get("/api/offers")
    agent.deliver(agent.wallet_of(), immunization() | spoilt, thread_id="t" * 9000)
    (offer,) = (await program.get("/api/offers")).json()
    answer = await program.get(f"/api/offers/{offer['id']}")
    assert answer.status_code == 200
    page = await program.get(f"/offers/{offer['id']}")
    assert page.status_code == 200
    if not answer.json()["readable"]:
        assert "accept" not in page.text
    assert (await program.post(f"/api/offers/{offer['id']}/decline")).json()["state"] == "declined"

"""Answering requests: only what was chosen, only in time, once, and written into the history."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.records import PresentationState
from schemas.errors import AgentError, InputError, NotFoundError, StateError
from storage.clock import FixedClock
from tests.wallet.fake_agent import FakeAgent, TenantWallet
from tests.wallet.samples import CANARY_NAME, CANARY_NOTE, CLINIC, PURPOSE, allergy, immunization, link_to, request
from wallet.parts import Wallet
from wallet.requests import RequestView
from wallet.states import RequestState
from wallet.tables import Account

IMMUNIZATION = "ImmunizationCredential"
ALLERGY = "AllergyCredential"


@pytest.fixture
async def tenant(wallet: Wallet, mei: Account, agent: FakeAgent) -> TenantWallet:
    await wallet.reconcile(mei.id)
    return agent.wallet_of()


def bound(credential: dict[str, object], did: str = "did:key:z6MkMei") -> dict[str, object]:
    subject = credential["credentialSubject"]
    assert isinstance(subject, dict)
    return credential | {"credentialSubject": subject | {"id": did}}


@pytest.fixture
def held(agent: FakeAgent, tenant: TenantWallet) -> list[str]:
    """Two immunisation records, the newer first, and an allergy record."""
    newer = agent.hold(tenant, bound(immunization(valid_from="2026-11-01T00:00:00Z")))
    older = agent.hold(tenant, bound(immunization(valid_from="2025-11-01T00:00:00Z")))
    return [newer, older, agent.hold(tenant, bound(allergy()))]


async def arrive(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, *types: str) -> RequestView:
    agent.deliver(tenant, request(*types))
    await wallet.reconcile(mei.id)
    (row,) = await wallet.requests.waiting(mei.id)
    return await wallet.requests.view(mei.id, row.id)


async def state(wallet: Wallet, mei: Account, view: RequestView) -> str:
    await wallet.reconcile(mei.id)
    return (await wallet.requests.view(mei.id, view.row.id)).row.state


async def test_says_who_what_for_and_until_when(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    assert (view.row.label, view.row.purpose) == (CLINIC, PURPOSE)
    assert view.row.valid_until is not None
    assert not view.is_link
    assert view.answerable
    (asked,) = view.asked
    assert [one.record_id for one in asked.candidates] == held[:2]


async def test_shares_the_newest_unless_told(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION, ALLERGY)
    row = await wallet.requests.share(mei.id, view.row.id, {})
    assert row.state == RequestState.SHARED
    assert tenant.shared == [(row.exchange_id, [held[0], held[2]], None)]


async def test_shares_what_was_chosen_once(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    for _ in range(2):
        await wallet.requests.share(mei.id, view.row.id, {IMMUNIZATION: held[1]})
    assert tenant.shared == [(view.row.exchange_id, [held[1]], None)]
    assert len(await wallet.history.all(mei.id)) == 1
    agent.acknowledge(tenant, view.row.exchange_id)
    assert await state(wallet, mei, view) == RequestState.SHARED
    assert tenant.requests == {}, "the agent's copy of the answer is deleted"


async def test_the_history_has_names_of_fields_and_no_values(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    await wallet.requests.share(mei.id, view.row.id, {})
    (line,) = await wallet.history.all(mei.id)
    assert (line.label, line.purpose, line.shared_at) == (CLINIC, PURPOSE, wallet.clock.now())
    (item,) = line.items
    assert item["type"] == IMMUNIZATION
    assert set(item["fields"]) == {"zh-Hant", "zh-Hans", "en", "pt"}
    assert all(item["fields"].values())
    assert CANARY_NAME not in str(line.items)
    assert CANARY_NOTE not in str(line.items)


async def test_a_record_of_another_kind_is_refused(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    for wrong in (held[2], "nothing", ""):
        with pytest.raises(InputError) as caught:
            await wallet.requests.share(mei.id, view.row.id, {IMMUNIZATION: wrong})
        assert caught.value.code == "request.choice"
    assert tenant.shared == []


@pytest.mark.parametrize("missing", ["PrescriptionCredential", "https://bank.example/vocab#Statement"])
async def test_what_is_not_there_cannot_be_shared(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str], missing: str
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION, missing)
    assert not view.answerable
    with pytest.raises(StateError) as caught:
        await wallet.requests.share(mei.id, view.row.id, {})
    assert caught.value.code == "request.not_answerable"
    assert tenant.shared == []
    assert (await wallet.requests.decline(mei.id, view.row.id)).state == RequestState.DECLINED


async def test_linking_proves_the_holder_did(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    message = agent.invite(CLINIC)
    invitation = await wallet.invitations.look(mei.id, link_to(message))
    invitation = await wallet.invitations.connect(mei.id, invitation.id)
    agent.deliver(tenant, request(), connection_id=invitation.connection_id)
    await wallet.reconcile(mei.id)
    (row,) = await wallet.requests.waiting(mei.id)
    view = await wallet.requests.view(mei.id, row.id)
    assert view.is_link
    assert view.answerable
    assert view.linked_at is None
    await wallet.requests.share(mei.id, row.id, {})
    assert tenant.shared == [(row.exchange_id, [], tenant.dids[0])]
    (contact,) = await wallet.contacts.all(mei.id)
    assert contact.linked_at == wallet.clock.now()
    (line,) = await wallet.history.all(mei.id)
    assert line.items == []


async def test_decline_tells_and_shares_nothing(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    await wallet.requests.decline(mei.id, view.row.id)
    await wallet.requests.decline(mei.id, view.row.id)
    assert agent.calls.count("decline_presentation") == 1
    with pytest.raises(StateError):
        await wallet.requests.share(mei.id, view.row.id, {})
    assert (tenant.shared, await wallet.history.all(mei.id)) == ([], [])


async def test_too_late(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str], clock: FixedClock
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    clock.at += timedelta(hours=1)
    with pytest.raises(StateError) as caught:
        await wallet.requests.share(mei.id, view.row.id, {})
    assert caught.value.code == "request.expired"
    assert tenant.shared == []
    assert await state(wallet, mei, view) == RequestState.EXPIRED


async def test_a_silent_agent_gets_the_answer_again_in_time(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    agent.fail_next["share"] = AgentError("agent.timeout", "too late")
    with pytest.raises(AgentError):
        await wallet.requests.share(mei.id, view.row.id, {IMMUNIZATION: held[1]})
    assert await wallet.history.all(mei.id) == []
    assert await state(wallet, mei, view) == RequestState.SHARED
    assert tenant.shared == [(view.row.exchange_id, [held[1]], None)]
    assert len(await wallet.history.all(mei.id)) == 1


async def test_but_not_after_the_deadline(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str], clock: FixedClock
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    agent.fail_next["share"] = AgentError("agent.timeout", "too late")
    with pytest.raises(AgentError):
        await wallet.requests.share(mei.id, view.row.id, {})
    clock.at += timedelta(hours=2)
    assert await state(wallet, mei, view) == RequestState.EXPIRED
    assert tenant.shared == []


async def test_killed_after_sending_still_gets_its_line(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    """The agent has sent the answer, the service died before it could say so."""
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    agent.fail_next["held_credentials"] = AgentError("agent.timeout", "killed here")
    await wallet.requests._rows.move(view.row, RequestState.SHARING, chosen=[held[0]])
    await agent.as_tenant(next(iter(agent.tokens))).share(view.row.exchange_id, [held[0]])
    agent.fail_next.clear()
    assert await state(wallet, mei, view) == RequestState.SHARED
    (line,) = await wallet.history.all(mei.id)
    assert [item["type"] for item in line.items] == [IMMUNIZATION]
    assert len(tenant.shared) == 1


async def test_an_answer_the_agent_refuses_has_failed(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet
) -> None:
    agent.hold(tenant, bound(immunization(), "did:key:z6MkOne"))
    agent.hold(tenant, bound(allergy(), "did:key:z6MkOther"))
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION, ALLERGY)
    with pytest.raises(StateError) as caught:
        await wallet.requests.share(mei.id, view.row.id, {})
    assert caught.value.code == "request.closed"
    assert await state(wallet, mei, view) == RequestState.FAILED
    assert await wallet.history.all(mei.id) == []


async def test_an_unreadable_request_is_never_answered(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    exchange_id = agent.deliver(tenant, request(IMMUNIZATION))
    tenant.requests[exchange_id] = replace(tenant.requests[exchange_id], request=None)
    await wallet.reconcile(mei.id)
    assert await wallet.requests.waiting(mei.id) == []
    assert tenant.requests[exchange_id].state == PresentationState.REQUEST_RECEIVED


async def test_withdrawn(wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    agent.withdraw(tenant, view.row.exchange_id)
    assert await state(wallet, mei, view) == RequestState.WITHDRAWN


async def test_requests_of_others_are_unknown(
    wallet: Wallet, mei: Account, agent: FakeAgent, tenant: TenantWallet, held: list[str]
) -> None:
    view = await arrive(wallet, mei, agent, tenant, IMMUNIZATION)
    joao = await wallet.accounts.sign_in("joao", "joao-771203")
    with pytest.raises(NotFoundError):
        await wallet.requests.view(joao.id, view.row.id)
    with pytest.raises(NotFoundError):
        await wallet.requests.share(joao.id, view.row.id, {})
    with pytest.raises(NotFoundError):
        await wallet.requests.decline(joao.id, view.row.id)

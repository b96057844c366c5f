"""Following what was scanned or pasted: short links, hostile links, and coming to the right place."""

from typing import Any

import httpx
import pytest

from schemas.errors import MedcredError, NotFoundError, StateError
from tests.wallet.conftest import Shelf
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import HOSPITAL, immunization, link_to, request
from wallet.parts import Wallet
from wallet.states import InvitationKind, InvitationState
from wallet.tables import Account, Invitation, Offer, Request

SHORT = "http://localhost:8101/o/k3x9"


async def led_to(wallet: Wallet, account: Account, invitation: Invitation) -> Offer | Request | None:
    await wallet.reconcile(account.id)
    return await wallet.invitations.leads_to(invitation)


@pytest.mark.parametrize("way", ["long", "json", "redirect", "two redirects"])
async def test_every_form_of_link_leads_to_the_offer(
    way: str, wallet: Wallet, mei: Account, agent: FakeAgent, shelf: Shelf
) -> None:
    message = agent.invite(HOSPITAL, immunization())
    link = link_to(message)
    match way:
        case "json":
            shelf.put(SHORT, httpx.Response(200, json=message))
        case "redirect":
            shelf.put(SHORT, httpx.Response(302, headers={"location": link}))
        case "two redirects":
            shelf.put(SHORT, httpx.Response(302, headers={"location": "/o/new"}))
            shelf.put("http://localhost:8101/o/new", httpx.Response(302, headers={"location": link}))
    invitation = await wallet.invitations.look(mei.id, link if way == "long" else f"  {SHORT}\n")
    assert (invitation.kind, invitation.state) == (InvitationKind.OFFER, InvitationState.RECEIVED)
    offer = await led_to(wallet, mei, invitation)
    assert isinstance(offer, Offer)
    assert (offer.label, offer.record_type) == (HOSPITAL, "ImmunizationCredential")


async def test_a_request_leads_to_the_request(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    invitation = await wallet.invitations.look(mei.id, link_to(agent.invite("x", request("ImmunizationCredential"))))
    assert isinstance(await led_to(wallet, mei, invitation), Request)


async def test_a_link_waits_for_a_yes(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    invitation = await wallet.invitations.look(mei.id, link_to(agent.invite(HOSPITAL)))
    assert (invitation.kind, invitation.state) == (InvitationKind.LINK, InvitationState.SEEN)
    assert "receive_invitation" not in agent.calls
    invitation = await wallet.invitations.connect(mei.id, invitation.id)
    assert invitation.state == InvitationState.RECEIVED
    assert invitation.message is None
    assert await wallet.invitations.is_connected(invitation)
    assert [contact.label for contact in await wallet.contacts.all(mei.id)] == [HOSPITAL]
    await wallet.invitations.connect(mei.id, invitation.id)
    assert agent.calls.count("receive_invitation") == 1
    agent.deliver(agent.wallet_of(), request(), connection_id=invitation.connection_id)
    assert isinstance(await led_to(wallet, mei, invitation), Request)


async def test_a_declined_link_sends_nothing(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    link = link_to(agent.invite(HOSPITAL))
    invitation = await wallet.invitations.look(mei.id, link)
    await wallet.invitations.decline(mei.id, invitation.id)
    with pytest.raises(StateError):
        await wallet.invitations.connect(mei.id, invitation.id)
    assert "receive_invitation" not in agent.calls
    again = await wallet.invitations.look(mei.id, link)
    assert (again.id, again.state) == (invitation.id, InvitationState.SEEN)


async def test_the_same_code_twice_is_one(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    link = link_to(agent.invite(HOSPITAL, immunization()))
    first = await wallet.invitations.look(mei.id, link)
    second = await wallet.invitations.look(mei.id, link)
    assert first.id == second.id
    assert agent.calls.count("receive_invitation") == 1


async def test_an_agent_that_was_down_gets_it_the_second_time(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    link = link_to(agent.invite(HOSPITAL, immunization()))
    agent.down = True
    with pytest.raises(MedcredError) as caught:
        await wallet.invitations.look(mei.id, link)
    assert (caught.value.code, caught.value.message) == ("agent.unreachable", "Your wallet does not answer right now.")
    agent.down = False
    assert (await wallet.invitations.look(mei.id, link)).state == InvitationState.RECEIVED


async def test_nobody_sees_the_name_of_the_patient(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    await wallet.invitations.look(mei.id, link_to(agent.invite(HOSPITAL, immunization())))
    assert agent.wallet_of().label == "medcred wallet"
    assert not any("mei" in name or "陳" in name for name in agent.names)


async def test_invitations_of_others_are_unknown(wallet: Wallet, mei: Account, agent: FakeAgent) -> None:
    invitation = await wallet.invitations.look(mei.id, link_to(agent.invite(HOSPITAL)))
    joao = await wallet.accounts.sign_in("joao", "joao-771203")
    for step in (wallet.invitations.get, wallet.invitations.connect, wallet.invitations.decline):
        with pytest.raises(NotFoundError):
            await step(joao.id, invitation.id)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda _: httpx.Response(302, headers={"location": "/o/k3x9"}), "invitation.malformed"),
        (lambda _: httpx.Response(302, headers={"location": "https://evil.example/o/1"}), "address.refused"),
        (lambda _: httpx.Response(302, headers={"location": "http://localhost:8141/status"}), "address.refused"),
        (lambda _: httpx.Response(302, headers={"location": "file:///etc/passwd"}), "address.refused"),
        (lambda _: httpx.Response(302, headers={"location": "javascript:alert(1)"}), "address.unreachable"),
        (lambda _: httpx.Response(302, headers={"location": "http://[broken"}), "address.refused"),
        (lambda _: httpx.Response(302), "invitation.malformed"),
        (lambda _: httpx.Response(200, content=b"<html>hello</html>"), "invitation.malformed"),
        (lambda _: httpx.Response(200, content=b"[" * 50_000), "invitation.malformed"),
        (lambda _: httpx.Response(200, content=b"x" * 300_000), "address.too_large"),
        (lambda _: httpx.Response(200, json={"@type": "nothing"}), "invitation.malformed"),
        (lambda _: httpx.Response(404), "invitation.gone"),
        (lambda _: httpx.Response(410), "invitation.gone"),
        (lambda _: httpx.Response(500), "invitation.malformed"),
    ],
    ids=[
        *("loop", "other host", "other port", "file", "script", "broken", "nowhere"),
        *("web page", "deep", "huge", "other message", "unknown", "gone", "fault"),
    ],
)
async def test_hostile_short_links(answer: Any, code: str, wallet: Wallet, mei: Account, shelf: Shelf, agent: FakeAgent) -> None:
    shelf.put(SHORT, answer)
    with pytest.raises(MedcredError) as caught:
        await wallet.invitations.look(mei.id, SHORT)
    assert caught.value.code == code
    assert len(shelf.asked) <= 3
    assert "receive_invitation" not in agent.calls


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.8:8030", "https://169.254.169.254/", "ftp://x.example", "http://inside.example"]
)
async def test_the_agent_is_not_sent_into_private_networks(
    endpoint: str, wallet: Wallet, mei: Account, agent: FakeAgent, shelf: Shelf
) -> None:
    shelf.hosts["inside.example"] = ["192.168.4.4"]
    message = agent.invite(HOSPITAL, immunization())
    message["services"][0]["serviceEndpoint"] = endpoint
    with pytest.raises(MedcredError) as caught:
        await wallet.invitations.look(mei.id, link_to(message))
    assert caught.value.code == "address.refused"
    assert "receive_invitation" not in agent.calls

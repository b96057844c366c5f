"""Who asks: verified by signature and list, not verified, not checkable; and what was altered is not even taken in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from agents.request import PresentationRequest
from schemas.errors import FormatError
from storage.clock import FixedClock
from tests.wallet.conftest import Shelf
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import CLINIC, immunization, link_to, request
from tests.wallet.trusting import (
    CLINIC_DID,
    CLINIC_KEY,
    CLINIC_LEI,
    CLINIC_METHOD,
    ENGLISH_NAME,
    LEGAL_NAME,
    OTHER_KEY,
    PUBLISHER,
    TRUST_URL,
    listed,
    multikey,
    signed,
    trust_list,
)
from wallet.parts import Wallet
from wallet.tables import Account, Request

type Message = dict[str, Any]
IMMUNIZATION = "ImmunizationCredential"


@pytest.fixture(autouse=True)
def world(agent: FakeAgent, shelf: Shelf) -> None:
    agent.published = {CLINIC_DID: {CLINIC_METHOD: multikey(CLINIC_KEY)}}
    agent.published[PUBLISHER] = {f"{PUBLISHER}#{PUBLISHER.removeprefix('did:key:')}": PUBLISHER.removeprefix("did:key:")}
    shelf.put(TRUST_URL, httpx.Response(200, json=trust_list(listed())))


@pytest.fixture
def message(agent: FakeAgent) -> Message:
    return agent.invite(CLINIC, request(IMMUNIZATION))


async def scanned(wallet: Wallet, mei: Account, message: Message) -> Request:
    """The request that a code led to."""
    invitation = await wallet.invitations.look(mei.id, link_to(message))
    await wallet.reconcile(mei.id)
    led = await wallet.invitations.leads_to(invitation)
    assert isinstance(led, Request)
    return led


async def asker(wallet: Wallet, mei: Account, message: Message) -> dict[str, Any]:
    return (await scanned(wallet, mei, message)).asker or {}


async def test_a_signed_request_of_a_listed_clinic_is_verified(wallet: Wallet, mei: Account, message: Message) -> None:
    found = await asker(wallet, mei, signed(message))
    assert (found["state"], found["did"], found["lei"]) == ("verified", CLINIC_DID, CLINIC_LEI)
    assert [name["value"] for name in found["names"]] == [LEGAL_NAME, ENGLISH_NAME]


async def test_without_a_signature_nobody_is_verified(wallet: Wallet, mei: Account, agent: FakeAgent, message: Message) -> None:
    assert (await asker(wallet, mei, message))["state"] == "unsigned"
    assert "check_signed" not in agent.calls


THIEVES_ROAD = [
    {"id": "#inline", "type": "did-communication", "recipientKeys": ["k"], "serviceEndpoint": "http://127.0.0.1:8199"}
]


@pytest.mark.parametrize(
    "alter",
    [
        lambda message: message | {"services": THIEVES_ROAD},
        lambda message: message | {"label": "Another clinic"},
        lambda message: message | {"proof": message["proof"] | {"created": "2026-11-25T07:00:00Z"}},
        lambda message: message | {"proof": message["proof"] | {"proofPurpose": "assertionMethod"}},
    ],
    ids=["the answer goes elsewhere", "another name", "another time", "another purpose"],
)
async def test_altered_on_the_way(
    wallet: Wallet, mei: Account, agent: FakeAgent, message: Message, alter: Callable[[Message], Message]
) -> None:
    with pytest.raises(FormatError) as caught:
        await wallet.invitations.look(mei.id, link_to(alter(signed(message))))
    assert caught.value.code == "invitation.forged"
    assert "receive_invitation" not in agent.calls


async def test_a_clinic_that_names_anothers_domain(wallet: Wallet, mei: Account, agent: FakeAgent, message: Message) -> None:
    other = "did:web:other.example"
    agent.published[other] = {f"{other}#key-1": multikey(OTHER_KEY)}
    for forged in (signed(message, OTHER_KEY, f"{other}#key-1"), signed(message, OTHER_KEY)):
        with pytest.raises(FormatError) as caught:
            await wallet.invitations.look(mei.id, link_to(forged))
        assert caught.value.code == "invitation.forged"
    assert "receive_invitation" not in agent.calls


async def test_an_unreachable_did_document_makes_nobody_false(
    wallet: Wallet, mei: Account, agent: FakeAgent, message: Message
) -> None:
    agent.silent.add(CLINIC_DID)
    row = await scanned(wallet, mei, signed(message))
    assert (row.asker or {})["state"] == "unchecked"
    agent.silent.clear()
    again = await scanned(wallet, mei, signed(message))
    assert (again.id, (again.asker or {})["state"]) == (row.id, "verified")


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (listed(did="did:web:another.example"), "unlisted"),
        (listed(state="suspended"), "unlisted"),
        (listed(boundFrom="2026-11-25T00:00:00Z"), "unlisted"),
        (listed(boundUntil="2026-11-24T00:00:00Z"), "unlisted"),
        (listed(keys=[]), "unlisted"),
        (listed(keys=[listed()["keys"][0] | {"publicKeyMultibase": multikey(OTHER_KEY)}]), "unlisted"),
        (listed(keys=[listed()["keys"][0] | {"validUntil": "2026-11-24T00:00:00Z"}]), "unlisted"),
    ],
    ids=["another", "suspended", "not yet", "no longer", "no key", "another key", "an old key"],
)
async def test_a_clinic_the_list_does_not_vouch_for(
    wallet: Wallet, mei: Account, shelf: Shelf, message: Message, entry: dict[str, Any], state: str
) -> None:
    shelf.put(TRUST_URL, httpx.Response(200, json=trust_list(entry)))
    found = await asker(wallet, mei, signed(message))
    assert (found["state"], found["lei"], found["names"]) == (state, "", [])


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json=trust_list(listed(), key=OTHER_KEY)),
        httpx.Response(200, json=trust_list(listed(), publisher="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")),
        httpx.Response(200, json=trust_list(listed(), expiresAt="2026-11-24T06:00:00Z")),
        httpx.Response(200, json=trust_list({"did": CLINIC_DID})),
    ],
    ids=["away", "no list", "no object", "forged", "another publisher", "expired", "malformed"],
)
async def test_a_list_that_cannot_be_believed_makes_nobody_false(
    wallet: Wallet, mei: Account, shelf: Shelf, message: Message, answer: httpx.Response
) -> None:
    shelf.put(TRUST_URL, answer)
    assert (await asker(wallet, mei, signed(message)))["state"] == "unchecked"


async def test_an_older_list_does_not_take_the_place_of_a_newer(
    wallet: Wallet, mei: Account, agent: FakeAgent, shelf: Shelf, clock: FixedClock
) -> None:
    async def state() -> str:
        later: PresentationRequest = request(IMMUNIZATION, at=clock.now())
        return str((await asker(wallet, mei, signed(agent.invite(CLINIC, later))))["state"])

    shelf.put(TRUST_URL, httpx.Response(200, json=trust_list(listed(state="suspended"), sequence=8)))
    assert await state() == "unlisted"
    shelf.put(TRUST_URL, httpx.Response(200, json=trust_list(listed())))
    clock.at += timedelta(minutes=6)
    assert await state() == "unlisted"
    clock.at += timedelta(days=60)  # the copy has expired, and nothing newer came
    assert await state() == "unchecked"


async def test_a_message_over_a_connection_cannot_borrow_the_signature(
    wallet: Wallet, mei: Account, agent: FakeAgent, message: Message
) -> None:
    """Somebody who saw the code sends a request in the same thread over their own connection."""
    link = await wallet.invitations.look(mei.id, link_to(agent.invite("Stranger")))
    await wallet.invitations.connect(mei.id, link.id)
    tenant = agent.wallet_of()
    (connection_id,) = tenant.connections
    row = await scanned(wallet, mei, signed(message))
    assert row.thread_id is not None
    agent.deliver(tenant, request(IMMUNIZATION), thread_id=row.thread_id, connection_id=connection_id)
    await wallet.reconcile(mei.id)
    askers = {one.connection_id: one.asker for one in await wallet.requests.waiting(mei.id)}
    assert askers[connection_id] is None
    assert (askers[None] or {})["state"] == "verified"


@pytest.mark.parametrize(
    "did", ["did:web:10.0.0.1", "did:web:intranet.example", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"]
)
async def test_the_agent_is_not_sent_where_the_wallet_would_not_go(
    wallet: Wallet, mei: Account, agent: FakeAgent, shelf: Shelf, did: str
) -> None:
    shelf.hosts["intranet.example"] = ["192.168.1.7"]
    asked = request(IMMUNIZATION)
    asked = PresentationRequest(**(vars(asked) | {"domain": did}))
    found = await asker(wallet, mei, signed(agent.invite(CLINIC, asked), OTHER_KEY, f"{did}#key-1"))
    assert (found["state"], found["did"]) == ("unchecked", did)
    assert "check_signed" not in agent.calls


SHOWN = {
    "en": (ENGLISH_NAME, "Verified", "Not verified"),
    "zh-Hant": (LEGAL_NAME, "已核實", "未經核實"),
    "zh-Hans": (LEGAL_NAME, "已核实", "未经核实"),
    "pt": (LEGAL_NAME, "Verificado", "Não verificado"),
}


@pytest.mark.parametrize("language", SHOWN)
async def test_the_page_says_who_asks(program: httpx.AsyncClient, agent: FakeAgent, message: Message, language: str) -> None:
    name, verified, not_verified = SHOWN[language]
    program.headers["Accept-Language"] = language
    for invitation, good in ((signed(message), True), (agent.invite("Anybody", request(IMMUNIZATION)), False)):
        followed = (await program.post("/api/invitations", json={"url": link_to(invitation)})).json()
        request_id = (await program.get(f"/api/invitations/{followed['id']}")).json()["request"]
        page = (await program.get(f"/requests/{request_id}")).text
        facts = (await program.get(f"/api/requests/{request_id}")).json()["asker"]
        assert (CLINIC_LEI in page, facts["state"]) == (good, "verified" if good else "unsigned")
        if good:
            assert f"<strong>{name}</strong>" in page
            assert facts["name"] == name
        assert (verified if good else not_verified) in page
        assert (not_verified in page) != good


async def test_the_history_keeps_the_verified_name(program: httpx.AsyncClient, agent: FakeAgent, message: Message) -> None:
    await program.get("/api/requests")
    held = immunization()
    agent.hold(agent.wallet_of(), held | {"credentialSubject": held["credentialSubject"] | {"id": "did:key:z6MkMei"}})
    await program.post("/api/invitations", json={"url": link_to(signed(message))})
    (asking,) = (await program.get("/api/requests")).json()
    assert (await program.post(f"/api/requests/{asking['id']}/share")).status_code == 200
    (line,) = (await program.get("/api/history")).json()
    assert (line["asker"]["name"], line["asker"]["lei"]) == (ENGLISH_NAME, CLINIC_LEI)
    assert ENGLISH_NAME in (await program.get("/history")).text

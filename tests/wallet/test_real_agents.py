"""The wallet over a real ACA-Py agent: connect, link, accept, share. No web hook is delivered: reading again is enough."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.client import AgentClient
from agents.launch import AgentRole
from agents.records import CredentialState, PresentationState
from tests.agents.running import DidHost, RunningAgent, make_spec, until
from tests.agents.story import exchange_in, presentation_in
from tests.wallet.conftest import MEI, PASSCODES, running
from tests.wallet.samples import CLINIC, HOSPITAL, immunization, link_to, request
from tests.wallet.witnessing import LOG, WITNESS, receipt_for
from verifier.desk.clinic_key import ClinicKey
from wallet.service import create_app
from wallet.settings import AgentSettings, Patient, Settings

pytestmark = pytest.mark.agents


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningAgent]]:
    home = tmp_path_factory.mktemp("wallet-agents")
    base = int(os.environ.get("MEDCRED_TEST_WALLET_PORT", "18600"))
    secret = secrets.token_urlsafe(32)
    started = {
        "hospital": RunningAgent(make_spec(home, "hospital", AgentRole.HOSPITAL, base)),
        "patients": RunningAgent(make_spec(home, "patients", AgentRole.PATIENTS, base + 10, multitenant=True, jwt_secret=secret)),
        "clinic": RunningAgent(make_spec(home, "clinic", AgentRole.CLINIC, base + 20)),
    }
    try:
        for agent in started.values():
            agent.wait()
        yield started
    finally:
        for agent in started.values():
            agent.stop()


@pytest.fixture
async def hospital(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    client = AgentClient(agents["hospital"].spec.admin_url, agents["hospital"].spec.admin_key)
    yield client
    await client.aclose()


@pytest.fixture
async def clinic(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    client = AgentClient(agents["clinic"].spec.admin_url, agents["clinic"].spec.admin_key)
    yield client
    await client.aclose()


@pytest.fixture
async def issuer(hospital: AgentClient) -> AsyncIterator[str]:
    host = DidHost()
    did = host.did("hk")
    host.publish("hk", await hospital.create_key(f"{did}#key-1"))
    yield did
    host.close()


@pytest.fixture
async def mei(agents: dict[str, RunningAgent], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Mei's JSON API on a wallet service over the real patients' agent."""
    patients = agents["patients"].spec
    settings = Settings(
        base_url="http://localhost:8102",
        database=f"sqlite:///{tmp_path / 'wallet.db'}",
        session_secret="a-secret-for-tests-only",
        agent=AgentSettings(admin_url=patients.admin_url, api_key=patients.admin_key, webhook_key="unused"),
        patients=(Patient(login=MEI, passcode=PASSCODES[MEI], name="陳美 Chan Mei"),),
        logs=(str(LOG.verifier_key),),
        witnesses=(str(WITNESS.verifier_key),),
    )
    app = create_app(settings)
    async with (
        running(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.base_url, timeout=30) as http,
    ):
        assert (await http.get("/health")).json() == {"status": "ok", "checks": {"database": "ok", "agent": "ok"}}
        answer = await http.post("/api/login", json={"login": MEI, "passcode": PASSCODES[MEI]})
        http.headers["X-CSRF"] = answer.json()["csrf"]
        yield http


async def follow(mei: httpx.AsyncClient, url: str, wanted: str) -> dict[str, Any]:
    """Paste a link; where it stands once `wanted` (connected, offer, request) is there."""
    answer = await mei.post("/api/invitations", json={"url": url})
    assert answer.status_code == 201, answer.text

    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = (await mei.get(f"/api/invitations/{answer.json()['id']}")).json()
        return found if found.get(wanted) else None

    return await until(look, f"the invitation leads to {wanted}")


async def press(mei: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await mei.post(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def connected(mei: httpx.AsyncClient, hospital: AgentClient) -> str:
    """The hospital's connection to Mei's wallet."""
    invitation = await hospital.create_invitation(label=HOSPITAL)
    await follow(mei, invitation.url, "connected")

    async def look() -> str | None:
        found = await hospital.connection_from(invitation.invitation_id)
        return found.id if found and found.is_ready else None

    return await until(look, "the hospital's side is ready")


async def first(mei: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What waits first at `path`, once something waits."""

    async def look() -> dict[str, Any] | None:
        waiting = (await mei.get(path)).json()
        return waiting[0] if waiting else None

    return await until(look, f"something waits at {path}")


async def test_connect_link_accept_share(mei: httpx.AsyncClient, hospital: AgentClient, clinic: AgentClient, issuer: str) -> None:
    # Connect, and prove the wallet's DID to the hospital.
    connection_id = await connected(mei, hospital)
    now = datetime.now(UTC).replace(microsecond=0)
    proving = await hospital.request_presentation(request(label=HOSPITAL, at=now), connection_id=connection_id)
    link = await first(mei, "/api/requests")
    assert (link["link"], link["label"]) == (True, HOSPITAL)
    assert (await press(mei, f"/api/requests/{link['id']}/share"))["state"] == "shared"
    proved = await presentation_in(hospital, proving.id, PresentationState.PRESENTATION_RECEIVED, PresentationState.DONE)
    assert proved.presentation is not None
    holder = proved.presentation["holder"]

    # Accept a record that came in a code, with its receipt beside the signature.
    draft = immunization() | {"issuer": issuer}
    exchange = await hospital.offer(draft)
    code = await hospital.create_invitation(label=HOSPITAL, handshake=False, credential_exchange_id=exchange.id)
    stands = await follow(mei, code.url, "offer")
    offer = (await mei.get(f"/api/offers/{stands['offer']}")).json()
    assert (offer["label"], offer["type"]) == (HOSPITAL, "ImmunizationCredential")
    assert offer["readable"]
    assert (await press(mei, f"/api/offers/{offer['id']}/accept"))["state"] == "accepting"
    asked_for = await exchange_in(hospital, exchange.id, CredentialState.REQUEST_RECEIVED)
    assert asked_for.credential["credentialSubject"]["id"] == holder
    (signed,) = await hospital.sign([asked_for.credential], verification_method=f"{issuer}#key-1")
    await hospital.issue(exchange.id, signed | {"proof": [signed["proof"], receipt_for(signed, now)]})
    await exchange_in(hospital, exchange.id, CredentialState.DONE)

    async def accepted() -> str | None:
        found = (await mei.get(f"/api/offers/{offer['id']}")).json()
        return found["record"] if found["state"] == "accepted" else None

    record = await until(accepted, "the record is in the wallet")
    held = (await mei.get(f"/api/credentials/{record}")).json()
    assert held["witnessed"]["state"] == "witnessed"
    assert (await mei.get(f"/api/credentials/{record}/file")).json()["credential"]["id"] == draft["id"]

    # Share it with a clinic the wallet has never met, by a link without a handshake.
    question = await clinic.request_presentation(request("ImmunizationCredential", at=now))
    code = await clinic.create_invitation(label=CLINIC, handshake=False, presentation_exchange_id=question.id)
    stands = await follow(mei, code.url, "request")
    asking = (await mei.get(f"/api/requests/{stands['request']}")).json()
    assert (asking["label"], asking["answerable"]) == (CLINIC, True)
    assert asking["asked"][0]["candidates"][0]["id"] == record
    assert (await press(mei, f"/api/requests/{asking['id']}/share"))["state"] == "shared"
    seen = await presentation_in(clinic, question.id, PresentationState.PRESENTATION_RECEIVED, PresentationState.DONE)
    assert seen.presentation is not None
    assert seen.presentation["holder"] == holder
    assert [one["id"] for one in seen.presentation["verifiableCredential"]] == [draft["id"]]
    history = (await mei.get("/api/history")).json()
    assert [line["label"] for line in history] == [CLINIC, HOSPITAL]


async def test_who_asks_is_who_signed(mei: httpx.AsyncClient, clinic: AgentClient) -> None:
    """No trust list names this clinic: its signature is found good, its name is not verified."""
    host = DidHost()
    did = host.did("clinic")
    key = ClinicKey(clinic, did)
    asked = replace(request("ImmunizationCredential", at=datetime.now(UTC).replace(microsecond=0)), domain=did)
    question = await clinic.request_presentation(asked)
    code = await clinic.create_invitation(label=CLINIC, handshake=False, presentation_exchange_id=question.id)
    signed = await key.sign(code)
    stands = await follow(mei, signed.url, "request")  # nobody serves its did.json yet
    asker = f"/api/requests/{stands['request']}"
    assert (await mei.get(asker)).json()["asker"]["state"] == "unchecked"
    host.documents["/hospitals/clinic/did.json"] = await key.document()
    await follow(mei, signed.url, "request")
    found = (await mei.get(asker)).json()["asker"]
    assert (found["state"], found["did"], found["name"]) == ("unlisted", did, "")

    elsewhere = signed.message | {"services": [signed.message["services"][0] | {"serviceEndpoint": "http://127.0.0.1:9"}]}
    answer = await mei.post("/api/invitations", json={"url": link_to(elsewhere)})
    assert (answer.status_code, answer.json()["code"]) == (422, "invitation.forged")
    host.close()


async def test_decline_reaches_the_hospital_and_the_clinic(
    mei: httpx.AsyncClient, hospital: AgentClient, clinic: AgentClient, issuer: str
) -> None:
    """At once, also when offer and request came in a code."""
    exchange = await hospital.offer(immunization() | {"issuer": issuer})
    code = await hospital.create_invitation(label=HOSPITAL, handshake=False, credential_exchange_id=exchange.id)
    stands = await follow(mei, code.url, "offer")
    assert (await press(mei, f"/api/offers/{stands['offer']}/decline"))["state"] == "declined"
    await exchange_in(hospital, exchange.id, CredentialState.ABANDONED)

    connection_id = await connected(mei, hospital)
    exchange = await hospital.offer(immunization() | {"issuer": issuer}, connection_id=connection_id)
    offer = await first(mei, "/api/offers")
    assert (await press(mei, f"/api/offers/{offer['id']}/decline"))["state"] == "declined"
    await exchange_in(hospital, exchange.id, CredentialState.ABANDONED)

    now = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    question = await clinic.request_presentation(request("ImmunizationCredential", at=now))
    code = await clinic.create_invitation(label=CLINIC, handshake=False, presentation_exchange_id=question.id)
    stands = await follow(mei, code.url, "request")
    assert (await press(mei, f"/api/requests/{stands['request']}/decline"))["state"] == "declined"
    await presentation_in(clinic, question.id, PresentationState.ABANDONED)

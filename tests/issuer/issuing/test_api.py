"""The service over HTTP: keys, problems, short links, files, status lists, health, webhooks, and its start and end."""

import asyncio
import base64
import json
import logging
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from issuer.api import BODY_BYTES
from issuer.context import IssuerContext
from issuer.issuing.attachments import forget_old
from issuer.service import create_app
from schemas.errors import AgentError, FormatError, UnavailableError
from storage import SystemClock
from tests.issuer.issuing.house import BINDING, House, bundle
from tests.issuer.issuing.test_submitting import PDF
from tests.issuer.issuing.world import FakeLedger

KEY = {"Authorization": "Bearer key-of-his"}
SECOND = {"Authorization": "Bearer key-of-second"}


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house.settings, clock=house.clock, agents=house.agents, ledger=house.ledger)  # type: ignore[arg-type]


@pytest.fixture
async def http(app: FastAPI, house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8101") as client:
        yield client
    await app.state.context.database.close()
    await app.state.context.http.aclose()


def body(**more: Any) -> dict[str, Any]:
    return {"hospital": "hk", "binding": BINDING, "bundle": bundle()} | more


async def submit(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    headers = KEY | {"Idempotency-Key": str(uuid.uuid4())}
    answer = await http.post("/credentials", json=body(**more), headers=headers)
    assert answer.status_code == 202, answer.text
    [credential] = answer.json()["credentials"]
    assert isinstance(credential, dict)
    return credential


async def test_a_bundle_is_taken_and_followed_to_the_wallet(
    house: House, context: IssuerContext, http: httpx.AsyncClient
) -> None:
    credential = await submit(http)
    assert credential.keys() == {"id", "type", "state", "offer_url"}
    assert (credential["type"], credential["state"]) == ("ImmunizationCredential", "drafted")
    await house.run(context)
    read = (await http.get(f"/credentials/{credential['id']}", headers=KEY)).json()
    assert (read["state"], read["status"]) == ("acknowledged", "active")
    assert "CANARY" not in str(read)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic key-of-his"}])
async def test_a_caller_without_a_known_key_learns_and_changes_nothing(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    credential = await submit(http)
    for method, path in (
        ("GET", f"/credentials/{credential['id']}"),
        ("POST", "/credentials"),
        ("POST", f"/credentials/{credential['id']}/withdraw"),
        ("POST", "/status-changes/1/approve"),
    ):
        answer = await http.request(method, path, headers=headers | {"Idempotency-Key": "k"}, json=body())
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["code"] == "api.key_unknown"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json.malformed"),
        (b"[]", "request.malformed"),
        (b'{"hospital":"hk"}', "request.malformed"),
        (b'{"hospital":"hk","hospital":"sz"}', "json.duplicate_name"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "json.too_deep"),
        (b'{"hospital":"\xff"}', "json.malformed"),
        (b'{"hospital":"hk","binding":"b","bundle":{"resourceType":"Bundle","CANARY-NAME-7Q4X":NaN}}', "json.number"),
        (b'{"hospital":"hk","binding":"b","bundle":{},"CANARY-NAME-7Q4X":1}', "request.malformed"),
    ],
)
async def test_hostile_bodies_are_problems(http: httpx.AsyncClient, content: bytes, code: str) -> None:
    answer = await http.post("/credentials", content=content, headers=KEY | {"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert answer.json()["code"] == code


@pytest.mark.parametrize("path", ["/sign-in", "/logout", "/console/issue/x", "/patients", "/credentials/x/revoke"])
async def test_a_stranger_has_no_more_read_than_a_form(http: httpx.AsyncClient, path: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"name=" + b"x" * 1000

    for content in (b"x" * 100_000, chunks()):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await http.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_a_submission_may_be_larger_than_a_form_and_has_an_end(http: httpx.AsyncClient) -> None:
    async def submitted(size: int) -> httpx.Response:
        headers = KEY | {"Idempotency-Key": "k", "Content-Length": str(size)}
        return await http.post("/credentials", content=b" " * min(size, 100_000), headers=headers)

    assert (await submitted(100_000)).json()["code"] == "json.malformed"
    beyond = await submitted(BODY_BYTES + 1)
    assert (beyond.status_code, beyond.json()["code"]) == (413, "request.too_large")


async def test_the_idempotency_key_is_needed(http: httpx.AsyncClient) -> None:
    answer = await http.post("/credentials", json=body(), headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "submission.no_key")
    answer = await http.post("/credentials", json=body(), headers=KEY | {"Idempotency-Key": "k" * 256})
    assert answer.json()["code"] == "submission.no_key"


async def test_a_bad_bundle_says_where_and_not_what(http: httpx.AsyncClient) -> None:
    bad = bundle()
    bad["entry"][1]["resource"]["occurrenceDateTime"] = "CANARY-NOTE-5T8W"
    answer = await http.post("/credentials", json=body(bundle=bad), headers=KEY | {"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "record.invalid"
    assert answer.json()["path"].startswith("Bundle.entry[1]")
    assert "CANARY" not in answer.text


async def test_digits_of_a_decimal_survive(house: House, context: IssuerContext, http: httpx.AsyncClient) -> None:
    content = bundle()
    content["entry"][1]["resource"]["doseQuantity"] = {"value": "DOSE", "unit": "mL"}
    text = json.dumps(body(bundle=content)).replace('"DOSE"', "0.50")
    answer = await http.post("/credentials", content=text.encode(), headers=KEY | {"Idempotency-Key": "k"})
    assert answer.status_code == 202, answer.text
    draft = (await house.read(context, answer.json()["credentials"][0]["id"])).draft
    assert '"0.50"' in json.dumps(draft)


async def test_two_keys_are_two_people_for_a_revocation(house: House, context: IssuerContext, http: httpx.AsyncClient) -> None:
    credential = (await submit(http))["id"]
    await house.run(context)
    asked = await http.post(f"/credentials/{credential}/revoke", json={"reason": "entered_in_error"}, headers=KEY)
    assert asked.json()["state"] == "requested"
    change = asked.json()["change"]
    refused = await http.post(f"/status-changes/{change}/approve", headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (403, "status.same_person")
    made = await http.post(f"/status-changes/{change}/approve", headers=SECOND)
    assert made.json()["state"] == "effective"
    assert (await http.get(f"/credentials/{credential}", headers=KEY)).json()["status"] == "revoked"
    wrong = await http.post(f"/credentials/{credential}/suspend", json={"reason": "because"}, headers=KEY)
    assert wrong.status_code == 422


async def test_a_status_list_is_a_cacheable_file(house: House, context: IssuerContext, http: httpx.AsyncClient) -> None:
    await submit(http)
    assert (await http.get("/status/hk/revocation/1")).json()["code"] == "status.not_published"
    await house.run(context)
    answer = await http.get("/status/hk/revocation/1")
    assert answer.headers["content-type"] == "application/vc"
    assert "max-age" in answer.headers["cache-control"]
    again = await http.get("/status/hk/revocation/1", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for path in ("/status/hk/revocation/2", "/status/sz/revocation/1", "/status/no/suspension/1"):
        assert (await http.get(path)).status_code == 404
    assert (await http.get("/status/hk/refresh/1")).status_code == 422


async def test_the_short_link_of_an_offer_by_invitation(house: House, context: IssuerContext, http: httpx.AsyncClient) -> None:
    house.agent.wallet.answers = False
    credential = await submit(http, delivery="invitation")
    path = credential["offer_url"].removeprefix("http://localhost:8101")
    assert (await http.get(path)).json()["code"] == "offer.not_ready"
    await house.run(context)
    browser = await http.get(path)
    assert browser.status_code == 302
    assert browser.headers["location"].startswith("http://agent.test?oob=")
    wallet = await http.get(path, headers={"Accept": "application/json"})
    assert wallet.json()["@type"] == "https://didcomm.org/out-of-band/1.1/invitation"
    assert wallet.headers["cache-control"] == "no-store"
    house.agent.wallet.answers = True
    await house.run(context)
    assert (await http.get(path)).json()["code"] == "offer.over"
    assert (await http.get("/o/guessed")).json()["code"] == "offer.unknown"


async def test_the_short_link_of_an_offer_in_the_wallet_says_so(
    house: House, context: IssuerContext, http: httpx.AsyncClient
) -> None:
    house.agent.wallet.answers = False
    credential = await submit(http)
    await house.run(context)
    answer = await http.get(credential["offer_url"])
    assert (answer.status_code, answer.json()["code"]) == (409, "offer.in_wallet")


async def test_an_offer_is_made_again_or_taken_back_over_http(
    house: House, context: IssuerContext, http: httpx.AsyncClient
) -> None:
    house.agent.wallet.answers = False
    credential = (await submit(http))["id"]
    await house.run(context)
    again = await http.post(f"/credentials/{credential}/resend", json={"delivery": "invitation"}, headers=KEY)
    assert again.json()["state"] == "drafted"
    await house.run(context)
    assert (await house.read(context, credential)).invitation_url is not None
    back = await http.post(f"/credentials/{credential}/withdraw", headers=KEY)
    assert (back.json()["state"], back.json()["reason"]) == ("failed", "withdrawn")


async def test_an_attachment_is_fetched_a_few_times_and_then_gone(
    house: House, context: IssuerContext, http: httpx.AsyncClient
) -> None:
    house.settings = house.settings.model_copy(update={"file_fetches": 2})
    file = {"name": "report.pdf", "mediaType": "application/pdf", "content": base64.b64encode(PDF).decode()}
    [credential] = await house.submit(house.open(), attachments=[file])
    [related] = (await house.read(context, credential)).draft["relatedResource"]
    first = await http.get(related["id"])
    assert first.content == PDF
    assert first.headers["content-type"] == "application/octet-stream"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["content-disposition"] == "attachment"
    assert (await http.get(related["id"])).status_code == 200
    assert (await http.get(related["id"])).json()["code"] == "file.gone"
    assert await forget_old(context) == 1


async def test_an_attachment_ends_with_its_days(house: House, context: IssuerContext, http: httpx.AsyncClient) -> None:
    file = {"name": "report.pdf", "mediaType": "application/pdf", "content": base64.b64encode(PDF).decode()}
    [credential] = await house.submit(context, attachments=[file])
    [related] = (await house.read(context, credential)).draft["relatedResource"]
    assert await forget_old(context) == 0
    house.clock.at += timedelta(days=house.settings.file_days)
    assert (await http.get(related["id"])).status_code == 404
    assert await forget_old(context) == 1


async def test_context_and_schemas_are_published(http: httpx.AsyncClient) -> None:
    assert "@context" in (await http.get("/ns/v1")).json()
    schema = (await http.get("/ns/schemas/ImmunizationCredential/v1.json")).json()
    assert schema["$id"] == "https://w3id.org/medcred/schemas/ImmunizationCredential/v1.json"
    assert (await http.get("/ns/schemas/Nothing/v1.json")).status_code == 422


async def test_health_names_what_does_not_answer_and_stays_well_without_it(house: House, http: httpx.AsyncClient) -> None:
    well = await http.get("/health")
    assert (well.status_code, well.json()["status"]) == (200, "ok")
    house.agent.database = False
    house.ledger.down = True
    without = await http.get("/health")
    assert (without.status_code, without.json()["status"]) == (200, "degraded")
    assert without.json()["checks"] == {
        "database": "ok",
        "ledger": "ledger.unreachable",
        "agent:sz": "ok",
        "agent:hk": "agent.database",
    }


async def test_health_fails_without_the_database_and_with_an_agent_without_our_plugin(
    house: House, app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise UnavailableError("database.unreachable", "The database does not answer.")

    with monkeypatch.context() as without:
        without.setattr(app.state.context.database, "check", away)
        ill = await http.get("/health")
    assert (ill.status_code, ill.json()["status"]) == (503, "failing")
    assert ill.json()["checks"]["database"] == "database.unreachable"

    async def no_plugin() -> None:
        raise AgentError("agent.plugin_missing", "This agent runs without the medcred plugin.")

    monkeypatch.setattr(house.agent, "health", no_plugin)
    unfit = await http.get("/health")
    assert (unfit.status_code, unfit.json()["checks"]["agent:hk"]) == (503, "agent.plugin_missing")


async def test_a_webhook_needs_the_key_of_its_agent(http: httpx.AsyncClient) -> None:
    path = "/webhooks/hk/topic/issue_credential_v2_0/"
    event = {"cred_ex_id": "x", "state": "done"}
    assert (await http.post(path, json=event)).status_code == 401
    assert (await http.post(path, json=event, headers={"x-api-key": "webhook-key"})).status_code == 200
    other = await http.post("/webhooks/macau/topic/issue_credential_v2_0/", json=event, headers={"x-api-key": "webhook-key"})
    assert other.status_code == 401


async def test_the_service_does_not_start_with_an_agent_without_the_plugin(house: House, app: FastAPI) -> None:
    house.agent.plugin = False
    with pytest.raises(AgentError) as caught:
        async with app.router.lifespan_context(app):
            pytest.fail("started")
    assert caught.value.code == "agent.plugin_missing"


async def test_an_agent_that_is_not_up_yet_does_not_stop_the_start(house: House, app: FastAPI) -> None:
    house.agent.down = True
    async with app.router.lifespan_context(app):
        house.agent.down = False
    assert "aclose" in house.agent.calls


def test_a_wrong_ledger_key_stops_the_start(house: House) -> None:
    wrong = house.settings.ledger.model_copy(update={"origin_key": "ledger.test+00000000+AQ=="})
    with pytest.raises(FormatError):
        create_app(house.settings.model_copy(update={"ledger": wrong}))


async def test_the_whole_service_issues_by_itself_and_says_nothing_of_the_patient(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="issuer")
    monkeypatch.setattr(FakeLedger, "EPOCH", timedelta(0))
    clock = SystemClock()
    for part in (house.agent, house.agents["sz"], house.ledger):
        part.clock = clock  # type: ignore[assignment]
    house.clock.at = clock.now()
    settings = house.settings.model_copy(update={"receipt_seconds": 0.1})
    app = create_app(settings, clock=clock, agents=house.agents, ledger=house.ledger)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://issuer") as http:
        credential = (await submit(http))["id"]
        async with asyncio.timeout(30):
            while True:
                house.agent.act()
                events, house.agent.events = house.agent.events, []
                for event in events:
                    sent = {"cred_ex_id": event.record_id, "state": event.state}
                    path = f"/webhooks/hk/topic/{event.topic}/"
                    await http.post(path, json=sent, headers={"x-api-key": "webhook-key"})
                if (await http.get(f"/credentials/{credential}", headers=KEY)).json()["state"] == "acknowledged":
                    break
                await asyncio.sleep(0.02)
    assert len(house.agent.wallet.stored[f"urn:uuid:{credential}"]) == 1
    assert "CANARY" not in caplog.text
    assert house.agent.wallet.did not in caplog.text

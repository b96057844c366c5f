"""The pages over HTTP: who may see them, what they refuse, and what must never leak into an address or a log."""

import json
import logging
import re

import httpx
import pytest
import segno
from bs4 import BeautifulSoup
from fastapi import FastAPI

from tests.wallet.conftest import MEI, PASSCODES, WEBHOOK_KEY, Shelf
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import CANARY_NAME, CANARY_NOTE, CLINIC, HOSPITAL, PURPOSE, immunization, link_to, request
from wallet.parts import Wallet
from wallet.tables import Base

READ = ["/", "/scan", "/history", "/records/x", "/records/x/carry", "/records/x/file"]
DECIDE = ["/offers/x", "/requests/x", "/invitations/x"]
STEPS = ["/scan", "/offers/x/accept", "/offers/x/decline", "/requests/x/share", "/requests/x/decline"]
LINK_STEPS = ["/invitations/x/connect", "/invitations/x/decline"]


def form_token(page: str) -> str:
    field = BeautifulSoup(page, "html.parser").find("input", {"name": "csrf"})
    assert field is not None
    return str(field["value"])


@pytest.fixture
async def browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Signed in as Mei through the page; follows redirects like a browser."""
    client.follow_redirects = True
    client.headers["accept"] = "text/html"
    token = form_token((await client.get("/login")).text)
    page = await client.post("/login", data={"csrf": token, "login": MEI, "passcode": PASSCODES[MEI]})
    assert page.url.path == "/"
    return client


async def press(browser: httpx.AsyncClient, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
    """Send the form of `page` whose address ends with `action`."""
    forms = BeautifulSoup(page.text, "html.parser").find_all("form")
    (form,) = [form for form in forms if str(form.get("action", "")).endswith(action)]
    values = {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input") if field.get("name")}
    return await browser.post(str(form["action"]), data=values | fields)


@pytest.mark.parametrize("path", READ + DECIDE)
async def test_strangers_are_sent_to_the_door(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/api/offers", "/api/requests", "/api/credentials", "/api/history", "/api/credentials/x/file"])
async def test_strange_programs_are_told(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "login.needed")


@pytest.mark.parametrize("path", STEPS + LINK_STEPS + ["/login", "/logout"])
async def test_forged_forms_are_refused(path: str, browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    before = list(agent.calls)
    for data in ({}, {"csrf": ""}, {"csrf": "guess"}):
        answer = await browser.post(path, data=data | {"login": MEI, "passcode": PASSCODES[MEI]})
        assert answer.status_code == 403
    assert agent.calls == before


@pytest.mark.parametrize("path", [f"/api{step}" for step in STEPS[1:]] + ["/api/invitations", "/api/logout", "/scan/picture"])
async def test_forged_calls_are_refused(path: str, program: httpx.AsyncClient) -> None:
    for token in ("", "guess", "é"):
        headers = {b"X-CSRF": token.encode()}
        answer = await program.post(path, params={"width": 1, "height": 1}, json={"url": "https://a.example"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "form.stale")


async def test_an_offer_from_code_to_record(browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    message = agent.invite(HOSPITAL, immunization())
    offer = await press(browser, await browser.get("/scan"), "/scan", link=link_to(message))
    assert re.fullmatch(r"/offers/[0-9a-f]{32}", offer.url.path)
    for said in (HOSPITAL, "This wallet has not checked it", "Influenza vaccine", CANARY_NAME, CANARY_NOTE):
        assert said in offer.text
    waiting = await press(browser, offer, "/accept")
    assert "on its way" in waiting.text
    tenant = agent.wallet_of()
    agent.issue(tenant, next(iter(tenant.offers)))
    there = await browser.get(waiting.url.path)
    assert "The record is in your wallet" in there.text
    assert HOSPITAL in (await browser.get("/")).text


async def test_a_request_from_code_to_history(browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    tenant = agent.wallet_of()
    agent.hold(tenant, immunization())
    message = agent.invite("someone", request("ImmunizationCredential"))
    asking = await press(browser, await browser.get("/scan"), "/scan", link=link_to(message))
    for said in (CLINIC, PURPOSE, "This wallet has not checked it", "24 Nov 2026 16:00"):
        assert said in asking.text
    done = await press(browser, asking, "/share")
    assert "Shared" in done.text
    assert len(tenant.shared) == 1
    history = await browser.get("/history")
    assert CLINIC in history.text
    assert PURPOSE in history.text
    assert CANARY_NAME not in history.text


async def test_a_link_is_asked_in_plain_words(browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    page = await press(browser, await browser.get("/scan"), "/scan", link=link_to(agent.invite(HOSPITAL)))
    assert HOSPITAL in page.text
    page = await press(browser, page, "/connect")
    assert "Connected" in page.text
    agent.deliver(agent.wallet_of(), request(label=HOSPITAL), connection_id=next(iter(agent.wallet_of().connections)))
    page = await browser.get(page.url.path)
    assert f"{HOSPITAL} asks to link this wallet to you." in page.text
    page = await press(browser, page, "/share")
    assert "Linked" in page.text


async def test_a_bad_link_is_said_on_the_scan_page(browser: httpx.AsyncClient) -> None:
    for link in ("hello", "file:///etc/passwd", "", "http://h?oob=e30"):
        page = await press(browser, await browser.get("/scan"), "/scan", link=link)
        assert page.url.path == "/scan"
        assert page.status_code == 422
        assert 'role="alert"' in page.text


async def test_an_agent_that_is_down_is_said_calmly(browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    agent.down = True
    page = await browser.get("/")
    assert page.status_code == 503
    assert "Your wallet does not answer right now." in page.text


async def test_a_picture_of_a_code(program: httpx.AsyncClient) -> None:
    rows = [bytes(0 if dark else 255 for dark in row for _ in range(4)) * 4 for row in segno.make("hello").matrix_iter(border=4)]
    side = len(rows[0]) // 4
    answer = await program.post("/scan/picture", params={"width": side, "height": side}, content=b"".join(rows))
    assert answer.json() == {"text": "hello"}
    answer = await program.post("/scan/picture", params={"width": 2, "height": 2}, content=b"\x00" * 3_000_000)
    assert answer.json()["code"] == "request.too_large"


async def test_headers_keep_pages_private(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/scan", "/history"):
        headers = (await browser.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
    cookie = (await browser.get("/")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_names_others_gave_are_only_text(browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    agent.deliver(agent.wallet_of(), request(label="<script>alert(1)</script>", purpose="{csrf} {0} %s <b>x</b>"))
    page = await browser.get("/")
    assert "<script>alert" not in page.text
    asking = await browser.get(str(BeautifulSoup(page.text, "html.parser").select_one("a.step")["href"]))  # type: ignore[index]
    assert "<script>alert" not in asking.text
    assert "<b>x</b>" not in asking.text


async def test_web_hooks_are_hints(app: FastAPI, wallet: Wallet, program: httpx.AsyncClient, agent: FakeAgent) -> None:
    await program.get("/api/offers")
    tenant = agent.wallet_of()
    agent.deliver(tenant, immunization())
    account = await wallet.accounts.of_wallet(tenant.wallet_id)
    assert account is not None
    hook = "/webhooks/patients/topic/issue_credential_v2_0/"
    headers = {"x-api-key": WEBHOOK_KEY, "x-wallet-id": tenant.wallet_id}
    with wallet.bell.watch(account.id) as rung:
        assert (await program.post(hook, json={"state": "done"}, headers=headers | {"x-api-key": "no"})).status_code == 401
        assert not rung.is_set()
        assert (await program.post(hook, json={"state": "done"}, headers=headers)).status_code == 200
        assert rung.is_set()
    (offer,) = await wallet.offers.waiting(account.id)
    assert offer.state == "waiting", "the hook's own word is not believed"
    for unknown in ("", "nobody"):
        assert (await program.post(hook, json={}, headers=headers | {"x-wallet-id": unknown})).status_code == 200
    agent.down = True
    assert (await program.post(hook, json={}, headers=headers)).status_code == 200


async def test_nothing_of_a_record_in_addresses_or_logs(
    browser: httpx.AsyncClient, agent: FakeAgent, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    addresses: list[str] = []

    async def note(sent: httpx.Request) -> None:
        addresses.append(str(sent.url))

    browser.event_hooks["request"].append(note)
    page = await press(browser, await browser.get("/scan"), "/scan", link=link_to(agent.invite(HOSPITAL, immunization())))
    await press(browser, page, "/accept")
    tenant = agent.wallet_of()
    record_id = agent.issue(tenant, next(iter(tenant.offers)))
    for path in ("/", f"/records/{record_id}", f"/records/{record_id}/carry", f"/records/{record_id}/file"):
        assert (await browser.get(path)).status_code == 200
    page = await press(
        browser, await browser.get("/scan"), "/scan", link=link_to(agent.invite("x", request("ImmunizationCredential")))
    )
    await press(browser, page, "/share")
    agent.down = True
    await browser.get("/")
    said = "\n".join([*addresses, *shelf.asked, *(json.dumps(record.__dict__, default=str) for record in caplog.records)])
    assert len(addresses) > 10
    for private in ("CANARY", "Influenza", "陳美", "did:key", *tenant.dids, HOSPITAL, CLINIC):
        assert private not in said


async def test_the_database_holds_no_record(wallet: Wallet, browser: httpx.AsyncClient, agent: FakeAgent) -> None:
    page = await press(browser, await browser.get("/scan"), "/scan", link=link_to(agent.invite(HOSPITAL, immunization())))
    await press(browser, page, "/accept")
    tenant = agent.wallet_of()
    agent.issue(tenant, next(iter(tenant.offers)))
    page = await press(
        browser, await browser.get("/scan"), "/scan", link=link_to(agent.invite("x", request("ImmunizationCredential")))
    )
    await press(browser, page, "/share")
    async with wallet.database.engine.connect() as connection:
        for table in Base.metadata.tables:
            rows = (await connection.exec_driver_sql(f'SELECT * FROM "{table}"')).all()
            assert rows or table in ("login_attempts", "contacts", "kept_files"), f"{table} was not used"
            for private in ("CANARY", "Influenza", "LOT-26A", "1948-02-11"):
                assert private not in repr(rows)

"""The console in a real browser: pages that follow by themselves, check digits while typing, and a phone's width."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from issuer.patients.binding import LOOK_EVERY, invite, reconcile
from issuer.patients.desk import register
from issuer.patients.identity import DocumentType
from tests.issuer.onboarding.house import BASE, House

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("MEDCRED_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: a browser does not see the engine."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
async def served(house: House) -> AsyncIterator[House]:
    """The service at BASE."""
    server = uvicorn.Server(uvicorn.Config(house.app, host="127.0.0.1", port=18520, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield house
    server.should_exit = True
    server.force_exit = True  # event streams stay open for as long as somebody looks
    await task


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def sign_in(browser: Browser, name: str, *, width: int = 1024) -> tuple[Page, list[str]]:
    """A page of someone signed in, and what the browser complains of on it."""
    context = await browser.new_context(viewport={"width": width, "height": 768}, locale="en")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(f"{BASE}/sign-in")
    await page.fill("#name", name)
    await page.fill("#password", f"password of {name}")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{BASE}/")
    return page, complaints


async def test_a_hospital_page_follows_what_others_do(served: House, browser: Browser) -> None:
    await served.bindings.apply("hk", who="olga")
    page, complaints = await sign_in(browser, "audrey")
    await page.goto(f"{BASE}/console/hospitals/hk", wait_until="domcontentloaded")
    await page.get_by_text("The application is in").wait_for()
    await served.bindings.check_lei("hk", who="olga")
    await page.get_by_text("makes a key and signs").wait_for()
    await served.bindings.prove_did("hk", who="olga")
    await page.get_by_text("A second person compares").wait_for()
    assert complaints == []


async def test_the_code_leaves_the_screen_when_a_wallet_took_it(served: House, browser: Browser) -> None:
    await served.bind()
    patient, _ = await register(
        served.context, hospital="hk", name="CANARY-NAME-7Q4X", document=DocumentType.PASSPORT, number="A1234567", who="cho"
    )
    row = await invite(served.context, patient.id, who="cho")
    page, complaints = await sign_in(browser, "cho", width=390)
    await page.goto(f"{BASE}/console/bindings/{row.id}", wait_until="domcontentloaded")
    await page.locator("svg.qr").wait_for()
    assert row.invitation_id
    served.agents["hk"].scan(row.invitation_id)
    for step in range(3):
        if step == 2:
            served.agents["hk"].present()
        served.clock.at += LOOK_EVERY
        await reconcile(served.context)
        await page.locator("svg.qr").wait_for(state="detached")
    await page.get_by_text("The wallet proved its own key").wait_for()
    assert "CANARY" not in page.url + await page.title()
    assert complaints == []


async def test_check_digits_are_judged_while_typing(served: House, browser: Browser) -> None:
    page, complaints = await sign_in(browser, "olga")
    await page.goto(f"{BASE}/console/hospitals/hk", wait_until="domcontentloaded")
    says = page.locator("#lei-says")
    for lei, expected in [("984500HKTESTHOSP0165", "✕"), ("984500hktesthosp0164", "✓"), ("984500HKTESTHOSP016", "")]:
        await page.fill("#lei", lei)
        assert (await says.inner_text())[:1] == expected
    assert complaints == []


async def test_no_page_is_wider_than_a_phone(served: House, browser: Browser) -> None:
    await served.bind()
    page, complaints = await sign_in(browser, "olga", width=390)
    for path in ("/", "hospitals", "hospitals/hk", "patients", "patients/new", "issue", "credentials", "approvals", "audit"):
        await page.goto(BASE + (path if path == "/" else f"/console/{path}"), wait_until="domcontentloaded")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18, path
    assert complaints == []

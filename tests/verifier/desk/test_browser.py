"""The desk in a real browser: live states, keyboard, idle screen, a dropped file, on a desk screen and on a phone."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from storage.clock import FixedClock
from tests.verifier import world
from tests.verifier.desk.fakes import PRESENTATION, Elsewhere, FakeAgent, FakeJudge
from tests.verifier.desk.visiting import Visit
from verifier.desk.service import create_app
from verifier.desk.settings import Settings

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("MEDCRED_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
DESK, PHONE = {"width": 1024, "height": 768}, {"width": 390, "height": 844}

NO_EVENTS = """window.EventSource = class extends EventTarget {
    constructor() { super(); setTimeout(() => this.onerror?.()); }
    close() {}
}"""


@pytest.fixture
def database_url(tmp_path: Any) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"  # what the browser sees does not depend on the database


@pytest.fixture
async def visit(
    settings: Settings, clock: FixedClock, agent: FakeAgent, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Visit]:
    """A desk that listens on a port of this machine."""
    monkeypatch.setattr("verifier.desk.service.SETTLE_SECONDS", 0.1)
    monkeypatch.setattr("verifier.desk.watching.LOOK_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"http://localhost:{listener.getsockname()[1]}"
        app = create_app(
            settings.model_copy(update={"base_url": base_url, "idle_seconds": 10}),
            clock=clock,
            agent=agent,  # type: ignore[arg-type]
            http=elsewhere.client(),
        )
        judge = app.state.desk.conversation.judge = FakeJudge()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=base_url) as client:
            while not server.started:
                await asyncio.sleep(0.02)
            yield Visit(app, agent, judge, client)
        server.should_exit = True
        await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def at_the_desk(browser: Browser, visit: Visit, viewport: Any = DESK, language: str = "en-GB") -> AsyncIterator[Page]:
    """A page at the address of the desk; errors in scripts and refused resources fail the test."""
    context = await browser.new_context(base_url=str(visit.browser.base_url), viewport=viewport, locale=language)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    await context.close()
    assert faults == []


async def sign_in(page: Page) -> None:
    """Sign in with the keyboard alone."""
    await page.goto("/")
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.keyboard.type("nurse")
    await page.keyboard.press("Tab")
    await page.keyboard.type("night-shift")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ask a patient for records")


async def show_code(page: Page) -> dict[str, str]:
    """Choose the first kind of record and show the code, with the keyboard alone."""
    await page.get_by_role("checkbox").first.focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Show the code").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#live")).to_have_attribute("data-state", "waiting")
    return {"id": page.url.rsplit("/", 1)[1], "url": await page.locator("#state .mono").inner_text()}


async def test_a_visit_live_with_the_keyboard_alone(visit: Visit, browser: Browser) -> None:
    visit.judge.verdict = visit.verdict()
    async with at_the_desk(browser, visit) as page:
        await sign_in(page)
        asked = await show_code(page)
        await expect(page.locator("svg.qr")).to_be_visible()

        await visit.scan(asked)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Scanned")
        await expect(page.locator("svg.qr")).to_have_count(0)
        await expect(page.locator("#announce")).to_contain_text("Scanned")

        visit.agent.answer(await visit.exchange_of(asked), PRESENTATION)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Genuine")
        await expect(page.locator("#content")).to_contain_text("CANARY-NAME-7Q4X")
        assert "CANARY" not in page.url + await page.title()
        focused = await page.evaluate("document.activeElement.textContent")
        assert "Genuine" in focused


async def test_the_record_leaves_an_unattended_screen_and_the_agent(visit: Visit, browser: Browser, clock: FixedClock) -> None:
    visit.judge.verdict = visit.verdict()
    async with at_the_desk(browser, visit) as page:
        await page.clock.install()
        await sign_in(page)
        asked = await show_code(page)
        visit.agent.answer(await visit.exchange_of(asked), PRESENTATION)
        await expect(page.locator("#content")).to_be_visible()
        await page.clock.fast_forward(5_000)
        await expect(page.locator("#content")).to_be_visible()
        await page.clock.fast_forward(6_000)
        await expect(page.locator("#content")).to_have_count(0)
        await expect(page.locator("#wiped")).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Genuine")
        await until(lambda: len(visit.agent.deleted) == 1)


async def test_another_language_keeps_the_record_and_leaving_wipes_it(visit: Visit, browser: Browser) -> None:
    visit.judge.verdict = visit.verdict()
    async with at_the_desk(browser, visit) as page:
        await sign_in(page)
        asked = await show_code(page)
        visit.agent.answer(await visit.exchange_of(asked), PRESENTATION)
        await expect(page.locator("#content")).to_be_visible()
        await page.get_by_role("link", name="繁體中文").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("真確")
        await expect(page.locator("#content")).to_contain_text("CANARY-NAME-7Q4X")
        await page.goto("/verify")
        await until(lambda: len(visit.agent.deleted) == 1)
        await page.go_back()
        await expect(page.locator("#verdict")).to_be_visible()
        await expect(page.locator("#content")).to_have_count(0)


async def test_a_declined_and_an_expired_request_offer_a_new_code(visit: Visit, browser: Browser, clock: FixedClock) -> None:
    async with at_the_desk(browser, visit, PHONE) as page:
        await sign_in(page)
        asked = await show_code(page)
        visit.agent.decline(await visit.exchange_of(asked))
        await expect(page.get_by_role("heading", level=1)).to_contain_text("The patient declined")
        await page.get_by_role("button", name="Show a new code").click()
        await expect(page.locator("svg.qr")).to_be_visible()
        clock.at += timedelta(minutes=4)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("The code has expired")


async def test_a_page_that_lost_its_events_polls(visit: Visit, browser: Browser) -> None:
    async with at_the_desk(browser, visit) as page:
        await page.add_init_script(NO_EVENTS)
        await sign_in(page)
        asked = await show_code(page)
        await visit.scan(asked)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Scanned", timeout=15_000)


async def test_a_file_is_dropped_and_its_record_leaves_the_screen(visit: Visit, browser: Browser) -> None:
    async with at_the_desk(browser, visit, PHONE, "pt-PT") as page:
        await page.clock.install()
        await page.goto("/verify")
        await page.evaluate(
            """(text) => {
                const files = new DataTransfer();
                files.items.add(new File([text], "record.medcred.json", {type: "application/json"}));
                document.getElementById("drop").dispatchEvent(new DragEvent("drop", {dataTransfer: files, cancelable: true}));
            }""",
            world.text(world.carried()).decode(),
        )
        await expect(page.locator("#verdict")).to_contain_text("Não foi possível verificar")  # no trust list here
        await expect(page.locator("#verdict")).to_have_class("banner unknown")


async def until(true: Any) -> None:
    """Wait for a real process, with a deadline."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.05)

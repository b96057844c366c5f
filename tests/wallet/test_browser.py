"""The wallet in a real Chromium on a phone's screen: scan, accept, share, by touch and by keyboard."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
import uvicorn
from playwright.async_api import Page, async_playwright

from tests.wallet.conftest import MEI, PASSCODES
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import CLINIC, HOSPITAL, immunization, link_to, request
from tests.wallet.witnessing import LOG, WITNESS, receipt_for
from wallet.service import create_app
from wallet.settings import AgentSettings, Patient, Settings
from web.qr import qr_png

pytestmark = pytest.mark.browser

QUIET = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
CAMERA = "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
SHORT_LINK = "ftp://clinic.example/r/k3x9"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def address(agent: FakeAgent, tmp_path: Path) -> AsyncIterator[str]:
    """Where the wallet listens; it has the real outside, and the fake agent."""
    settings = Settings(
        base_url="http://localhost",
        database=f"sqlite:///{tmp_path / 'wallet.db'}",
        session_secret="a-secret-for-tests-only",
        agent=AgentSettings(admin_url="http://127.0.0.1:1", api_key="k", webhook_key="hook-key"),
        patients=(Patient(login=MEI, passcode=PASSCODES[MEI], name="陳美 Chan Mei"),),
        logs=(str(LOG.verifier_key),),
        witnesses=(str(WITNESS.verifier_key),),
    )
    app = create_app(settings, agent=agent)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


def film(text: str, file: Path) -> None:
    """A film (YUV4MPEG2) of a camera that looks at a QR code: the code in the middle of a grey wall."""
    width, height, scale = 640, 480, 5
    code = [bytes(0 if dark else 255 for dark in row for _ in range(scale)) for row in segno.make(text).matrix_iter(border=4)]
    left, top = (width - len(code[0])) // 2, (height - len(code) * scale) // 2
    wall = b"\x80" * width
    rows = [wall] * top
    rows += [wall[:left] + row + wall[left + len(row) :] for row in code for _ in range(scale)]
    rows += [wall] * (height - len(rows))
    frame = b"FRAME\n" + b"".join(rows) + b"\x80" * (width * height // 2)
    file.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)


@pytest.fixture
async def page(address: str, tmp_path: Path) -> AsyncIterator[Page]:
    """Mei's phone, signed in, its camera pointed at `camera.y4m`. Whatever the browser complains about fails the test."""
    camera = tmp_path / "camera.y4m"
    film(SHORT_LINK, camera)
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*QUIET.split(), *CAMERA.split(), f"--use-file-for-fake-video-capture={camera}"],
        )
        context = await browser.new_context(viewport=PHONE, base_url=address, locale="en-GB", has_touch=True)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        await page.goto("/")
        await page.get_by_label("Login name").fill(MEI)
        await page.get_by_label("Passcode").fill(PASSCODES[MEI])
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="My records").wait_for()
        yield page
        await browser.close()
    # A refused link is answered 422, which Chromium notes as a failed resource.
    assert [said for said in complaints if "422" not in said] == []


async def fits(page: Page) -> bool:
    fitting: bool = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fitting


async def test_accept_and_share(page: Page, agent: FakeAgent) -> None:
    tenant = agent.wallet_of()
    await page.get_by_role("link", name="Scan a code").tap()
    await page.get_by_label("Or paste the link").fill(link_to(agent.invite(HOSPITAL, immunization())))
    assert await fits(page)
    await page.get_by_role("button", name="Open the link").tap()
    await page.get_by_role("heading", name="Take this record?").wait_for()
    assert await page.get_by_text(HOSPITAL).is_visible()
    assert await fits(page)
    button = await page.get_by_role("button", name="Take it").bounding_box()
    assert button is not None
    assert button["height"] >= 44
    assert button["y"] + button["height"] <= PHONE["height"], "the decision is on the screen without scrolling"
    await page.get_by_role("button", name="Take it").tap()
    await page.get_by_role("heading", name="Your record is on its way").wait_for()

    # The page follows by itself when the record comes.
    (exchange_id,) = tenant.offers
    bound = tenant.offers[exchange_id].credential
    bound["credentialSubject"]["id"] = tenant.offers[exchange_id].holder_did
    agent.issue(tenant, exchange_id, proof=[receipt_for(bound, datetime.now(UTC))])
    await page.get_by_role("heading", name="The record is in your wallet").wait_for()
    await page.get_by_role("link", name="Look at it").tap()
    await page.get_by_text("Unchanged, witnessed").wait_for()

    await page.goto("/scan")
    question = request("ImmunizationCredential", at=datetime.now(UTC))
    await page.get_by_label("Or paste the link").fill(link_to(agent.invite(CLINIC, question)))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Share with them?").wait_for()
    assert await page.get_by_text("Influenza vaccine / 流感疫苗: Vaccine").is_visible()
    assert await page.get_by_text("LOT-26A").is_hidden()
    await page.get_by_text("Show what is written there").tap()
    assert await page.get_by_text("LOT-26A").is_visible()
    assert await fits(page)
    await page.get_by_role("button", name="Share").tap()
    await page.get_by_role("heading", name="Shared").wait_for()
    assert len(tenant.shared) == 1
    await page.get_by_role("link", name="Who saw what").last.tap()
    await page.get_by_role("heading", name=CLINIC).wait_for()
    assert await fits(page)


async def test_a_picture_of_a_code(page: Page, agent: FakeAgent, tmp_path: Path) -> None:
    link = link_to(agent.invite(HOSPITAL))
    good, blank = tmp_path / "code.png", tmp_path / "mark.png"
    good.write_bytes(qr_png(link, scale=4))
    blank.write_bytes(qr_png("x", scale=1)[:60] + b"no picture")
    await page.goto("/scan")
    await page.get_by_label("Choose a picture of the code").set_input_files(blank)
    await page.get_by_text("There is no readable code in this picture").wait_for()
    await page.get_by_label("Choose a picture of the code").set_input_files(good)
    await page.get_by_role("heading", name="Connect with them?").wait_for()


async def test_the_camera(page: Page, address: str) -> None:
    await page.goto("/scan")
    await page.get_by_role("button", name="Use the camera").tap()
    await page.get_by_text("This wallet does not open addresses of that kind.").wait_for()
    assert page.url == f"{address}/scan"


async def test_by_keyboard_alone(page: Page, agent: FakeAgent) -> None:
    agent.deliver(agent.wallet_of(), request("PrescriptionCredential", at=datetime.now(UTC)))
    await page.reload()
    await page.get_by_text("asks to see: Prescription").wait_for()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        await page.keyboard.press("Tab")
        if "step" in await page.evaluate("document.activeElement.className"):
            break
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Share with them?").wait_for()
    assert await page.get_by_role("button", name="Share", exact=True).count() == 0, "what is not there cannot be shared"
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Decline":
            break
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="You said no").wait_for()
    assert agent.wallet_of().shared == []


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en", "pt"])
async def test_every_language_fits_a_phone(page: Page, agent: FakeAgent, language: str) -> None:
    tenant = agent.wallet_of()
    agent.hold(tenant, immunization())
    agent.hold(tenant, immunization(valid_from="2025-01-01T00:00:00Z"))
    agent.deliver(tenant, immunization())
    agent.deliver(tenant, request("ImmunizationCredential", at=datetime.now(UTC)))
    await page.goto(f"/?lang={language}")
    assert await page.evaluate("document.documentElement.lang") == language
    addresses = {str(await link.get_attribute("href")) for link in await page.locator("a.step").all()}
    assert len(addresses) == 4
    record = next(one for one in addresses if one.startswith("/records/"))
    for path in ["/", "/scan", "/history", f"{record}/carry", *sorted(addresses)]:
        await page.goto(path)
        assert await fits(page), f"{path} is wider than the phone in {language}"

"""The tutorial, as a newcomer does it: its commands in a shell, its steps on the pages in a browser, in a house with real agents.

The house is the one that ships, on other ports. What a step on the pages is called stands in the tutorial as
`<!-- by hand: NAME -->`; the method of that name does what the text before it says, by the labels the text names.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from medcred.house import House, read_house
from tests.docs.pages import ROOT, Command, blocks
from tests.docs.test_commands import environment, run
from tests.flows.running import SHIPPED, RunningHouse

pytestmark = [pytest.mark.agents, pytest.mark.browser, pytest.mark.timeout(900)]

TUTORIAL = ROOT / "docs" / "tutorial.md"
SHIPPED_PORTS = (*range(8101, 8107), 8120, 8121, 8130, 8131, 8140, 8141, 8150, 8151)
PORTS = dict(zip(SHIPPED_PORTS, range(18900, 18920), strict=False))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def on_our_ports(text: str) -> str:
    return re.sub(r"(?<![0-9])81[0-9]{2}(?![0-9])|(?<=%3A)81[0-9]{2}", lambda port: str(PORTS.get(int(port[0]), port[0])), text)


class Newcomer:
    """Somebody with a folder, a shell and a browser. `values` is what they would paste: `NAME=paste-it-here` in the text."""

    def __init__(self, folder: Path, console: Page, wallet: Page, desk: Page) -> None:
        self.folder = folder
        self.console, self.wallet, self.desk = console, wallet, desk
        self.values: dict[str, str] = {}
        self.running: RunningHouse | None = None

    def house(self) -> House:
        return read_house(self.folder / "agents.yml")

    def type(self, command: Command) -> None:
        """Run a command of the text; it must print what the text says."""
        if pasted := re.fullmatch(r"([A-Z]+)=paste-it-here", command.text):
            assert pasted[1] in self.values, f"nothing on the way told {pasted[1]}"
            return
        env = environment(self.folder) | self.values
        command = Command(on_our_ports(command.text), command.line, [on_our_ports(line) for line in command.prints])
        printed = run(command.text, self.folder, env)
        assert command.expected.fullmatch(printed), f"tutorial.md:{command.line}: $ {command.text}\n{printed}"
        if issued := re.search(r"^OK: ImagingReportCredential (\S+)", printed, re.MULTILINE):
            self.values["CREDENTIAL"] = issued[1]

    def secret(self, name: str) -> str:
        return (self.folder / ".medcred" / "secrets" / name).read_text()

    def bind(self) -> None:
        console, wallet = self.console, self.wallet
        console.goto(on_our_ports("http://localhost:8101"))
        console.get_by_label("Name").fill("clerk")
        console.get_by_label("Password").fill(self.secret("issuer.clerk"))
        console.get_by_role("button", name="Sign in").click()
        console.get_by_role("link", name="Patients", exact=True).click()
        console.get_by_role("link", name="New identity check").click()
        console.get_by_label("Name, as on the document").fill("王强 Wang Qiang")
        console.get_by_label("Document", exact=True).select_option(label="Passport")
        console.get_by_label("Number of the document").fill("P1234567")
        console.get_by_label("I saw the document, and the photo is of this person.").check()
        console.get_by_role("button", name="Record the check").click()
        console.get_by_role("button", name="Bind a wallet").click()
        picture = self.folder / "code.png"
        console.locator("svg.qr").screenshot(path=picture)
        wallet.goto(on_our_ports("http://localhost:8102"))
        wallet.get_by_label("Login name").fill("wang")
        wallet.get_by_label("Passcode").fill(self.secret("wallet.wang"))
        wallet.get_by_role("button", name="Open", exact=True).click()
        wallet.get_by_role("link", name="Scan a code").click()
        wallet.get_by_label("Choose a picture of the code").set_input_files(picture)
        wallet.get_by_role("button", name="Connect").click()
        wallet.get_by_role("button", name="Yes, link it").click(timeout=60_000)
        expect(console.get_by_text("Bound")).to_be_visible(timeout=60_000)
        self.values["BINDING"] = console.url.rpartition("/")[2]

    def take(self) -> None:
        for kind in ("Medical certificate", "Imaging report"):
            self._look_until(f"offers you: {kind}").click()
            self.wallet.get_by_role("button", name="Take it").click()
            expect(self.wallet.get_by_role("heading", name="The record is in your wallet")).to_be_visible(timeout=60_000)

    def desk_asks(self) -> None:
        desk, wallet = self.desk, self.wallet
        desk.goto(on_our_ports("http://localhost:8103"))
        desk.get_by_label("Name").fill("nurse")
        desk.get_by_label("Password").fill(self.secret("desk.nurse"))
        desk.get_by_role("button", name="Sign in").click()
        desk.get_by_role("group", name="Which records?").get_by_label("Medical certificate").check()
        desk.get_by_role("button", name="Show the code").click()
        address = desk.locator("p.mono").inner_text()
        wallet.goto(on_our_ports("http://localhost:8102"))
        wallet.get_by_role("link", name="Scan a code").click()
        wallet.get_by_label("Or paste the link").fill(address)
        wallet.get_by_role("button", name="Open the link").click()
        wallet.get_by_role("button", name="Share").click(timeout=60_000)
        expect(desk.get_by_role("heading", name="Genuine", exact=False).first).to_be_visible(timeout=60_000)
        assert desk.locator("#verdict").get_attribute("data-verdict") == "genuine"

    def carry(self) -> None:
        wallet = self.wallet
        wallet.goto(on_our_ports("http://localhost:8102"))
        wallet.get_by_role("link", name="Imaging report").click()
        wallet.get_by_role("link", name="Carry it as a file").click()
        with wallet.expect_download() as saving:
            wallet.get_by_role("link", name="Save the file").click()
        assert saving.value.suggested_filename == "record.medcred.json"
        saving.value.save_as(self.folder / "record.medcred.json")

    def stop(self) -> None:
        for page in (self.console, self.wallet, self.desk):
            page.goto("about:blank")
        if self.running:
            self.running.stop()
        self.running = None

    def start(self) -> None:
        self.running = RunningHouse(self.house())

    def _look_until(self, words: str) -> Locator:
        """The line of the wallet's first page with these words, which may take a moment to come."""
        self.wallet.goto(on_our_ports("http://localhost:8102"))
        line = self.wallet.get_by_role("link", name=words)
        expect(line).to_be_visible(timeout=60_000)
        return line


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    (tmp_path / "agents.yml").write_text(on_our_ports(SHIPPED.read_text()))
    (tmp_path / "schemas").symlink_to(ROOT / "schemas")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        pages = [browser.new_context(locale="en-GB").new_page() for _ in range(3)]
        for page in pages:
            page.set_default_timeout(30_000)
        somebody = Newcomer(tmp_path, *pages)
        somebody.start()
        try:
            yield somebody
        finally:
            somebody.stop()
            browser.close()


def test_a_newcomer_gets_through(newcomer: Newcomer) -> None:
    by_hand = {
        "bind": newcomer.bind,
        "take": newcomer.take,
        "desk": newcomer.desk_asks,
        "carry": newcomer.carry,
        "stop": newcomer.stop,
        "start": newcomer.start,
    }
    done = set()
    for block in blocks(TUTORIAL):
        if block.by_hand:
            by_hand[block.by_hand]()
            done.add(block.by_hand)
        elif block.how == "tutorial":
            for command in block.commands:
                newcomer.type(command)
    assert done == by_hand.keys()

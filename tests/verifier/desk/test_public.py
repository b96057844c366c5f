"""The public page: the verdict of `medcred verify FILE`, for anybody, for any bytes, with the issuer away."""

import asyncio
import json
import logging
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from storage.clock import FixedClock
from tests.verifier import world
from tests.verifier.desk.conftest import OpenVisit
from tests.verifier.desk.fakes import Elsewhere
from tests.verifier.desk.visiting import Visit
from verifier.cache import Cache
from verifier.desk.settings import Settings
from verifier.verify import verify_file

TRUST = "http://localhost:8101/trust.json"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(world.AT)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A desk on a public address: it reads no hospital on this machine, so a test never leaves its own process."""
    pinned = settings.trust.model_copy(update={"publisher": world.PUBLISHER})
    return settings.model_copy(update={"trust": pinned, "base_url": "https://desk.example", "ledger": None})


@pytest.fixture
async def visit(open_visit: OpenVisit, elsewhere: Elsewhere) -> AsyncIterator[Visit]:
    """A desk that fetched the trust list and then lost everybody: issuer, ledger, network."""
    elsewhere.pages[TRUST] = world.text(world.trust_document())
    async with open_visit() as visit:
        await visit.desk.knowledge.refresh()
        elsewhere.pages.clear()
        yield visit


async def check(visit: Visit, data: bytes) -> httpx.Response:
    return await visit.browser.post("/verify", content=data, headers={"Accept": "application/json"})


FILES = {
    "carried": lambda: world.carried(),
    "credential": lambda: world.issued(),
    "presentation": lambda: world.presentation(),
    "revoked": lambda: world.carried(status=world.lists(revoked=[world.POSITION])),
    "altered": lambda: world.carried(world.issued() | {"validUntil": "2099-01-01T00:00:00Z"}),
    "unknown issuer": lambda: world.signed(
        world.unsigned() | {"issuer": world.ROGUE}, world.ROGUE_KEY, world.did_key_method(world.ROGUE)
    ),
}


@pytest.mark.parametrize("name", FILES)
async def test_the_verdict_is_the_command_lines(visit: Visit, name: str, tmp_path: Path) -> None:
    data = world.text(FILES[name]())
    answer = await check(visit, data)
    on_the_command_line = verify_file(data, at=world.AT, trust=world.trust(), cache=Cache(tmp_path / "cache"))
    assert answer.status_code == 200
    assert answer.json() == on_the_command_line.as_dict()
    assert [canary for canary in visit.canaries if canary in answer.text] == []


async def test_a_person_reads_the_verdict_the_checks_and_the_record(visit: Visit) -> None:
    answer = await visit.browser.post(
        "/verify",
        files={"file": ("record.medcred.json", world.text(world.carried()))},
        data={"text": ""},
        headers={"Accept": "text/html", "Accept-Language": "pt-PT"},
    )
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("#verdict .word").get_text(" ", strip=True) == "✓ Autêntico"
    assert "CANARY-NAME-7Q4X" in page.select_one("#content").get_text()
    assert "Harbour Demonstration Hospital" in page.get_text()
    assert page.select_one("[data-check=status]").get_text(" ", strip=True).endswith("(UTC+8).")
    assert json.loads(page.select_one(".machine pre").get_text())["verdict"] == "genuine"
    assert answer.headers["cache-control"] == "no-store"


async def test_of_an_altered_file_nothing_but_the_checks_is_shown(visit: Visit) -> None:
    answer = await visit.browser.post("/verify", content=world.text(FILES["altered"]()), headers={"Accept": "text/html"})
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("#verdict")["data-verdict"] == "not_genuine"
    assert "CANARY" not in answer.text
    assert "Harbour" not in answer.text
    assert "2099" not in answer.text
    assert "Immunisation" not in answer.text


HOSTILE = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "nul": b"\x00" * 100,
    "utf-16": '{"type": "CarriedRecord"}'.encode("utf-16"),
    "gzip": zlib.compress(b"{}", wbits=31),
    "nothing but an array": b"[]",
    "null": b"null",
    "number": b"1e999",
    "nan": b'{"a": NaN}',
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "twice": b'{"type": "VerifiableCredential", "type": "CarriedRecord"}',
    "empty object": b"{}",
    "wrong types": b'{"type": {"a": 1}, "credential": 7, "proof": "x", "issuer": []}',
    "lone surrogate": b'{"type": ["VerifiableCredential"], "issuer": "\\ud800", "@context": ["\\udfff"]}',
    "carried nothing": b'{"type": "CarriedRecord", "version": "1", "credential": {}}',
    "carried junk": b'{"type": "CarriedRecord", "version": "1", "credential": {"type": "X"}, "statusLists": [1]}',
    "nul in a name": b'{"type": ["VerifiableCredential"], "issuer": "did:web:\\u0000"}',
    "template": b'{"type": "{{ 7*7 }}", "name": "{% raw %}"}',
    "many members": json.dumps({str(n): n for n in range(250_000)}).encode(),
    "many credentials": json.dumps({"type": ["VerifiablePresentation"], "verifiableCredential": [{}] * 10_000}).encode(),
    "status entries": json.dumps(
        {"type": ["VerifiableCredential"], "credentialStatus": [{"statusListCredential": "x"}] * 9999}
    ).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_bytes_break_the_desk(visit: Visit, name: str, caplog: pytest.LogCaptureFixture) -> None:
    for accept in ("application/json", "text/html"):
        answer = await visit.browser.post("/verify", content=HOSTILE[name], headers={"Accept": accept})
        assert answer.status_code in (200, 422)
        assert "<script>alert" not in answer.text
        if answer.status_code == 200 and accept == "application/json":
            assert answer.json()["verdict"] in ("could_not_check", "not_genuine")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_markup_in_a_record_is_text(visit: Visit) -> None:
    draft = world.unsigned()
    draft["credentialSubject"]["patient"]["names"][0]["full"] = "<script>alert('CANARY')</script>"
    answer = await visit.browser.post(
        "/verify", content=world.text(world.carried(world.issued(draft))), headers={"Accept": "text/html"}
    )
    assert "&lt;script&gt;alert" in answer.text
    assert "<script>alert" not in answer.text


async def test_too_large_a_file_and_no_file_are_said_on_the_page_itself(visit: Visit) -> None:
    large = await visit.browser.post(
        "/verify", content=b"x" * (visit.desk.settings.upload_bytes + 1), headers={"Accept": "text/html"}
    )
    assert large.status_code == 422
    assert "This file is too large to check here." in large.text
    nothing = await visit.browser.post("/verify", data={"text": " "}, files={}, headers={"Accept": "text/html"})
    assert nothing.status_code == 422


async def test_the_page_says_what_becomes_of_the_file(visit: Visit) -> None:
    text = (await visit.browser.get("/verify", headers={"Accept": "text/html"})).text
    assert "checked in memory and forgotten" in text
    assert "does not learn which record was checked" in text


async def test_a_checked_file_leaves_nothing_behind(
    visit: Visit, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    await check(visit, world.text(world.carried()))
    assert [canary for canary in (*visit.canaries, world.HOLDER) if canary in caplog.text] == []
    if settings.database.startswith("sqlite"):
        folder = Path(settings.database.removeprefix("sqlite:///")).parent
        kept = b"".join(file.read_bytes() for file in folder.glob("test.db*"))
        assert not [canary for canary in (*visit.canaries, world.HOLDER) if canary.encode() in kept]


async def test_a_flood_from_one_address_is_slowed_down(visit: Visit) -> None:
    statuses = [(await check(visit, b"{}")).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


async def test_more_files_than_can_wait_are_turned_away(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.desk.public_check.WAITING", 0)
    monkeypatch.setattr("verifier.desk.public_check.AT_ONCE", 1)
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow(data: bytes) -> object:
        entered.set()
        await go.wait()
        raise AssertionError("not reached")

    monkeypatch.setattr(visit.desk.judge, "file", slow)
    first = asyncio.create_task(check(visit, b"{}"))
    await entered.wait()
    second = await check(visit, b"{}")
    assert (second.status_code, second.json()["code"]) == (503, "desk.busy")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

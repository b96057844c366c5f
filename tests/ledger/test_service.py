"""The operator's and the witness's services and the client, together and against hostile callers."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from ledger import service, witness_service
from ledger.checkpoint import Checkpoint
from ledger.client import LedgerClient
from ledger.encoding import decode_base64
from ledger.finding import Reason
from ledger.keys import SigningKey
from ledger.merkle import SHA256, verify_consistency
from ledger.notes import SignedNote, sign
from ledger.receipt import verify_receipt
from ledger.service import Settings
from ledger.settings import WitnessSettings
from ledger.witness_request import AddCheckpoint
from schemas.errors import NotFoundError, SetupError, UnavailableError

TOKEN = "token-of-the-hospital"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(database_url: str, witness_key: SigningKey) -> Settings:
    return Settings.model_validate(
        {
            "origin": "ledger.example/sz",
            "database": database_url,
            "key_seed": "11" * 32,
            "epoch_seconds": 3600,  # tests make the rounds themselves
            "witnesses": [{"url": "http://witness.test", "verifier_key": str(witness_key.verifier_key)}],
            "tokens": [TOKEN],
        }
    )


@pytest.fixture
def witness_settings(tmp_path: Path, log_key: SigningKey) -> WitnessSettings:
    return WitnessSettings.model_validate(
        {
            "name": "witness.example/hk",
            "database": f"sqlite:///{tmp_path / 'witness-service.db'}",
            "key_seed": "22" * 32,
            "logs": [str(log_key.verifier_key)],
        }
    )


@pytest.fixture
async def running(settings: Settings, witness_settings: WitnessSettings, clock) -> AsyncIterator[FastAPI]:
    """Both services, the operator reaching the witness without a network."""
    async with AsyncExitStack() as stack:
        witness = witness_service.create_app(witness_settings, clock=clock)
        await stack.enter_async_context(witness.router.lifespan_context(witness))
        operator = service.create_app(settings, clock=clock, transport=httpx.ASGITransport(witness))
        await stack.enter_async_context(operator.router.lifespan_context(operator))
        yield operator


@pytest.fixture
async def http(running: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(running), base_url="http://ledger.test") as client:
        yield client


@pytest.fixture
def client(http: httpx.AsyncClient) -> LedgerClient:
    return LedgerClient("http://ledger.test/", TOKEN, http)


async def test_the_whole_way(running: FastAPI, client: LedgerClient, commitments, log_key, witness_key) -> None:
    mine = [*commitments(3), *commitments(2, algorithm="sm3")]
    await client.submit(mine)
    assert await client.receipts(mine) == {}
    await running.state.operator.step()
    receipts = await client.receipts(mine)
    trust = {"logs": [log_key.verifier_key], "witnesses": [witness_key.verifier_key], "quorum": 1}
    assert all(verify_receipt(receipts[one.digest], one, **trust).reason is Reason.WITNESSED for one in mine)
    first = SignedNote.parse(await client.checkpoint())
    assert len(first.verify([log_key.verifier_key, witness_key.verifier_key])) == 2

    await client.submit(commitments(1, seed="more"))
    await running.state.operator.step()
    proof = await client.consistency(2, 3)
    old, new = (SignedNote.parse(note).body.split("\n") for note in (str(first), await client.checkpoint()))
    roots = [decode_base64(lines[2]) for lines in (old, new)]
    assert verify_consistency(SHA256, 2, roots[0], 3, roots[1], proof)


async def test_more_than_one_call_takes(running: FastAPI, client: LedgerClient, commitments) -> None:
    mine = commitments(2500)
    await client.submit(mine)
    await running.state.operator.step()
    assert (await client.receipts(mine)).keys() == {one.digest for one in mine}


async def test_health(running: FastAPI, http: httpx.AsyncClient, commitments) -> None:
    answer = await http.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok", "epochs": "ok"}})
    await running.state.operator.submit(commitments(1))
    await running.state.operator.step()
    assert (await http.get("/health")).json()["checks"]["witness witness.example/hk"] == "cosigned"


@pytest.mark.parametrize("path", ["/commitments", "/receipts"])
async def test_without_the_token_nothing_is_taken(http, commitments, path: str) -> None:
    for authorization in (None, "", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"):
        headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
        answer = await http.post(path, json={"commitments": [commitments(1)[0].text()]}, headers=headers)
        assert answer.status_code == 403, authorization
        assert answer.json()["code"] == "ledger.token"


BAD_BODIES = [
    (b"", "request.malformed"),
    (b"{", "request.malformed"),
    (b"[]", "request.malformed"),
    (b'{"commitments": []}', "request.malformed"),
    (b'{"commitments": "uEiA"}', "request.malformed"),
    (b'{"commitments": [5]}', "request.malformed"),
    (b'{"commitments": ["uEiA"], "more": 1}', "request.malformed"),
    (json.dumps({"commitments": ["u"] * 1001}).encode(), "request.malformed"),
    (b'{"commitments": ["uEiA"]}', "multihash.malformed"),
    (b'{"commitments": ["CANARY-NAME-7Q4X"]}', "commitment.malformed"),
    (b"[" * 100_000, "request.malformed"),
]


@pytest.mark.parametrize("path", ["/commitments", "/receipts"])
async def test_other_bodies_are_refused(http: httpx.AsyncClient, path: str) -> None:
    for body, code in BAD_BODIES:
        answer = await http.post(path, content=body, headers=AUTHORIZED)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body[:80]
        assert "CANARY" not in answer.text


@pytest.mark.parametrize("path", ["/commitments", "/receipts"])
async def test_a_body_longer_than_the_most_commitments_is_not_read(http: httpx.AsyncClient, path: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"u" * 1000

    for content in (b"u" * 200_000, chunks()):
        answer = await http.post(path, content=content, headers=AUTHORIZED)
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_sizes_the_log_does_not_have(http: httpx.AsyncClient) -> None:
    huge = f"?old=0&new={2**64}"
    for query in ("", "?old=1", "?old=x&new=2", "?old=-1&new=2", "?old=2&new=1", "?old=0&new=99", huge):
        answer = await http.get(f"/consistency{query}")
        assert answer.status_code == 422, query
        assert answer.json()["code"] in ("ledger.sizes", "request.malformed")


async def test_no_checkpoint_before_the_first_epoch(http: httpx.AsyncClient, client: LedgerClient) -> None:
    assert (await http.get("/checkpoint")).status_code == 404
    with pytest.raises(NotFoundError) as error:
        await client.checkpoint()
    assert error.value.code == "ledger.no_checkpoint"


async def test_a_second_operator_is_refused(running: FastAPI, settings: Settings) -> None:
    second = service.create_app(settings)
    with pytest.raises(SetupError) as error:
        async with second.router.lifespan_context(second):
            pass
    assert error.value.code == "ledger.second_writer"


async def test_the_writers_place_is_free_again(settings: Settings, witness_settings: WitnessSettings) -> None:
    for _ in range(2):
        app = service.create_app(settings)
        async with app.router.lifespan_context(app):
            pass


async def test_rounds_go_on_by_themselves(settings: Settings, witness_settings, clock, commitments) -> None:
    """With the real loop; waits with a deadline for the receipt."""
    quick = settings.model_copy(update={"epoch_seconds": 0.02})
    async with AsyncExitStack() as stack:
        witness = witness_service.create_app(witness_settings, clock=clock)
        await stack.enter_async_context(witness.router.lifespan_context(witness))
        app = service.create_app(quick, clock=clock, transport=httpx.ASGITransport(witness))
        await stack.enter_async_context(app.router.lifespan_context(app))
        mine = commitments(1)
        await app.state.operator.submit(mine)
        async with asyncio.timeout(20):
            while not await app.state.operator.receipts(mine):
                await asyncio.sleep(0.02)


async def test_a_round_that_fails_shows_in_health_and_is_tried_again(settings: Settings, clock, monkeypatch) -> None:
    quick = settings.model_copy(update={"epoch_seconds": 0.02})
    app = service.create_app(quick, clock=clock)
    rounds = asyncio.Event()

    async with app.router.lifespan_context(app):
        failing = [True]

        async def step() -> None:
            if failing[0]:
                raise RuntimeError("CANARY-NAME-7Q4X")
            rounds.set()

        monkeypatch.setattr(app.state.operator, "step", step)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger.test") as http:
            async with asyncio.timeout(20):
                while (answer := await http.get("/health")).status_code != 503:
                    await asyncio.sleep(0.02)
            assert answer.json()["checks"]["epochs"] == "service.fault"
            assert "CANARY" not in answer.text
            failing[0] = False
            async with asyncio.timeout(20):
                await rounds.wait()
                while (await http.get("/health")).status_code != 200:
                    await asyncio.sleep(0.02)


async def test_a_dead_database_shows_in_health(running: FastAPI, http: httpx.AsyncClient, monkeypatch) -> None:
    def fail(engine: object) -> None:
        raise UnavailableError("database.unreachable", "The database does not answer.")

    monkeypatch.setattr(service, "check_database", fail)
    answer = await http.get("/health")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "database.unreachable")


async def test_logs_name_no_commitment(running: FastAPI, client: LedgerClient, commitments, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    mine = commitments(1)
    await client.submit(mine)
    await running.state.operator.step()
    await client.receipts(mine)
    text = caplog.text
    assert "epoch sealed" in text
    assert mine[0].text() not in text
    assert mine[0].digest.hex() not in text
    assert TOKEN not in text


async def test_the_witness_service_speaks_c2sp(witness_settings: WitnessSettings, log_key, witness_key, clock) -> None:
    app = witness_service.create_app(witness_settings, clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://witness.test") as http,
    ):
        assert (await http.get("/health")).json() == {"status": "ok", "checks": {"database": "ok"}}
        note = sign(Checkpoint("ledger.example/sz", 1, bytes(32)).body(), log_key)
        good = await http.post("/add-checkpoint", content=str(AddCheckpoint(0, (), note)))
        assert (good.status_code, good.text[:2]) == (200, "— ")
        again = await http.post("/add-checkpoint", content=str(AddCheckpoint(0, (), note)))
        assert (again.status_code, again.text, again.headers["content-type"]) == (409, "1\n", "text/x.tlog.size")
        assert (await http.post("/add-checkpoint", content=b"nonsense")).status_code == 400
        assert (await http.post("/add-checkpoint", content=bytes(200_000))).status_code == 400
        assert (await http.get("/add-checkpoint")).status_code == 405


GOOD: dict[str, Any] = {
    "origin": "ledger.example/sz",
    "database": "sqlite:///x.db",
    "key_seed": "11" * 32,
    "quorum": 0,
    "tokens": [TOKEN],
}


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": []},
        {"tokens": ["short"]},
        {"epoch_seconds": 0},
        {"quorum": -1},
        {"quorum": 1},
        {"witnesses": [{"url": "ftp://x", "verifier_key": "WITNESS"}]},
        {"witnesses": [{"url": "http://x", "verifier_key": "LOG"}]},
        {"witnesses": [{"url": "http://x", "verifier_key": "nonsense"}]},
        {"witnesses": [{"url": "http://x", "verifier_key": "WITNESS"}, {"url": "http://y", "verifier_key": "WITNESS"}]},
        {"unknown": 1},
    ],
)
def test_settings_that_do_not_fit(change: dict[str, Any], log_key, witness_key) -> None:
    text = json.dumps(GOOD | change)
    text = text.replace("WITNESS", str(witness_key.verifier_key)).replace("LOG", str(log_key.verifier_key))
    with pytest.raises(ValidationError):
        Settings.model_validate_json(text)


def test_settings_show_no_secrets(settings: Settings, witness_settings: WitnessSettings) -> None:
    shown = repr(settings) + repr(witness_settings)
    assert TOKEN not in shown
    assert "11" * 32 not in shown
    assert "22" * 32 not in shown
    assert settings.signing_key().verifier_key.name == "ledger.example/sz"


def test_a_witness_watches_logs(witness_key: SigningKey) -> None:
    for logs in ([], [str(witness_key.verifier_key)], ["nonsense"]):
        with pytest.raises(ValidationError):
            WitnessSettings.model_validate({"name": "w", "database": "sqlite:///x", "key_seed": "22" * 32, "logs": logs})

"""Ledgers that are slow, wrong, endless or dead: the client says which, and believes none of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from ledger.client import LedgerClient
from ledger.commitment import Commitment
from schemas.errors import LedgerError

type Call = Callable[[LedgerClient, list[Commitment]], Awaitable[object]]

CALLS: dict[str, Call] = {
    "submit": lambda client, mine: client.submit(mine),
    "receipts": lambda client, mine: client.receipts(mine),
    "checkpoint": lambda client, mine: client.checkpoint(),
    "consistency": lambda client, mine: client.consistency(1, 2),
}
READING = [name for name in CALLS if name != "submit"]


@pytest.fixture
def call(commitments):
    async def make(name: str, handler: object, *, seconds: float = 5.0) -> object:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:  # type: ignore[arg-type]
            return await CALLS[name](LedgerClient("http://ledger.test", "token", http, seconds=seconds), commitments(2))

    return make


@pytest.mark.parametrize("name", CALLS)
async def test_a_dead_ledger(call, name: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    with pytest.raises(LedgerError) as error:
        await call(name, refuse)
    assert error.value.code == "ledger.unreachable"


@pytest.mark.parametrize("name", CALLS)
async def test_a_slow_ledger(call, name: str) -> None:
    async def wait(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(LedgerError) as error:
        await call(name, wait, seconds=0.05)
    assert error.value.code == "ledger.slow"


@pytest.mark.parametrize("name", CALLS)
async def test_an_endless_ledger(call, name: str) -> None:
    class Flood(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" " * 65536

    with pytest.raises(LedgerError) as error:
        await call(name, lambda request: httpx.Response(200, stream=Flood()))
    assert error.value.code == "ledger.answer_too_long"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("status", "body"), [(403, b'{"code": "ledger.token"}'), (500, b"<html>"), (302, b""), (404, b"[]")])
async def test_a_ledger_that_refuses(call, name: str, status: int, body: bytes) -> None:
    with pytest.raises(LedgerError) as error:
        await call(name, lambda request: httpx.Response(status, content=body))
    assert error.value.code == "ledger.refused"
    assert str(status) in error.value.message


async def test_a_refusal_quotes_only_a_code(call) -> None:
    for code in ('"<script>"', '"CANARY NAME"', "5", '"' + "a" * 100 + '"'):
        body = f'{{"code": {code}}}'.encode()
        with pytest.raises(LedgerError, match=r"\(no code\)"):
            await call("submit", lambda request, body=body: httpx.Response(422, content=body))


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"receipts": [], "proof": {}}',
        b'{"receipts": 5, "proof": 5}',
        b'{"proof": [5], "receipts": null}',
        b'{"proof": ["!"], "receipts": null}',
        b'{"proof": ["QR=="], "receipts": null}',
        b"[" * 50_000,
    ],
)
async def test_a_ledger_that_talks_nonsense(call, name: str, body: bytes) -> None:
    with pytest.raises(LedgerError) as error:
        await call(name, lambda request: httpx.Response(200, content=body))
    assert error.value.code == "ledger.answer_malformed"


async def test_a_receipt_that_is_none(call, commitments) -> None:
    wanted = commitments(2)[0].text()
    with pytest.raises(LedgerError) as error:
        await call("receipts", lambda request: httpx.Response(200, json={"receipts": {wanted: {"type": "LedgerReceipt"}}}))
    assert error.value.code == "ledger.answer_malformed"


async def test_receipts_nobody_asked_for_are_left_out(call) -> None:
    assert await call("receipts", lambda request: httpx.Response(200, json={"receipts": {"uEiA": {}, "x": 5}})) == {}


async def test_a_compressed_answer(call) -> None:
    def bomb(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))

    with pytest.raises(LedgerError) as error:
        await call("checkpoint", bomb)
    assert error.value.code == "ledger.answer_malformed"


async def test_the_token_is_sent_where_there_is_one(commitments) -> None:
    seen: list[str | None] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(200, json={"proof": []})

    async with httpx.AsyncClient(transport=httpx.MockTransport(note)) as http:
        await LedgerClient("http://ledger.test", "secret", http).consistency(1, 1)
        await LedgerClient("http://ledger.test", "", http).consistency(1, 1)
    assert seen == ["Bearer secret", None]


async def test_a_url_that_is_none(commitments) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(LedgerError) as error:
            await LedgerClient("nonsense", "", http).checkpoint()
    assert error.value.code == "ledger.unreachable"

"""Addresses that others chose: what is opened, what is refused before a byte is sent."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from schemas.errors import InputError, MedcredError, SourceError
from tests.wallet.conftest import Shelf
from wallet.outside import Outside, same_origin

PUBLIC = "93.184.215.14"


class Packed(httpx.AsyncByteStream):
    """A body that was compressed though nobody asked for it."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield gzip.compress(b"0" * 10_000_000)


@pytest.fixture
async def abroad(shelf: Shelf) -> AsyncIterator[Outside]:
    """The outside as a wallet on a public address sees it: this machine is no place to read from."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(shelf.handle)) as http:
        yield Outside(http, loopback=False, resolve=shelf.resolve, seconds=0.2)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://hospital.example/o/1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:application/json,{}",
        "//hospital.example/o/1",
        "hospital.example/o/1",
        "",
        "https://",
        "https://user:pass@hospital.example/o/1",
        "http://hospital.example/o/1",
        "https://10.0.0.5/o/1",
        "https://192.168.1.1/",
        "https://172.16.3.4/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://224.0.0.1/",
        "http://localhost:8141/status",
        "http://127.0.0.1:8141/status",
        "https://inside.example/",
        "https://half.example/",
        "https://hospital.example/" + "a" * 3000,
        "https://hospital.example:99999/",
        "https://hospital.example/\x00",
    ],
)
async def test_refused_unasked(address: str, abroad: Outside, shelf: Shelf) -> None:
    shelf.hosts |= {"hospital.example": [PUBLIC], "inside.example": ["10.1.2.3"], "half.example": [PUBLIC, "127.0.0.1"]}
    with pytest.raises(InputError) as caught:
        await abroad.read(address, accept="application/json", limit=1000)
    assert caught.value.code == "address.refused"
    assert shelf.asked == []


async def test_this_machine_only_for_a_wallet_on_it(outside: Outside, shelf: Shelf) -> None:
    shelf.put("http://localhost:8101/o/1", httpx.Response(200, content=b"{}"))
    answer = await outside.read("http://localhost:8101/o/1", accept="application/json", limit=10)
    assert (answer.status, answer.body) == (200, b"{}")


async def test_connects_to_the_address_it_checked(abroad: Outside, shelf: Shelf) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"ok")

    shelf.hosts["hospital.example"] = [PUBLIC]
    shelf.put("https://hospital.example/o/1", answer)
    await abroad.read("https://hospital.example/o/1", accept="application/json", limit=10)
    assert seen[0].url.host == PUBLIC
    assert seen[0].extensions["sni_hostname"] == "hospital.example"
    assert seen[0].headers["host"] == "hospital.example"
    assert "cookie" not in seen[0].headers


async def test_too_much_is_cut_off(outside: Outside, shelf: Shelf) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 1000

    shelf.put("http://localhost/big", lambda _: httpx.Response(200, content=endless()))
    with pytest.raises(InputError) as caught:
        await outside.read("http://localhost/big", accept="*/*", limit=10_000)
    assert caught.value.code == "address.too_large"
    assert sent <= 11


async def test_never_answering_is_given_up(abroad: Outside, shelf: Shelf) -> None:
    async def silent() -> AsyncIterator[bytes]:
        await asyncio.sleep(3600)
        yield b""

    shelf.hosts["slow.example"] = [PUBLIC]
    shelf.put("https://slow.example/", lambda _: httpx.Response(200, content=silent()))
    with pytest.raises(SourceError) as caught:
        await abroad.read("https://slow.example/", accept="*/*", limit=10)
    assert caught.value.code == "address.unreachable"


async def test_broken_answers_are_unreachable(outside: Outside, shelf: Shelf) -> None:
    def fall(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    shelf.put("http://localhost/down", fall)
    for address in ("http://localhost/down", "https://nowhere.example/"):
        with pytest.raises(MedcredError) as caught:
            await outside.read(address, accept="*/*", limit=10)
        assert caught.value.code == "address.unreachable"


async def test_compressed_answers_are_refused(outside: Outside, shelf: Shelf) -> None:
    shelf.put("http://localhost/", lambda _: httpx.Response(200, stream=Packed(), headers={"content-encoding": "gzip"}))
    with pytest.raises(SourceError) as caught:
        await outside.read("http://localhost/", accept="*/*", limit=10)
    assert caught.value.code == "address.unreachable"


async def test_redirects_are_handed_back(outside: Outside, shelf: Shelf) -> None:
    shelf.put("http://localhost/a", httpx.Response(302, headers={"location": "/b?x=1"}))
    answer = await outside.read("http://localhost/a", accept="*/*", limit=10)
    assert answer.location == "http://localhost/b?x=1"
    assert shelf.asked == ["http://localhost/a"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://a.example/y?z", True),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "https://a.example:444/x", False),
        ("https://a.example/x", "https://b.example/x", False),
    ],
)
def test_same_origin(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same

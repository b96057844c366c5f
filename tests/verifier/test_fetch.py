"""Remote reads: where they may go, and how much they may cost."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from schemas.errors import SourceError
from verifier.fetch import Limits, fetch, fetch_public

LIMITS = Limits(max_bytes=1000, seconds=0.2)


def resolver(*addresses: str):  # type: ignore[no-untyped-def]
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


class Server(httpx.AsyncBaseTransport):
    """A server that remembers what it was asked."""

    def __init__(self, stream: httpx.AsyncByteStream | None = None, headers: dict[str, str] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.stream = stream
        self.headers = headers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, stream=self.stream or httpx.ByteStream(b"{}"), headers=self.headers)


async def read(url: str, server: Server, limits: Limits = LIMITS, *addresses: str) -> bytes:
    async with httpx.AsyncClient(transport=server) as http:
        return await fetch_public(http, url, limits, resolve=resolver(*(addresses or ("93.184.215.14",))))


async def test_the_address_is_pinned_and_the_name_is_kept() -> None:
    server = Server()
    assert await read("https://hospital.example:8443/list?page=1", server) == b"{}"
    (request,) = server.asked
    assert str(request.url) == "https://93.184.215.14:8443/list?page=1"
    assert request.headers["host"] == "hospital.example:8443"
    assert request.extensions["sni_hostname"] == "hospital.example"
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hospital.example/", "source.url"),
        ("ftp://hospital.example/", "source.url"),
        ("file:///etc/passwd", "source.url"),
        ("https://user:secret@hospital.example/", "source.url"),
        ("https://", "source.url"),
        ("https://[::1", "source.url"),
        ("https://hospital.example:port/", "source.url"),
        ("not a url", "source.url"),
        ("http://localhost/", "source.address"),
        ("http://127.0.0.1:8101/", "source.address"),
        ("https://localhost/", "source.address"),
    ],
)
async def test_where_it_does_not_go(url: str, code: str) -> None:
    server = Server()
    with pytest.raises(SourceError) as refused:
        await read(url, server)
    assert (refused.value.code, server.asked) == (code, [])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::1",
        "not an address",
    ],
)
async def test_behind_a_name_only_public_addresses_are_asked(address: str) -> None:
    server = Server()
    for addresses in ((address,), ("93.184.215.14", address)):
        with pytest.raises(SourceError) as refused:
            await read("https://hospital.example/", server, LIMITS, *addresses)
        assert refused.value.code == "source.address"
    assert server.asked == []


async def test_this_machine_only_when_allowed() -> None:
    server = Server()
    assert await read("http://localhost:8101/status", server, Limits(allow_loopback=True)) == b"{}"
    assert str(server.asked[0].url) == "http://localhost:8101/status"


class Drip(httpx.AsyncByteStream):
    """A body that never ends, or ends late."""

    def __init__(self, chunk: bytes, pause: float) -> None:
        self.chunk, self.pause = chunk, pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause)
            yield self.chunk


async def test_a_body_without_end_and_a_slow_one() -> None:
    with pytest.raises(SourceError) as refused:
        await read("https://hospital.example/", Server(Drip(b"x" * 100, 0)))
    assert refused.value.code == "source.too_large"
    with pytest.raises(SourceError) as refused:
        await read("https://hospital.example/", Server(Drip(b"", 0.01)))
    assert refused.value.code == "source.timeout"


async def test_a_compressed_body_is_not_unpacked() -> None:
    with pytest.raises(SourceError) as refused:
        await read("https://hospital.example/", Server(headers={"content-encoding": "gzip"}))
    assert refused.value.code == "source.encoding"


async def test_nobody_there() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        with pytest.raises(SourceError) as refused:
            await fetch(http, "https://hospital.example/", LIMITS)
    assert refused.value.code == "source.unreachable"


async def test_a_name_nobody_knows() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    async with httpx.AsyncClient(transport=Server()) as http:
        with pytest.raises(SourceError) as refused:
            await fetch_public(http, "https://hospital.example/", LIMITS, resolve=unknown)
    assert refused.value.code == "source.unreachable"

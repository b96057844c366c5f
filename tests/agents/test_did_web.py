"""did:web: which address, and servers that are slow, large, wrong or sly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from acapy_agent.resolver.base import ResolverError
from acapy_agent.resolver.default.web import WebDIDResolver
from acapy_agent.resolver.did_resolver import DIDResolver

from agents.plugin import did_web
from agents.plugin.did_web import DidWebResolver, NoAnswerError, address
from tests.agents.running import free_port

DID = "did:web:localhost%3A8101:hospitals:hk"


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:hospital.example", "https://hospital.example/.well-known/did.json"),
        ("did:web:hospital.example%3A8443:a:b", "https://hospital.example:8443/a/b/did.json"),
        (DID, "http://localhost:8101/hospitals/hk/did.json"),
        ("did:web:127.0.0.1%3A8101", "http://127.0.0.1:8101/.well-known/did.json"),
        ("did:web:10.0.0.1", "https://10.0.0.1/.well-known/did.json"),
        ("did:web:localhost.evil.example", "https://localhost.evil.example/.well-known/did.json"),
    ],
)
def test_the_address(did: str, url: str) -> None:
    assert address(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:key:z6Mk",
        "did:web:a/b",
        "did:web:a%2Fb",
        "did:web:a%40b",
        "did:web:a:%3Fquery",
        "did:web:a%23b",
        "did:web:a b",
        "did:web::x",
    ],
)
def test_no_address(did: str) -> None:
    with pytest.raises(ValueError, match="did:web"):
        address(did)


class Server:
    """One hostile answer on loopback."""

    def __init__(self) -> None:
        self.answer = b""
        self.hold = self.trickle = False
        self.visits = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            while self.trickle:
                writer.write(self.answer)
                await writer.drain()
                await asyncio.sleep(0.02)
            if self.hold:
                await reader.read()
            writer.write(self.answer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    hostile = Server()
    listener = await asyncio.start_server(hostile.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    yield hostile, f"did:web:127.0.0.1%3A{port}"
    hostile.trickle = False
    listener.close()
    listener.close_clients()
    await listener.wait_closed()


@pytest.fixture
async def resolver() -> AsyncIterator[DidWebResolver]:
    made = DidWebResolver()
    yield made
    await made._http.aclose()


def _http(body: str, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def test_a_document_is_remembered_for_the_loader(server: tuple[Server, str], resolver: DidWebResolver) -> None:
    hostile, did = server
    hostile.answer = _http(f'{{"id": "{did}"}}')
    assert resolver.recent(did) is None
    assert await resolver._resolve(None, did) == {"id": did}
    assert resolver.recent(did) == {"id": did}


@pytest.mark.parametrize(
    ("answer", "worth_another_try"),
    [
        (_http("{}"), False),
        (_http('{"id": "did:web:other.example"}'), False),
        (_http("[]"), False),
        (_http("{"), False),
        (_http("", "404 Not Found"), False),
        (_http("", "302 Found", location="http://127.0.0.1:1/did.json"), False),
        (_http(" " * 70_000), False),
        (_http("", "500 Internal Server Error"), True),
        (_http("", "503 Service Unavailable"), True),
        (_http("", "429 Too Many Requests"), True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", True),
        (b"not http at all\r\n\r\n", True),
    ],
)
async def test_a_wrong_answer_is_no_document(
    server: tuple[Server, str], resolver: DidWebResolver, answer: bytes, worth_another_try: bool
) -> None:
    hostile, did = server
    hostile.answer = answer
    with pytest.raises(ResolverError) as failed:
        await resolver._resolve(None, did)
    assert isinstance(failed.value, NoAnswerError) == worth_another_try
    assert hostile.visits == 1
    assert resolver.recent(did) is None


@pytest.mark.parametrize("way", ["hold", "trickle"])
async def test_slowness_is_cut_off(
    server: tuple[Server, str], resolver: DidWebResolver, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Silence, and bytes that each come in time though the whole does not."""
    hostile, did = server
    hostile.answer = b"HTTP/1.1 200 OK\r\n\r\n" if way == "trickle" else b""
    setattr(hostile, way, True)
    monkeypatch.setattr(did_web, "SECONDS", 0.3)
    with pytest.raises(NoAnswerError):
        async with asyncio.timeout(3):
            await resolver._resolve(None, did)


async def test_nobody_listens(resolver: DidWebResolver) -> None:
    with pytest.raises(NoAnswerError):
        await resolver._resolve(None, f"did:web:127.0.0.1%3A{free_port()}")


def test_the_stock_resolver_is_gone(resolver: Any) -> None:
    asked = DIDResolver([WebDIDResolver()])
    resolver.take_over(asked)
    assert asked.resolvers == [resolver]

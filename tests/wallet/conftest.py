"""A wallet service over the fake agent, a clock that tests move, and a closed outside world."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from storage.clock import FixedClock
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import NOW
from tests.wallet.trusting import PUBLISHER, TRUST_URL
from wallet.outside import Outside
from wallet.parts import Wallet
from wallet.service import create_app
from wallet.settings import AgentSettings, Patient, Settings, TrustSource
from wallet.tables import Account

WEBHOOK_KEY = "hook-key-hook-key"
MEI, JOAO = "mei", "joao"
PASSCODES = {MEI: "mei-482915", JOAO: "joao-771203"}


class Shelf:
    """The outside world: addresses and what they answer. Anything else does not exist. `asked` lists every read."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.hosts: dict[str, list[str]] = {"localhost": ["127.0.0.1"]}
        self.asked: list[str] = []

    def put(self, url: str, answer: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers[url] = answer if callable(answer) else lambda _: answer

    def handle(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        url = f"{request.url.scheme}://{host}{request.url.raw_path.decode()}"
        self.asked.append(url)
        if url not in self.answers:
            return httpx.Response(404)
        return self.answers[url](request)

    async def resolve(self, host: str, port: int) -> list[str]:
        if host not in self.hosts:
            raise OSError("no such host")
        return self.hosts[host]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def move(clock: FixedClock) -> Callable[[timedelta], None]:
    def later(by: timedelta) -> None:
        clock.at += by

    return later


@pytest.fixture
def agent() -> FakeAgent:
    return FakeAgent()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def outside(shelf: Shelf) -> AsyncIterator[Outside]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(shelf.handle)) as http:
        yield Outside(http, loopback=True, resolve=shelf.resolve, seconds=2)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        base_url="http://localhost:8102",
        database=database_url,
        session_secret="a-secret-for-tests-only",
        agent=AgentSettings(admin_url="http://127.0.0.1:1", api_key="k", webhook_key=WEBHOOK_KEY),
        trust=TrustSource(url=TRUST_URL, publisher=PUBLISHER),
        patients=(
            Patient(login=MEI, passcode=PASSCODES[MEI], name="陳美 Chan Mei"),
            Patient(login=JOAO, passcode=PASSCODES[JOAO], name="João da Silva"),
        ),
    )


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def app(settings: Settings, clock: FixedClock, agent: FakeAgent, outside: Outside) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings, clock=clock, agent=agent, outside=outside)) as started:  # type: ignore[arg-type]
        yield started


@pytest.fixture
def wallet(app: FastAPI) -> Wallet:
    found: Wallet = app.state.wallet
    return found


@pytest.fixture
async def mei(wallet: Wallet) -> Account:
    return await wallet.accounts.sign_in(MEI, PASSCODES[MEI])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser nobody has signed in with."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8102") as browser:
        yield browser


@pytest.fixture
async def program(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The JSON API, signed in as Mei."""
    answer = await client.post("/api/login", json={"login": MEI, "passcode": PASSCODES[MEI]})
    assert answer.status_code == 200
    client.headers["X-CSRF"] = answer.json()["csrf"]
    return client

"""A desk over each kind of database, with fakes around it, and signed trust lists."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.keys import did_key, did_key_method
from storage.clock import FixedClock
from tests.verifier.desk.fakes import NOW, Elsewhere, FakeAgent, FakeJudge
from tests.verifier.desk.visiting import Visit
from verifier.desk.service import create_app
from verifier.desk.settings import Settings
from verifier.proofs import sign_jcs

CLINIC = "did:web:localhost%3A8103:clinic"
PUBLISHER_KEY = Ed25519PrivateKey.from_private_bytes(b"P" * 32)
PUBLISHER = did_key(PUBLISHER_KEY.public_key().public_bytes_raw())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def agent() -> FakeAgent:
    return FakeAgent()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings.model_validate(
        {
            "base_url": "http://localhost:8103",
            "database": database_url,
            "session_secret": "s" * 32,
            "agent": {"admin_url": "http://127.0.0.1:8151", "api_key": "k", "webhook_key": "hook"},
            "clinic": {"label": "大嶼示範診所 Lantau Demonstration Clinic", "lei": "984500HKTESTCLIN0164", "did": CLINIC},
            "trust": {"url": "http://localhost:8101/trust.json", "publisher": PUBLISHER},
            "ledger": {"url": "http://localhost:8104"},
            "staff": [{"name": "nurse", "password": "night-shift"}, {"name": "porter", "password": "day-shift"}],
        }
    )


@pytest.fixture
def signed_trust() -> Callable[..., dict[str, Any]]:
    """A signed trust list; arguments change its members before signing."""

    def make(*, key: Ed25519PrivateKey = PUBLISHER_KEY, **changes: Any) -> dict[str, Any]:
        publisher = did_key(key.public_key().public_bytes_raw())
        document = {
            "type": "MedcredTrustList",
            "version": "1",
            "sequence": 1,
            "issuedAt": "2026-11-24T00:00:00Z",
            "expiresAt": "2026-12-24T00:00:00Z",
            "publisher": publisher,
            "issuers": [],
            "logs": [],
            "witnesses": [],
            "witnessQuorum": 0,
        } | changes
        return sign_jcs(document, key, verification_method=did_key_method(publisher), created=NOW - timedelta(hours=1))

    return make


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


type OpenVisit = Callable[..., AbstractAsyncContextManager[Visit]]


@pytest.fixture
def open_visit(
    settings: Settings, clock: FixedClock, agent: FakeAgent, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> OpenVisit:
    """Start a desk over the test's database; starting it again is a restart."""
    monkeypatch.setattr("verifier.desk.service.SETTLE_SECONDS", 3600.0)  # tests settle when they mean to

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Visit]:
        app = create_app(settings.model_copy(update=changes), clock=clock, agent=agent, http=elsewhere.client())  # type: ignore[arg-type]
        judge = FakeJudge()
        app.state.desk.conversation.judge = judge
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost:8103") as browser,
        ):
            yield Visit(app, agent, judge, browser)

    return start


@pytest.fixture
async def visit(open_visit: OpenVisit) -> AsyncIterator[Visit]:
    async with open_visit() as visit:
        await visit.sign_in()
        yield visit

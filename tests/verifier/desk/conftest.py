"""A desk with an agent made of memory, a judge that answers what a test wants, and signed trust lists."""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from agents.records import AgentHealth, Invitation, PresentationExchange
from agents.request import PresentationRequest
from schemas.errors import AgentError, NotFoundError
from schemas.keys import did_key, did_key_method
from storage.clock import FixedClock
from verifier.desk.parts import Desk
from verifier.desk.service import create_app
from verifier.desk.settings import Settings
from verifier.evidence import Expected
from verifier.proofs import sign_jcs
from verifier.reasons import REASONS
from verifier.verdict import Check, Finding, Issuer, Verdict, Word, fold

CLINIC = "did:web:localhost%3A8103:clinic"
PUBLISHER_KEY = Ed25519PrivateKey.from_private_bytes(b"P" * 32)
PUBLISHER = did_key(PUBLISHER_KEY.public_key().public_bytes_raw())
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class FakeAgent:
    """The clinic's agent as far as the desk sees it. `away` makes every call fail; `answer` and `decline` play the wallet."""

    def __init__(self) -> None:
        self.exchanges: dict[str, PresentationExchange] = {}
        self.deleted: list[str] = []
        self.away = False
        self.plugin = True

    def answer(self, exchange_id: str, presentation: dict[str, Any]) -> None:
        self._change(exchange_id, state="presentation-received", presentation=presentation)

    def decline(self, exchange_id: str) -> None:
        self._change(exchange_id, state="abandoned", error="declined")

    def _change(self, exchange_id: str, **values: Any) -> None:
        self.exchanges[exchange_id] = replace(self.exchanges[exchange_id], **values)

    def _there(self) -> None:
        if self.away:
            raise AgentError("agent.unreachable", "The agent does not answer.", "")

    async def require_plugin(self) -> None:
        self._there()
        if not self.plugin:
            raise AgentError("agent.plugin_missing", "This agent runs without the medcred plugin.", "")

    async def health(self) -> AgentHealth:
        await self.require_plugin()
        return AgentHealth(database=True, plugin_version="0.1.0", contexts=3)

    async def request_presentation(self, request: PresentationRequest) -> PresentationExchange:
        self._there()
        exchange = PresentationExchange(
            id=str(uuid.uuid4()),
            state="request-sent",
            role="verifier",
            connection_id=None,
            thread_id="t",
            request=request,
            presentation=None,
            error=None,
        )
        self.exchanges[exchange.id] = exchange
        return exchange

    async def create_invitation(self, *, label: str, handshake: bool, presentation_exchange_id: str) -> Invitation:
        self._there()
        assert not handshake
        assert presentation_exchange_id in self.exchanges
        message = {"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": str(uuid.uuid4()), "label": label}
        return Invitation(invitation_id=message["@id"], url=f"http://agent.example?oob={message['@id']}", message=message)

    async def presentation_exchange(self, exchange_id: str) -> PresentationExchange:
        self._there()
        if exchange_id not in self.exchanges:
            raise NotFoundError("agent.not_found", "The agent knows no such thing.", "")
        return self.exchanges[exchange_id]

    async def delete_presentation_exchange(self, exchange_id: str) -> None:
        self._there()
        if self.exchanges.pop(exchange_id, None) is None:
            raise NotFoundError("agent.not_found", "The agent knows no such thing.", "")
        self.deleted.append(exchange_id)

    async def aclose(self) -> None:
        pass


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


class Elsewhere:
    """The rest of the network: what stands at which address. An address without an entry is not reachable."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if str(request.url) not in self.pages:
            raise httpx.ConnectError("nobody there")

        async def body() -> AsyncIterator[bytes]:
            yield self.pages[str(request.url)]

        return httpx.Response(200, content=body())

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


ISSUER = Issuer(
    did="did:web:localhost%3A8101:hospitals:hk",
    lei="984500HKTESTHOSP0164",
    jurisdiction="HK",
    legal_name="維港示範醫院",
    language="zh-Hant",
    other_names=(("Harbour Demonstration Hospital", "en"),),
    registration_status="ISSUED",
    as_of=NOW - timedelta(hours=2),
)


CODES = {"issuer": "issuer_trusted", "lei": "issuer_lei", "log": "log_consistent", "record_type": "record_type_allowed"}


def a_verdict(*reasons: str, credential: dict[str, Any] | None = None, about: str = "credential[0]", **changes: Any) -> Verdict:
    """A verdict as the library gives it, from reason codes. With a credential, its signature holds and it may be shown."""
    parts = ("", "challenge", "domain", "holder", "consent", "request")
    checks = tuple(
        Check(
            code := CODES.get(reason.partition(".")[0], reason.partition(".")[0]),
            REASONS[reason].result,
            reason,
            REASONS[reason].weight,
            "" if code in parts else about,
        )
        for reason in reasons
    )
    word = fold(checks)
    findings = () if credential is None else (_finding(word, credential, about),)
    accepted = word in (Word.GENUINE, Word.GENUINE_WITH_NOTES)
    values = {"accepted": accepted, "refusals": (), "policy": "desk", "at": NOW} | changes
    return Verdict(verdict=word, checks=checks, credentials=findings, **values)


def _finding(word: Word, credential: dict[str, Any], about: str) -> Finding:
    return Finding(
        about=about,
        verdict=word,
        types=tuple(credential["type"]),
        issuer=ISSUER,
        valid_from=NOW - timedelta(days=1),
        valid_until=None,
        witnessed_at=NOW - timedelta(days=1),
        status_as_of=NOW,
        document=credential,
    )


class FakeJudge:
    """Gives the verdict a test has prepared, and remembers what it was asked."""

    def __init__(self) -> None:
        self.verdict: Verdict | Exception = a_verdict("signature.ok")
        self.asked: list[tuple[dict[str, Any], Expected]] = []

    async def presentation(self, presentation: dict[str, Any], expected: Expected) -> Verdict:
        self.asked.append((presentation, expected))
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/medcred/v1"],
    "id": "urn:uuid:8a1b9f9e-3c1f-4f7e-9c52-000000000001",
    "type": ["VerifiableCredential", "ImmunizationCredential"],
    "issuer": ISSUER.did,
    "validFrom": "2026-11-23T15:00:00Z",
    "name": [{"@value": "Immunisation record", "@language": "en"}, {"@value": "疫苗接種紀錄", "@language": "zh-Hant"}],
    "credentialSubject": {
        "id": "did:key:z6MkCANARYPATIENT",
        "patient": {"names": [{"full": "CANARY-NAME-7Q4X"}], "birthDate": "1950-01-01"},
        "record": {
            "type": "ImmunizationRecord",
            "doses": [
                {
                    "type": "Dose",
                    "vaccine": {"text": [{"@value": "Influenza vaccine", "@language": "en"}]},
                    "recordStatus": "completed",
                    "givenOn": {"date": "2026-10-01"},
                    "lotNumber": "CANARY-ID-9Z2K",
                    "notes": [{"@value": "CANARY-NOTE-5T8W"}],
                }
            ],
        },
    },
}
CANARIES = ("CANARY-NAME-7Q4X", "CANARY-ID-9Z2K", "CANARY-NOTE-5T8W", "CANARYPATIENT")
PRESENTATION: dict[str, Any] = {
    "@context": CREDENTIAL["@context"],
    "type": ["VerifiablePresentation"],
    "holder": "did:key:z6MkCANARYPATIENT",
    "verifiableCredential": [CREDENTIAL],
}
GENUINE = ("challenge.ok", "domain.ok", "holder.ok", "signature.ok", "issuer.trusted", "status.good", "ledger.witnessed")


class Visit:
    """One desk at work: its application, its fakes, and a signed-in browser."""

    def __init__(self, app: FastAPI, agent: FakeAgent, judge: FakeJudge, browser: httpx.AsyncClient) -> None:
        self.app, self.agent, self.judge, self.browser = app, agent, judge, browser
        self.desk: Desk = app.state.desk
        self.csrf = ""
        self.canaries = CANARIES
        self.addresses: list[str] = []
        browser.event_hooks["request"].append(self._note_address)

    async def _note_address(self, request: httpx.Request) -> None:
        self.addresses.append(str(request.url))

    def verdict(self, *reasons: str, **changes: Any) -> Verdict:
        """A verdict on the fixture patient's record, genuine unless reasons say otherwise."""
        return a_verdict(*(reasons or GENUINE), **({"credential": CREDENTIAL} | changes))

    async def sign_in(self, name: str = "nurse", password: str = "night-shift") -> None:
        answer = await self.browser.post("/api/login", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf"]

    async def post(self, path: str, **content: Any) -> httpx.Response:
        return await self.browser.post(path, headers={"X-CSRF": self.csrf}, **content)

    async def ask(self, types: Sequence[str] = ("ImmunizationCredential",), purpose: str = "treatment") -> dict[str, str]:
        answer = await self.post("/sessions", json={"types": list(types), "purpose": purpose})
        assert answer.status_code == 201, answer.text
        asked: dict[str, str] = answer.json()
        return asked

    async def scan(self, asked: dict[str, str]) -> httpx.Response:
        return await self.browser.get(httpx.URL(asked["url"]).path, headers={"Accept": "application/json"})

    async def state(self, asked: dict[str, str]) -> dict[str, Any]:
        answer = await self.browser.get(f"/sessions/{asked['id']}", headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    async def page(self, asked: dict[str, str], language: str = "en") -> BeautifulSoup:
        cookies = {"Accept": "text/html", "Accept-Language": language}
        answer = await self.browser.get(f"/sessions/{asked['id']}", headers=cookies)
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    async def exchange_of(self, asked: dict[str, str]) -> str:
        exchange_id = (await self.desk.sessions.get(asked["id"])).exchange_id
        assert exchange_id is not None
        return exchange_id

    async def answer(self, asked: dict[str, str], presentation: dict[str, Any] = PRESENTATION) -> None:
        """The wallet answers, and the agent tells the desk."""
        exchange_id = await self.exchange_of(asked)
        self.agent.answer(exchange_id, presentation)
        await self.hint(exchange_id)

    async def hint(self, exchange_id: str, key: str = "hook") -> httpx.Response:
        return await self.browser.post(
            "/webhooks/lantau/topic/present_proof_v2_0/",
            json={"pres_ex_id": exchange_id, "state": "request-sent"},
            headers={"x-api-key": key},
        )

    async def settle(self) -> None:
        await self.desk.conversation.settle_all()


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

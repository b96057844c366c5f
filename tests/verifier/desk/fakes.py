"""What stands around a desk in its tests: an agent made of memory, a judge that says what it is told, the rest of the network."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.records import AgentHealth, Invitation, PresentationExchange
from agents.request import PresentationRequest
from schemas.errors import AgentError, NotFoundError, StateError
from schemas.keys import encode_multikey
from verifier.evidence import Expected
from verifier.proofs import sign_jcs
from verifier.reasons import REASONS
from verifier.verdict import Check, Finding, Issuer, Verdict, Word, fold

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class FakeAgent:
    """The clinic's agent as far as the desk sees it. `away` makes every call fail; `answer` and `decline` play the wallet."""

    def __init__(self) -> None:
        self.exchanges: dict[str, PresentationExchange] = {}
        self.deleted: list[str] = []
        self.away = False
        self.plugin = True
        self.key = Ed25519PrivateKey.from_private_bytes(b"C" * 32)
        self.kids: list[str] = []

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

    async def create_key(self, kid: str) -> str:
        self._there()
        self.kids.append(kid)
        return encode_multikey(self.key.public_key().public_bytes_raw())

    async def sign(self, documents: list[dict[str, Any]], *, verification_method: str, purpose: str) -> list[dict[str, Any]]:
        self._there()
        if verification_method not in self.kids:
            raise StateError("key.unknown", "This wallet has no such key.", "")
        return [
            sign_jcs(each, self.key, verification_method=verification_method, created=NOW, purpose=purpose) for each in documents
        ]

    async def request_presentation(self, request: PresentationRequest) -> PresentationExchange:
        self._there()
        assert uuid.UUID(request.challenge).version == 4, "ACA-Py answers 422 to any other challenge"
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

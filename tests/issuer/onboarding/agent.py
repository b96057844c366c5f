"""A hospital's agent with real keys, and the wallet of a patient on the other side of its connections."""

import uuid
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.records import AgentHealth, Connection, Invitation, PresentationExchange, PresentationState
from agents.request import PresentationRequest
from schemas.errors import AgentError, StateError
from schemas.keys import did_key, did_key_method, encode_multikey
from storage.clock import FixedClock
from verifier.proofs import sign_jcs


class FakeAgent:
    """Keys by verification method; invitations that a wallet may take; presentation exchanges.

    `down` makes every call fail; `forges` signs with another key than the one it names.
    """

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.connections: dict[str, Connection] = {}
        self.exchanges: dict[str, PresentationExchange] = {}
        self.down = False
        self.forges = False

    async def require_plugin(self) -> None:
        self._answer()

    async def health(self) -> AgentHealth:
        self._answer()
        return AgentHealth(database=True, plugin_version="1", contexts=9)

    async def create_key(self, kid: str) -> str:
        self._answer()
        key = self.keys.setdefault(kid, Ed25519PrivateKey.generate())
        multikey = encode_multikey(key.public_key().public_bytes_raw())
        self.keys[f"did:key:{multikey}#{multikey}"] = key
        return multikey

    async def sign(
        self, documents: list[dict[str, Any]], *, verification_method: str, purpose: str = "assertionMethod"
    ) -> list[dict[str, Any]]:
        self._answer()
        if verification_method not in self.keys:
            raise StateError("key.unknown", "This wallet has no Ed25519 key for that verification method.")
        key = Ed25519PrivateKey.generate() if self.forges else self.keys[verification_method]
        return [
            sign_jcs(each, key, verification_method=verification_method, created=self.clock.now(), purpose=purpose)
            for each in documents
        ]

    async def create_invitation(self, *, label: str, goal: str = "") -> Invitation:
        self._answer()
        invitation_id = str(uuid.uuid4())
        self.connections[invitation_id] = Connection(id=str(uuid.uuid4()), state="invitation", their_label="")
        message = {"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": invitation_id, "label": label, "goal": goal}
        return Invitation(invitation_id=invitation_id, url=f"http://agent.test?oob={invitation_id}", message=message)

    async def connection_from(self, invitation_id: str) -> Connection | None:
        self._answer()
        return self.connections.get(invitation_id)

    async def presentation_exchanges(self, *, connection_id: str, role: str) -> list[PresentationExchange]:
        self._answer()
        return [one for one in self.exchanges.values() if (one.connection_id, one.role) == (connection_id, role)]

    async def request_presentation(self, request: PresentationRequest, *, connection_id: str) -> PresentationExchange:
        self._answer()
        exchange = PresentationExchange(
            id=str(uuid.uuid4()),
            state=PresentationState.REQUEST_SENT,
            role="verifier",
            connection_id=connection_id,
            thread_id=str(uuid.uuid4()),
            request=request,
            presentation=None,
            error=None,
        )
        self.exchanges[exchange.id] = exchange
        return exchange

    async def presentation_exchange(self, exchange_id: str) -> PresentationExchange:
        self._answer()
        return self.exchanges[exchange_id]

    # The wallet's side.

    def scan(self, invitation_id: str) -> None:
        """A wallet takes the invitation."""
        self.connections[invitation_id] = replace(self.connections[invitation_id], state="active")

    def present(self, presentation: dict[str, Any] | None = None, *, key: Ed25519PrivateKey | None = None) -> str:
        """The wallet answers the newest request, with a proof of its DID unless told otherwise; answers its DID."""
        exchange = list(self.exchanges.values())[-1]
        key = key or Ed25519PrivateKey.generate()
        did = did_key(key.public_key().public_bytes_raw())
        assert exchange.request is not None
        presentation = presentation or proof_of(key, exchange.request, self.clock)
        self.exchanges[exchange.id] = replace(exchange, state=PresentationState.DONE, presentation=presentation)
        return did

    def decline(self) -> None:
        exchange = list(self.exchanges.values())[-1]
        self.exchanges[exchange.id] = replace(exchange, state=PresentationState.ABANDONED, error="declined")

    def _answer(self) -> None:
        if self.down:
            raise AgentError("agent.unreachable", "The agent does not answer.")


def proof_of(key: Ed25519PrivateKey, request: PresentationRequest, clock: FixedClock, **other: Any) -> dict[str, Any]:
    """A presentation without records, signed by `key` for a request; `other` replaces members of the proof's options."""
    did = did_key(key.public_key().public_bytes_raw())
    presentation = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did,
    }
    options = {"challenge": request.challenge, "domain": request.domain} | other
    return sign_jcs(
        presentation,
        key,
        verification_method=did_key_method(did),
        created=clock.now(),
        purpose="authentication",
        options=options,
    )

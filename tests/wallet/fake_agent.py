"""An in-memory multitenant agent that answers like `agents.client.AgentClient`, with the hospital's and the clinic's hands.

Faithful where the wallet could be misled: states only move the way RFC 0453 and RFC 0454 move them, a step in the wrong state is
refused, an unknown id is not found, tenants cannot see each other, and `down` makes every call fail.
"""

import base64
import copy
import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from agents.records import (
    AgentHealth,
    Connection,
    CredentialExchange,
    CredentialState,
    HeldCredential,
    PresentationExchange,
    PresentationState,
    Reception,
    SignatureFinding,
    Tenant,
)
from agents.request import PresentationRequest
from schemas.errors import AgentError, NotFoundError, StateError
from schemas.keys import decode_multikey
from verifier.proofs import Outcome, check_proof, proofs_of


@dataclass
class TenantWallet:
    """What one tenant's wallet holds."""

    wallet_id: str
    label: str
    connections: dict[str, Connection] = field(default_factory=dict)
    offers: dict[str, CredentialExchange] = field(default_factory=dict)
    requests: dict[str, PresentationExchange] = field(default_factory=dict)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    dids: list[str] = field(default_factory=list)
    shared: list[tuple[str, list[str], str | None]] = field(default_factory=list)


class FakeAgent:
    """The agent itself; `as_tenant` gives a tenant's hand on it."""

    def __init__(self) -> None:
        self.wallets: dict[str, TenantWallet] = {}
        self.names: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.post: dict[str, dict[str, Any] | PresentationRequest] = {}
        self.calls: list[str] = []
        self.down = False
        self.fail_next: dict[str, Exception] = {}
        self.database = True
        self.published: dict[str, dict[str, str]] = {}
        self.silent: set[str] = set()

    # What the wallet service calls.

    async def health(self) -> AgentHealth:
        self._reach("health")
        return AgentHealth(database=self.database, plugin_version="1", contexts=12)

    async def create_tenant(self, name: str, label: str) -> Tenant:
        self._reach("create_tenant")
        wallet_id = self.names.setdefault(name, str(uuid.uuid4()))
        self.wallets.setdefault(wallet_id, TenantWallet(wallet_id, label))
        return Tenant(wallet_id=wallet_id, token=self._new_token(wallet_id))

    async def tenant_token(self, wallet_id: str) -> str:
        self._reach("tenant_token")
        return self._new_token(wallet_id)

    def as_tenant(self, token: str) -> "FakeTenant":
        return FakeTenant(self, token)

    # The other side of the wire.

    def invite(self, label: str, attached: dict[str, Any] | PresentationRequest | None = None) -> dict[str, Any]:
        """An out-of-band invitation, with an offer (a credential), a request, or nothing but a handshake."""
        message: dict[str, Any] = {
            "@type": "https://didcomm.org/out-of-band/1.1/invitation",
            "@id": str(uuid.uuid4()),
            "label": label,
            "services": [
                {
                    "id": "#inline",
                    "type": "did-communication",
                    "recipientKeys": ["did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG"],
                    "serviceEndpoint": "http://127.0.0.1:8130",
                }
            ],
        }
        if attached is None:
            message["handshake_protocols"] = ["https://didcomm.org/didexchange/1.1"]
            return message
        thread_id = str(uuid.uuid4())
        self.post[thread_id] = attached
        kind = (
            "present-proof/2.0/request-presentation"
            if isinstance(attached, PresentationRequest)
            else "issue-credential/2.0/offer-credential"
        )
        inner: dict[str, Any] = {"@type": f"https://didcomm.org/{kind}", "@id": thread_id}
        if isinstance(attached, PresentationRequest):
            asked = base64.b64encode(json.dumps(attached.to_dif(str(uuid.uuid4()))).encode()).decode()
            inner["request_presentations~attach"] = [{"@id": "dif", "data": {"base64": asked}}]
        message["requests~attach"] = [{"@id": "request-0", "mime-type": "application/json", "data": {"json": inner}}]
        return message

    def wallet_of(self, login_order: int = 0) -> TenantWallet:
        return list(self.wallets.values())[login_order]

    def deliver(
        self,
        wallet: TenantWallet,
        what: dict[str, Any] | PresentationRequest,
        *,
        thread_id: str | None = None,
        connection_id: str | None = None,
    ) -> str:
        """An offer or a request arrives in a tenant's wallet; returns the exchange's id."""
        exchange_id, thread_id = str(uuid.uuid4()), thread_id or str(uuid.uuid4())
        if isinstance(what, PresentationRequest):
            wallet.requests[exchange_id] = PresentationExchange(
                id=exchange_id,
                state=PresentationState.REQUEST_RECEIVED,
                role="prover",
                connection_id=connection_id,
                thread_id=thread_id,
                request=what,
                presentation=None,
                error=None,
            )
        else:
            wallet.offers[exchange_id] = CredentialExchange(
                id=exchange_id,
                state=CredentialState.OFFER_RECEIVED,
                role="holder",
                connection_id=connection_id,
                thread_id=thread_id,
                holder_did=None,
                credential=copy.deepcopy(what),
                error=None,
            )
        return exchange_id

    def issue(self, wallet: TenantWallet, exchange_id: str, **more: Any) -> str:
        """The hospital signs what was requested and the wallet stores it; returns the record id."""
        exchange = wallet.offers[exchange_id]
        assert exchange.state == CredentialState.REQUEST_SENT
        credential = copy.deepcopy(exchange.credential)
        credential["credentialSubject"]["id"] = exchange.holder_did
        credential |= more
        wallet.offers[exchange_id] = replace(exchange, state=CredentialState.DONE, credential=credential)
        return self.hold(wallet, credential)

    def hold(self, wallet: TenantWallet, credential: dict[str, Any]) -> str:
        record_id = uuid.uuid4().hex
        wallet.held[record_id] = credential
        return record_id

    def acknowledge(self, wallet: TenantWallet, exchange_id: str) -> None:
        wallet.requests[exchange_id] = replace(wallet.requests[exchange_id], state=PresentationState.DONE)

    def withdraw(self, wallet: TenantWallet, exchange_id: str) -> None:
        if exchange_id in wallet.offers:
            wallet.offers[exchange_id] = replace(wallet.offers[exchange_id], state=CredentialState.ABANDONED)
        else:
            wallet.requests[exchange_id] = replace(wallet.requests[exchange_id], state=PresentationState.ABANDONED)

    def _new_token(self, wallet_id: str) -> str:
        for old in [token for token, owner in self.tokens.items() if owner == wallet_id]:
            del self.tokens[old]
        token = uuid.uuid4().hex
        self.tokens[token] = wallet_id
        return token

    def _reach(self, call: str) -> None:
        self.calls.append(call)
        if self.down:
            raise AgentError("agent.unreachable", "The agent does not answer.", "Is it running?")
        if error := self.fail_next.pop(call, None):
            raise error


class FakeTenant:
    def __init__(self, agent: FakeAgent, token: str) -> None:
        self._agent = agent
        self._token = token

    def _wallet(self, call: str) -> TenantWallet:
        self._agent._reach(call)
        if self._token not in self._agent.tokens:
            raise AgentError("agent.key_refused", "The agent refuses our key or token.")
        return self._agent.wallets[self._agent.tokens[self._token]]

    async def receive_invitation(self, message: dict[str, Any]) -> Reception:
        wallet = self._wallet("receive_invitation")
        connection_id = None
        if message.get("handshake_protocols"):
            connection_id = str(uuid.uuid4())
            wallet.connections[connection_id] = Connection(id=connection_id, state="active", their_label=message["label"])
        thread_id = None
        if attached := message.get("requests~attach"):
            thread_id = attached[0]["data"]["json"]["@id"]
            self._agent.deliver(wallet, self._agent.post[thread_id], thread_id=thread_id, connection_id=connection_id)
        return Reception(oob_id=str(uuid.uuid4()), connection_id=connection_id, thread_id=thread_id)

    async def check_signed(
        self, document: dict[str, Any], *, controller: str, purpose: str = "assertionMethod"
    ) -> SignatureFinding:
        """As the plugin checks: `published` are the DID documents, hosts of the DIDs in `silent` do not answer."""
        self._wallet("check_signed")
        if controller in self._agent.silent:
            return SignatureFinding(result="unknown", reason="proof.key_unanswered", keys={})
        listed = self._agent.published.get(controller, {})
        for proof in proofs_of(document):
            key = listed.get(proof["verificationMethod"])
            if key is None or proof["proofPurpose"] != purpose:
                return SignatureFinding(result="fail", reason="proof.key_not_of_controller", keys={})
            if check_proof(document, proof, decode_multikey(key)) is not Outcome.VALID:
                return SignatureFinding(result="fail", reason="proof.invalid", keys={})
        used = {proof["verificationMethod"] for proof in proofs_of(document)}
        return SignatureFinding(result="pass", reason="", keys={method: listed[method] for method in used})

    async def connection(self, connection_id: str) -> Connection:
        return _found(self._wallet("connection").connections, connection_id)

    async def create_holder_did(self) -> str:
        wallet = self._wallet("create_holder_did")
        wallet.dids.append(f"did:key:z6Mk{uuid.uuid4().hex}{uuid.uuid4().hex[:12]}")
        return wallet.dids[-1]

    async def credential_exchanges(self, **filters: str) -> list[CredentialExchange]:
        return list(self._wallet("credential_exchanges").offers.values())

    async def credential_exchange(self, exchange_id: str) -> CredentialExchange:
        return _found(self._wallet("credential_exchange").offers, exchange_id)

    async def accept_offer(self, exchange_id: str, holder_did: str) -> CredentialExchange:
        wallet = self._wallet("accept_offer")
        exchange = _found(wallet.offers, exchange_id)
        if exchange.state != CredentialState.OFFER_RECEIVED:
            raise StateError("exchange.state", "There is no offer to accept.")
        if holder_did not in wallet.dids:
            raise StateError("share.holder_did", "This wallet has no such DID.")
        wallet.offers[exchange_id] = replace(exchange, state=CredentialState.REQUEST_SENT, holder_did=holder_did)
        return wallet.offers[exchange_id]

    async def abandon_credential(self, exchange_id: str, reason: str) -> None:
        wallet = self._wallet("abandon_credential")
        wallet.offers[exchange_id] = replace(_found(wallet.offers, exchange_id), state=CredentialState.ABANDONED)

    async def delete_credential_exchange(self, exchange_id: str) -> None:
        wallet = self._wallet("delete_credential_exchange")
        _found(wallet.offers, exchange_id)
        del wallet.offers[exchange_id]

    async def presentation_exchanges(self, **filters: str) -> list[PresentationExchange]:
        return list(self._wallet("presentation_exchanges").requests.values())

    async def share(self, exchange_id: str, record_ids: list[str], *, holder_did: str | None = None) -> PresentationExchange:
        wallet = self._wallet("share")
        exchange = _found(wallet.requests, exchange_id)
        if exchange.state != PresentationState.REQUEST_RECEIVED:
            raise StateError("exchange.state", "There is no request to answer.")
        if exchange.request is None:
            raise StateError("request.unreadable", "This request cannot be read.")
        if not record_ids and holder_did not in wallet.dids:
            raise StateError("share.holder_did", "This wallet has no such DID.")
        subjects = {wallet.held[record_id]["credentialSubject"].get("id") for record_id in record_ids}
        if len(subjects) > 1:
            raise StateError("share.not_subject", "These records are about several DIDs.")
        wallet.shared.append((exchange_id, list(record_ids), holder_did))
        wallet.requests[exchange_id] = replace(exchange, state=PresentationState.PRESENTATION_SENT)
        return wallet.requests[exchange_id]

    async def decline_presentation(self, exchange_id: str, reason: str) -> None:
        wallet = self._wallet("decline_presentation")
        wallet.requests[exchange_id] = replace(_found(wallet.requests, exchange_id), state=PresentationState.ABANDONED)

    async def delete_presentation_exchange(self, exchange_id: str) -> None:
        wallet = self._wallet("delete_presentation_exchange")
        _found(wallet.requests, exchange_id)
        del wallet.requests[exchange_id]

    async def held_credentials(self) -> list[HeldCredential]:
        held = self._wallet("held_credentials").held
        return [HeldCredential(record_id=record_id, credential=copy.deepcopy(one)) for record_id, one in held.items()]


def _found[T](things: dict[str, T], key: str) -> T:
    if key not in things:
        raise NotFoundError("agent.not_found", "The agent knows no such thing.")
    return things[key]

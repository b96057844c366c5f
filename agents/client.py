"""The controller's hand on one ACA-Py agent: a thin client for exactly the admin endpoints we use.

Order in a service: `require_plugin()` once, then work; before trusting the agent with work, `health()`. All calls share a limit
on how many run at once (Askar's connection pool deadlocks when more exchanges run than it has connections). Each call can be
repeated: what could be done twice is looked up first. Answers are typed in `agents.records`.
"""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any, Self

import httpx

from agents import endpoints
from agents.api import AdminApi, plugin_missing
from agents.launch import PLUGIN
from agents.records import (
    AgentHealth,
    Connection,
    CredentialExchange,
    HeldCredential,
    Invitation,
    PresentationExchange,
    Reception,
    SignatureFinding,
    Tenant,
)
from agents.request import PresentationRequest
from agents.tokens import TenantTokens

HANDSHAKE = ["https://didcomm.org/didexchange/1.1", "https://didcomm.org/didexchange/1.0"]
ENVELOPES = ["didcomm/aip1", "didcomm/aip2;env=rfc19"]


class AgentClient:
    """One agent, or one tenant's wallet in it (`as_tenant`).

    Args:
        base_url: the admin API, `http://host:port`.
        api_key: the admin key.
        token: a tenant's token, or None for the agent's own wallet.
        http: a shared httpx client; None makes one, closed by `aclose`.
        limit: how many calls may run at once.
    """

    def __init__(
        self, base_url: str, api_key: str, *, token: str | None = None, http: httpx.AsyncClient | None = None, limit: int = 16
    ) -> None:
        self._base_url, self._api_key = base_url, api_key
        self._own_http = http is None
        # No proxy from the environment: the admin key must go to the agent and nowhere else.
        self._http = http or httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=limit))
        self._slots = asyncio.Semaphore(limit)
        self._tokens = TenantTokens(AdminApi(base_url, api_key, None, self._http, self._slots))
        self._api = AdminApi(base_url, api_key, token, self._http, self._slots, self._tokens.after)

    def as_tenant(self, token: str) -> Self:
        """The same agent as the wallet `token` belongs to; connections and limit are shared, and a voided token is renewed."""
        tenant = type(self)(self._base_url, self._api_key, http=self._http)
        tenant._slots, tenant._tokens = self._slots, self._tokens
        tenant._api = AdminApi(self._base_url, self._api_key, token, self._http, self._slots, self._tokens.after)
        return tenant

    async def aclose(self) -> None:
        """Close the connections this client opened."""
        if self._own_http:
            await self._http.aclose()

    # The agent itself.

    async def require_plugin(self) -> None:
        """Make sure the agent runs our plugin.

        Raises:
            AgentError: `agent.plugin_missing`.
        """
        answer = await self._api.call(endpoints.PLUGINS)
        if PLUGIN not in answer.get("result", ()):
            raise plugin_missing()

    async def health(self) -> AgentHealth:
        """Ask the plugin for a real read of the wallet; ACA-Py's own `/status/ready` stays green without a database."""
        answer = await self._api.call(endpoints.HEALTH)
        return AgentHealth(database=answer["database"], plugin_version=answer["plugin_version"], contexts=answer["contexts"])

    # Connections.

    async def create_invitation(
        self,
        *,
        label: str,
        goal: str = "",
        handshake: bool = True,
        credential_exchange_id: str | None = None,
        presentation_exchange_id: str | None = None,
        multi_use: bool = False,
    ) -> Invitation:
        """An out-of-band invitation, with or without a handshake, carrying at most one offer or request."""
        body: dict[str, Any] = {"my_label": label, "accept": ENVELOPES}
        if goal:
            body |= {"goal": goal, "goal_code": "medcred"}
        if handshake:
            body["handshake_protocols"] = HANDSHAKE
        if credential_exchange_id:
            body["attachments"] = [{"id": credential_exchange_id, "type": "credential-offer"}]
        elif presentation_exchange_id:
            body["attachments"] = [{"id": presentation_exchange_id, "type": "present-proof"}]
        query = {"auto_accept": "true", "multi_use": "true" if multi_use else "false"}
        answer = await self._api.call(endpoints.CREATE_INVITATION, body, query)
        return Invitation(invitation_id=answer["invi_msg_id"], url=answer["invitation_url"], message=answer["invitation"])

    async def receive_invitation(self, message: dict[str, Any]) -> Reception:
        """Take an invitation in; connects, or receives the attached offer or request."""
        known = {name: value for name, value in message.items() if name in endpoints.RECEIVE_INVITATION.body}
        query = {"auto_accept": "true", "use_existing_connection": "true"}
        answer = await self._api.call(endpoints.RECEIVE_INVITATION, known, query)
        thread_id = answer.get("attach_thread_id")
        return Reception(oob_id=answer["oob_id"], connection_id=answer.get("connection_id"), thread_id=thread_id)

    async def connection(self, connection_id: str) -> Connection:
        """The connection as it is now."""
        answer = await self._api.call(endpoints.CONNECTION, conn_id=connection_id)
        return Connection(id=answer["connection_id"], state=answer["state"], their_label=answer.get("their_label") or "")

    async def connection_from(self, invitation_id: str) -> Connection | None:
        """The connection that a single-use invitation of this agent became or will become; None when the agent knows none."""
        answer = await self._api.call(endpoints.CONNECTIONS, query={"invitation_msg_id": invitation_id})
        if not answer.get("results"):
            return None
        found = answer["results"][0]
        return Connection(id=found["connection_id"], state=found["state"], their_label=found.get("their_label") or "")

    # Keys and signatures.

    async def create_key(self, kid: str) -> str:
        """The Ed25519 Multikey bound to `kid` (`did:web:…#key-1`) in this wallet, made on first call."""
        answer = await self._api.call(endpoints.CREATE_KEY, {"kid": kid})
        return str(answer["multikey"])

    async def create_holder_did(self) -> str:
        """A fresh did:key (Ed25519). Patients get one for each binding, so that hospitals cannot compare them."""
        answer = await self._api.call(endpoints.CREATE_DID, {"method": "key", "options": {"key_type": "ed25519"}})
        return str(answer["result"]["did"])

    async def sign(
        self,
        documents: Sequence[dict[str, Any]],
        *,
        verification_method: str,
        purpose: str = "assertionMethod",
        cryptosuite: str = "eddsa-jcs-2022",
    ) -> list[dict[str, Any]]:
        """The documents with one Data Integrity proof more, in order; one call and one look at the key for all of them.

        `proof` becomes one object, or grows by one where the document already carries proofs.

        Raises:
            StateError: `key.unknown`, no such key in this wallet; `document.unsignable`.
        """
        body = {"documents": list(documents), "verification_method": verification_method}
        body |= {"purpose": purpose, "cryptosuite": cryptosuite}
        answer = await self._api.call(endpoints.SIGN, body)
        signed: list[dict[str, Any]] = answer["documents"]
        return signed

    async def check_signed(
        self, document: dict[str, Any], *, controller: str, purpose: str = "assertionMethod"
    ) -> SignatureFinding:
        """Whether every proof of `document` that is known to the agent is by a key `controller` (did:web, did:key) lists."""
        body = {"document": document, "controller": controller, "purpose": purpose}
        answer = await self._api.call(endpoints.CHECK, body)
        return SignatureFinding(result=answer["result"], reason=answer["reason"], keys=answer["keys"])

    # Issuing and receiving.

    async def offer(self, credential: dict[str, Any], *, connection_id: str | None = None) -> CredentialExchange:
        """Offer an unsigned credential without a subject id; the holder binds its own DID.

        Without a connection the offer waits to be attached to an invitation (`create_invitation`). A credential whose id is a
        `urn:uuid:` can be offered again: the open exchange is returned, and an unanswered offer is sent once more.

        Raises:
            StateError: `offer.malformed`; `offer.repeated`, its id was offered with other content.
        """
        body: dict[str, Any] = {"credential": credential}
        if connection_id:
            body["connection_id"] = connection_id
        return CredentialExchange.parse(await self._api.call(endpoints.OFFER, body))

    async def credential_exchange(self, exchange_id: str) -> CredentialExchange:
        """The exchange as it is now."""
        return CredentialExchange.parse(await self._api.call(endpoints.CREDENTIAL_EXCHANGE, cred_ex_id=exchange_id))

    async def credential_exchanges(self, **filters: str) -> list[CredentialExchange]:
        """All exchanges that fit; filters: `state`, `role` (issuer, holder), `connection_id`, `thread_id` (the fast one)."""
        answer = await self._api.call(endpoints.CREDENTIAL_EXCHANGES, query=filters)
        return [CredentialExchange.parse(each) for each in answer["results"]]

    async def accept_offer(self, exchange_id: str, holder_did: str) -> CredentialExchange:
        """Request the offered credential for `holder_did`, a did:key of this wallet. Repeating sends the same request again.

        Raises:
            NotFoundError: `did.unknown`. StateError: `offer.other_did`, `exchange.state`.
        """
        answer = await self._api.call(endpoints.ACCEPT, {"holder_did": holder_did}, cred_ex_id=exchange_id)
        return CredentialExchange.parse(answer)

    async def issue(self, exchange_id: str, credential: dict[str, Any]) -> CredentialExchange:
        """Send exactly this signed credential. Repeating it with the same credential sends it again until it was acknowledged.

        Raises:
            StateError: `exchange.state`, nothing was requested, or another credential was issued;
                `credential.not_as_requested`, it differs from the request in more than its proof.
        """
        answer = await self._api.call(endpoints.ISSUE, {"credential": credential}, cred_ex_id=exchange_id)
        return CredentialExchange.parse(answer)

    async def abandon_credential(self, exchange_id: str, reason: str) -> None:
        """End the exchange and tell the other side. `reason` is read by people there: no personal data."""
        await self._api.call(endpoints.CREDENTIAL_PROBLEM, {"description": reason}, cred_ex_id=exchange_id)

    async def delete_credential_exchange(self, exchange_id: str) -> None:
        """Forget the exchange; what the holder stored stays."""
        await self._api.call(endpoints.CREDENTIAL_REMOVE, cred_ex_id=exchange_id)

    # Asking and presenting.

    async def request_presentation(
        self, request: PresentationRequest, *, connection_id: str | None = None
    ) -> PresentationExchange:
        """Ask for records, or for the proof of a DID when `request.types` is empty."""
        body: dict[str, Any] = {"presentation_request": {"dif": request.to_dif(str(uuid.uuid4()))}, "auto_verify": True}
        if connection_id:
            answer = await self._api.call(endpoints.SEND_PRESENTATION_REQUEST, body | {"connection_id": connection_id})
        else:
            answer = await self._api.call(endpoints.CREATE_PRESENTATION_REQUEST, body)
        return await self.presentation_exchange(answer["pres_ex_id"])

    async def presentation_exchange(self, exchange_id: str) -> PresentationExchange:
        """The exchange as it is now, with the presentation as it came: judging it is the verifier's work."""
        return PresentationExchange.parse(await self._api.call(endpoints.PRESENTATION_EXCHANGE, pres_ex_id=exchange_id))

    async def presentation_exchanges(self, **filters: str) -> list[PresentationExchange]:
        """All exchanges that fit; filters as in `credential_exchanges`, roles `prover` and `verifier`."""
        answer = await self._api.call(endpoints.PRESENTATION_EXCHANGES, query=filters)
        return [PresentationExchange.parse(each) for each in answer["results"]]

    async def share(self, exchange_id: str, record_ids: Sequence[str], *, holder_did: str | None = None) -> PresentationExchange:
        """Answer a request with these records, or with the proof of `holder_did` when it asks for a DID only.

        Raises:
            StateError: `share.not_subject`, a record is about another DID or several; `share.not_requested`;
                `share.holder_did`; `request.unreadable`; `exchange.state`.
        """
        body: dict[str, Any] = {"record_ids": list(record_ids)}
        if holder_did:
            body["holder_did"] = holder_did
        return PresentationExchange.parse(await self._api.call(endpoints.SHARE, body, pres_ex_id=exchange_id))

    async def decline_presentation(self, exchange_id: str, reason: str) -> None:
        """Refuse to share and tell the clinic. `reason` is read by people there: no personal data."""
        await self._api.call(endpoints.PRESENTATION_PROBLEM, {"description": reason}, pres_ex_id=exchange_id)

    async def delete_presentation_exchange(self, exchange_id: str) -> None:
        """Forget the exchange and the presentation in it."""
        await self._api.call(endpoints.PRESENTATION_REMOVE, pres_ex_id=exchange_id)

    # What the wallet holds.

    async def held_credentials(self) -> list[HeldCredential]:
        """All credentials stored in this wallet, as they were issued."""
        answer = await self._api.call(endpoints.HELD)
        return [HeldCredential(record_id=each["record_id"], credential=each["credential"]) for each in answer["results"]]

    async def forget_credential(self, record_id: str) -> None:
        """Delete a stored credential."""
        await self._api.call(endpoints.FORGET, credential_id=record_id)

    # Tenants.

    async def create_tenant(self, name: str, label: str) -> Tenant:
        """The wallet called `name`, made on first call, with a token. `label` is what other agents see."""
        known = (await self._api.call(endpoints.TENANTS, query={"wallet_name": name}))["results"]
        if known:
            wallet_id = str(known[0]["wallet_id"])
            return Tenant(wallet_id=wallet_id, token=await self.tenant_token(wallet_id))
        body = {
            "wallet_name": name,
            "label": label,
            "wallet_type": "askar-anoncreds",
            "key_management_mode": "managed",
            # Events of all tenants go to the agent's webhook and carry the wallet id.
            "wallet_dispatch_type": "base",
        }
        answer = await self._api.call(endpoints.CREATE_TENANT, body)
        self._tokens.keep(answer["wallet_id"], answer["token"])
        return Tenant(wallet_id=answer["wallet_id"], token=answer["token"])

    async def tenant_token(self, wallet_id: str) -> str:
        """The token of a tenant. ACA-Py voids the old one when it makes a new one, so it is asked for once and remembered."""
        return await self._tokens.of(wallet_id)

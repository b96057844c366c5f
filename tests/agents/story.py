"""Steps that several stories of this room share: connecting, offering, issuing, asking."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.client import AgentClient
from agents.records import CredentialExchange, CredentialState, HeldCredential, PresentationExchange
from agents.request import PresentationRequest
from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from tests.agents.running import until

type Json = dict[str, Any]


def draft(issuer: str, /, **more: Any) -> Json:
    """An unsigned credential with everything that has troubled agents: two statuses, languages, a salt, Chinese text."""
    status = {"type": "BitstringStatusListEntry", "statusListIndex": "94567"}
    address = "http://localhost:8101/status/hk"
    credential: Json = {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "ImmunizationCredential"],
        "issuer": issuer,
        "validFrom": "2026-11-24T15:00:00Z",
        "name": [{"@value": "Immunisation record", "@language": "en"}, {"@value": "疫苗接種紀錄", "@language": "zh-Hant"}],
        "credentialStatus": [
            status | {"statusPurpose": purpose, "statusListCredential": f"{address}/{purpose}/1"}
            for purpose in ("revocation", "suspension")
        ],
        "fingerprint": {"type": "SaltedFingerprint", "algorithm": "sha-256", "salt": "uq83vEjRWeJCrze8SNFZ4kA"},
        "credentialSubject": {},
    }
    return credential | more


async def connect(inviter: AgentClient, invited: AgentClient) -> tuple[str, str]:
    """The connection, as each side names it."""
    invitation = await inviter.create_invitation(label="Hospital", goal="Bind your wallet")
    reception = await invited.receive_invitation(invitation.message)
    assert reception.connection_id

    async def ready() -> str | None:
        theirs, ours = await inviter.connection_from(invitation.invitation_id), await invited.connection(reception.connection_id)
        return theirs.id if theirs and theirs.is_ready and ours.is_ready else None

    return await until(ready, "the connection is ready"), reception.connection_id


async def exchange_in(client: AgentClient, exchange_id: str, *states: str) -> CredentialExchange:
    """The credential exchange once it is in one of `states`."""

    async def look() -> CredentialExchange | None:
        exchange = await client.credential_exchange(exchange_id)
        return exchange if exchange.state in states else None

    return await until(look, f"the exchange is {states}")


async def presentation_in(client: AgentClient, exchange_id: str, *states: str) -> PresentationExchange:
    """The presentation exchange once it is in one of `states`."""

    async def look() -> PresentationExchange | None:
        exchange = await client.presentation_exchange(exchange_id)
        return exchange if exchange.state in states else None

    return await until(look, f"the exchange is {states}")


async def offered(holder: AgentClient, thread_id: str) -> CredentialExchange:
    """The holder's side of an offer."""

    async def look() -> CredentialExchange | None:
        found = await holder.credential_exchanges(thread_id=thread_id)
        return found[0] if found else None

    return await until(look, "the offer arrives")


async def asked(holder: AgentClient, thread_id: str) -> PresentationExchange:
    """The holder's side of a request."""

    async def look() -> PresentationExchange | None:
        found = await holder.presentation_exchanges(thread_id=thread_id)
        return found[0] if found else None

    return await until(look, "the request arrives")


async def requested(hospital: AgentClient, holder: AgentClient, credential: Json, connection_id: str) -> CredentialExchange:
    """The hospital's exchange, once the holder has bound its DID."""
    offer = await hospital.offer(credential, connection_id=connection_id)
    received = await offered(holder, offer.thread_id)
    await holder.accept_offer(received.id, await holder.create_holder_did())
    return await exchange_in(hospital, offer.id, CredentialState.REQUEST_RECEIVED)


async def signed(hospital: AgentClient, credential: Json, **more: str) -> Json:
    """The credential as the issuer service sends it: signed, with a receipt beside the proof."""
    issuer = credential["issuer"]
    (made,) = await hospital.sign([credential], verification_method=f"{issuer}#key-1", **more)
    receipt = {"type": "LedgerReceipt", "origin": "ledger.example/hk"}
    return made | {"proof": [made["proof"], receipt]}


async def issued(hospital: AgentClient, holder: AgentClient, credential: Json, connection_id: str) -> HeldCredential:
    """What the holder keeps after a whole issuance."""
    exchange = await requested(hospital, holder, credential, connection_id)
    await hospital.issue(exchange.id, await signed(hospital, exchange.credential))
    await exchange_in(hospital, exchange.id, CredentialState.DONE)
    return next(held for held in await holder.held_credentials() if held.credential["id"] == credential["id"])


def question(*types: str, **more: Any) -> PresentationRequest:
    """A clinic's request for these record types."""
    values: Json = {
        "challenge": str(uuid.uuid4()),
        "domain": "did:web:clinic.example",
        "purpose": "Treatment today",
        "types": list(types),
        "valid_until": datetime.now(UTC).replace(microsecond=0) + timedelta(days=1),
        "verifier_label": "大嶼示範診所",
    }
    return PresentationRequest(**(values | more))

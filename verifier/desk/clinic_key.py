"""The clinic's own key: its did:web document, and its signature on every code it shows, and on a registrar's challenge.

The key lives in the clinic's agent and is made there at first need. The document (W3C DID 1.0 §5) lists it for `authentication`
only: it says who asks and can issue nothing. What is signed is the whole invitation, with the addresses and keys an answer goes
to: a signature on the request alone could be carried along in somebody else's invitation, and the answer with it.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from agents.client import AgentClient
from agents.records import Invitation
from schemas.errors import ConfigError, FormatError
from verifier.identity.did import did_web_url

CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
PURPOSE = "authentication"


class ClinicKey:
    """
    Args:
        agent: the clinic's agent, which keeps the key.
        did: the clinic's did:web.
    """

    def __init__(self, agent: AgentClient, did: str) -> None:
        self._agent = agent
        self._did = did
        self._method = f"{did}#key-1"
        self._multikey = ""

    async def document(self) -> dict[str, Any]:
        """The clinic's DID document. Raises AgentError while the key was never seen and the agent does not answer."""
        method = {"id": self._method, "type": "Multikey", "controller": self._did, "publicKeyMultibase": await self._key()}
        return {"@context": CONTEXTS, "id": self._did, "verificationMethod": [method], PURPOSE: [self._method]}

    async def sign(self, invitation: Invitation) -> Invitation:
        """The invitation with the clinic's proof (VC-DATA-INTEGRITY), in its message and in its address.

        Raises:
            AgentError: the agent does not answer.
        """
        await self._key()
        (message,) = await self._agent.sign([invitation.message], verification_method=self._method, purpose=PURPOSE)
        carried = base64.urlsafe_b64encode(json.dumps(message, ensure_ascii=False).encode()).decode().rstrip("=")
        address = urlsplit(invitation.url)._replace(query=f"oob={carried}").geturl()
        return replace(invitation, message=message, url=address)

    async def prove(self, statement: Mapping[str, str]) -> dict[str, Any]:
        """A statement about the clinic itself, signed.

        Raises:
            AgentError: the agent does not answer.
        """
        await self._key()
        (signed,) = await self._agent.sign([dict(statement)], verification_method=self._method, purpose=PURPOSE)
        return signed

    async def _key(self) -> str:
        if not self._multikey:
            self._multikey = await self._agent.create_key(self._method)
        return self._multikey


def clinic_key_router(key: ClinicKey, did: str) -> APIRouter:
    """The document at the path its DID points to (did:web §3.2); whether this host is the DID's is the matter of who set it up.

    Raises:
        ConfigError: `desk.did`, not a did:web.
    """
    try:
        path = urlsplit(did_web_url(did)).path
    except FormatError as error:
        raise ConfigError("desk.did", "The clinic's DID is not a did:web.", "It looks like did:web:clinic.example.") from error
    router = APIRouter()

    @router.get(path)
    async def did_document() -> JSONResponse:
        return JSONResponse(await key.document(), media_type="application/did+json", headers=HEADERS)

    return router

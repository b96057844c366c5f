"""Admin routes of the plugin, all below `/medcred/`; on a multitenant agent each tenant sees its own wallet.

`register` is called by ACA-Py. What a route takes and gives is in `agents.plugin.bodies`, and so in the agent's swagger.json.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from acapy_agent.admin.decorators.auth import admin_authentication
from acapy_agent.wallet.base import BaseWallet
from acapy_agent.wallet.key_type import ED25519
from aiohttp import web

from agents.plugin import VERSION, bodies, exchange_routes
from agents.plugin.answers import route
from agents.plugin.checking import check_signed
from agents.plugin.data_integrity import JCS
from agents.plugin.holding import held
from agents.plugin.keys import bound_key
from agents.plugin.signing import sign_documents
from schemas.contexts import frozen_contexts
from schemas.errors import RefusedError, SourceError

DATABASE_SECONDS = 5.0
_making_key = asyncio.Lock()


@route("Is the plugin here, and does the database answer?", answer=bodies.Health(), who=admin_authentication)
async def health(request: web.Request) -> Any:
    """A real read of the wallet: ACA-Py's `/status/ready` stays green without a database."""
    profile = request["context"].profile
    async with asyncio.timeout(DATABASE_SECONDS), profile.session() as session:
        await session.handle.count("config")
    return {"plugin_version": VERSION, "contexts": len(frozen_contexts()), "database": True}


@route("The key bound to a verification method, made when there is none", body=bodies.NewKey(), answer=bodies.KeyAnswer())
async def create_key(request: web.Request) -> Any:
    """Repeating the call gives the same key."""
    kid = (await request.json())["kid"]
    # One at a time: two callers at once must not bind two keys to one name.
    async with _making_key, request["context"].profile.session() as session:
        multikey = await bound_key(session, kid)
        if multikey is None:
            await session.inject(BaseWallet).create_key(ED25519, kid=kid)
            multikey = await bound_key(session, kid)
    return {"kid": kid, "multikey": multikey}


@route("Sign many documents with one key in one call", body=bodies.SignBatch(), answer=bodies.SignedBatch())
async def sign(request: web.Request) -> Any:
    """Any JSON documents, with or without `@context`; each gets its own Data Integrity proof."""
    body = await request.json()
    signed = await sign_documents(
        request["context"].profile,
        body["documents"],
        verification_method=body["verification_method"],
        purpose=body.get("purpose", "assertionMethod"),
        cryptosuite=body.get("cryptosuite", JCS),
        created=body.get("created") or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return {"documents": signed}


@route("Does this document carry a signature by that DID?", body=bodies.SignedDocument(), answer=bodies.SignatureFinding())
async def check(request: web.Request) -> Any:
    """Pass, fail, or unknown when the DID document cannot be had. Nothing is believed of what the document says."""
    body = await request.json()
    try:
        keys = await check_signed(
            request["context"].profile,
            body["document"],
            controller=body["controller"],
            purpose=body.get("purpose", "assertionMethod"),
        )
    except (RefusedError, SourceError) as error:
        unread = isinstance(error, SourceError) or error.code == "proof.key_unresolved"
        result = "unknown" if unread else "fail"
        return {"result": result, "reason": error.code, "keys": {}}
    return {"result": "pass", "reason": "", "keys": keys}


@route("Everything this wallet holds", answer=bodies.HeldRecords())
async def held_credentials(request: web.Request) -> Any:
    """The stored credentials as they were issued."""
    records = await held(request["context"].profile)
    return {"results": [{"record_id": record_id, "credential": credential} for record_id, credential in records]}


async def register(app: web.Application) -> None:
    """Add our routes to the admin API."""
    app.add_routes(
        [
            web.get("/medcred/health", health, allow_head=False),
            web.post("/medcred/keys", create_key),
            web.post("/medcred/sign", sign),
            web.post("/medcred/check", check),
            web.get("/medcred/credentials", held_credentials, allow_head=False),
            *exchange_routes.ROUTES,
        ]
    )

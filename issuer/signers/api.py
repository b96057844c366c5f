"""Signers over HTTP.

    GET  /hospitals/{slug}/signers/{thumbprint}.cesr    the stream of a key, for everyone who has a record that it signed
    GET  /hospitals/{slug}/signers                      who signs; with a Bearer key, as all below
    POST /hospitals/{slug}/signers                      prepare a key: `{role, aid}` → the signer, and the statement to bind it
    POST /hospitals/{slug}/signers/{signer}/stream      `{stream}`, the newest stream: proves the role, or that it was revoked
    POST /hospitals/{slug}/signers/{signer}/leave       signs nothing more

Answers name nobody: who the signer is, the hospital knows by the identifier.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import StringConstraints

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.signers.registry import Signers
from issuer.views import Body, View
from schemas.errors import InputError
from verifier.identity.trusted import Aid
from verifier.identity.vlei.stream import MAX_STREAM

# Every quotation mark of a stream is two characters in JSON.
BODY_BYTES = 2 * MAX_STREAM + 64 * 1024
HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}


class SignerBody(Body):
    """Who is to sign: the role as the ECR credential says it, and the identifier to which that is issued."""

    role: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
    aid: Aid


class StreamBody(Body):
    """A CESR stream whose leaf is the signer's DID binding."""

    stream: str


class SignerView(View):
    """A signer as a caller sees it. `revoked` says whether the published stream tells of the leaving."""

    id: str
    role: str
    aid: str
    did: str
    thumbprint: str
    state: str
    credential: str | None
    prepared_at: datetime
    active_from: datetime | None
    left_at: datetime | None
    revoked: bool


class PreparedView(SignerView):
    """With the statement that the key has signed: what the identifier binds, `medcred vlei sandbox bind --statement`."""

    statement: dict[str, Any]


def router(context: IssuerContext) -> APIRouter:
    """Everything in the table above."""
    routes = APIRouter(tags=["signers"])
    signers = Signers(context)
    key = Depends(caller(context))

    @routes.get("/hospitals/{slug}/signers/{thumbprint}.cesr", response_class=Response)
    async def stream(slug: str, thumbprint: str) -> Response:
        """The stream that proves a signer's role."""
        return Response(await signers.published(slug, thumbprint), media_type="application/cesr", headers=HEADERS)

    @routes.get("/hospitals/{slug}/signers", dependencies=[key])
    async def listed(slug: str) -> list[SignerView]:
        """Who signs for a hospital, and who did."""
        return [SignerView.of(row) for row in await signers.of(slug)]

    @routes.post("/hospitals/{slug}/signers", status_code=201)
    async def prepare(slug: str, body: SignerBody, by: Annotated[Caller, key]) -> PreparedView:
        """Make a key for a signer."""
        row, statement = await signers.prepare(slug, role=body.role, aid=body.aid, who=by.who)
        return PreparedView.of(row, statement=statement)

    @routes.post("/hospitals/{slug}/signers/{signer}/stream")
    async def take(slug: str, signer: str, body: StreamBody, by: Annotated[Caller, key]) -> SignerView:
        """Take the newest stream of a signer."""
        if not body.stream.isascii():
            raise InputError("signer.stream", "This is not a CESR stream.", "It is ASCII text.")
        return SignerView.of(await signers.take_stream(slug, signer, body.stream.encode(), who=by.who))

    @routes.post("/hospitals/{slug}/signers/{signer}/leave")
    async def leave(slug: str, signer: str, by: Annotated[Caller, key]) -> SignerView:
        """Let a signer sign nothing more."""
        return SignerView.of(await signers.leave(slug, signer, who=by.who))

    return routes

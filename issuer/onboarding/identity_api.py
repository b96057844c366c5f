"""Proofs of identity over HTTP: what everyone may read of them, and how a hospital shows one.

    GET  /hospitals/{slug}/vlei.cesr            the CESR stream of its DID binding
    GET  /hospitals/{slug}/chain.pem            the certificate of its key and those above it
    POST /hospitals/{slug}/identity             show a stream or a chain; with a Bearer key
    POST /hospitals/{slug}/identity/look-again  read its newest stream from the place that it named
    GET  /hospitals/{slug}/keys                 the key it signs with and its next, as a DID binding names them; with a Bearer key

The trust list names the first two with a query, `?binding=` or `?leaf=`, that changes when the proof does: a copy that somebody
kept is never taken for another proof. Streams are `application/cesr`, as did:webs and keripy have it; PEM is
`application/pem-certificate-chain` (RFC 8555 §9.1).
"""

import base64
import binascii
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.onboarding.identity import CESR, prove_identity
from issuer.onboarding.key_proof import next_key
from issuer.onboarding.road_proofs import Shown
from issuer.onboarding.roads import CERTIFICATE, VLEI, bound, current_key, listed, roads_of
from issuer.onboarding.states import PUBLISHED_STATES
from issuer.onboarding.tables import Hospital, HospitalRoad
from issuer.views import Body, View
from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import InputError, NotFoundError
from schemas.keys import decode_multikey
from verifier.identity.trusted import Url
from verifier.identity.vlei.stream import MAX_STREAM

# Every quotation mark of a stream is two characters in JSON.
BODY_BYTES = 2 * MAX_STREAM + 64 * 1024
PEM = "application/pem-certificate-chain"
HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}


class ShownVlei(Body):
    """A CESR stream whose leaf is the hospital's DID binding; `source` is where the newest can always be read."""

    road: Literal["vlei"]
    stream: str
    source: Url | None = None


class ShownCertificate(Body):
    """A PEM file, the hospital's certificate first; `lists` are revocation lists in base64, if nobody publishes them."""

    road: Literal["certificate"]
    chain: str
    lists: list[str] = Field(default=[], max_length=8)


type ShownBody = Annotated[ShownVlei | ShownCertificate, Field(discriminator="road")]


class KeyToName(View):
    """A key as a DID binding names it: verification method and RFC 7638 thumbprint."""

    id: str
    jkt: str
    multikey: str


class KeysToName(View):
    """The key the hospital signs with, and the one that its next rotation leads to."""

    current: KeyToName
    next: KeyToName


def router(context: IssuerContext) -> APIRouter:
    """Everything in the table above but the hospital's own view, which the steps answer with."""
    routes = APIRouter()
    key = Depends(caller(context))

    @routes.get("/hospitals/{slug}/vlei.cesr", tags=["published"])
    async def stream(slug: str, binding: Annotated[str, Query(max_length=44)] = "") -> Response:
        """The CESR stream of a hospital's DID binding."""
        road = await _published(context, slug, VLEI, binding)
        return Response(road.content, media_type=CESR, headers=HEADERS)

    @routes.get("/hospitals/{slug}/chain.pem", tags=["published"])
    async def chain(slug: str, leaf: Annotated[str, Query(max_length=64)] = "") -> Response:
        """The certificate of a hospital's key and those above it."""
        road = await _published(context, slug, CERTIFICATE, leaf)
        return Response(road.content, media_type=PEM, headers=HEADERS)

    @routes.get("/hospitals/{slug}/keys", tags=["hospitals"], dependencies=[key])
    async def keys(slug: str) -> KeysToName:
        """The keys that a DID binding of this hospital must name, and those it had better name too."""
        async with context.database.begin() as session:
            hospital = await session.get(Hospital, slug)
            current = await current_key(session, slug)
        if hospital is None or current is None:
            raise NotFoundError(
                "hospital.no_key", "This hospital has proved no key yet.", "Take it to the proof of its key first."
            )
        identifier, multikey = await next_key(context, hospital)
        upcoming = KeyToName(id=identifier, jkt=ed25519_thumbprint(decode_multikey(multikey)), multikey=multikey)
        return KeysToName(current=KeyToName(**bound(current), multikey=current.multikey), next=upcoming)

    return routes


async def show_identity(context: IssuerContext, slug: str, by: Caller, body: ShownVlei | ShownCertificate) -> None:
    """Take what a caller shows of a hospital.

    Raises:
        InputError: `identity.not_text`, `identity.base64`. Others as `prove_identity`.
    """
    if isinstance(body, ShownVlei):
        shown = Shown(VLEI, _ascii(body.stream), body.source)
    else:
        shown = Shown(CERTIFICATE, _ascii(body.chain), lists=tuple(_binary(each) for each in body.lists))
    await prove_identity(context, slug, who=by.who, shown=shown)


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise InputError(
            "identity.not_text", "A stream or a chain of certificates is ASCII text.", "Send the file as it was exported."
        ) from error


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InputError("identity.base64", "A revocation list is not base64.", "Encode it without line breaks.") from error


async def _published(context: IssuerContext, slug: str, kind: str, which: str) -> HospitalRoad:
    async with context.database.begin() as session:
        hospital = await session.get(Hospital, slug)
        if hospital is not None and hospital.state in PUBLISHED_STATES:
            named = listed(await roads_of(session, slug), await current_key(session, slug))
            # The last one is about the key that the hospital signs with now.
            for road in reversed(named):
                if road.road == kind and which in ("", road.binding, road.sha256):
                    return road
    raise NotFoundError(
        "identity.not_published", "No such proof is published here.", "The trust list says by which road a hospital is known."
    )

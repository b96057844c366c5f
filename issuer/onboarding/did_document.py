"""The hospital's did:web document (W3C DID 1.0 §5, Controlled Identifiers 1.0 §2.2.2 Multikey), served where its DID points.

Every key the hospital ever signed with stays in it, because what it signed is still to be checked; a key that was replaced
carries `expires`. The document says nothing of trust: whether this hospital is believed, and which key when, is in the
trust list.

It points back at what proves who the hospital is, so that a binding is not one-sided: `alsoKnownAs` names the vLEI identifier as
a did:webs, a service says where its CESR stream is, and a certificate stands in the JWK of a second method over the same key, in
no verification relationship because nothing is signed under its name (ADR 8).
Refused (404): a hospital that is not approved, whose keys nobody has to check yet; a clinic, which publishes its own.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, select

from issuer.context import IssuerContext
from issuer.onboarding.roads import VLEI, current_key, listed, roads_of
from issuer.onboarding.states import PUBLISHED_STATES
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad
from schemas.errors import FormatError, NotFoundError
from schemas.keys import decode_multikey
from verifier.identity.did import did_web_url
from verifier.identity.x509.certificate import read_certificates
from verifier.identity.x509.x5c import write_x5c

CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
JWK_CONTEXT = "https://w3id.org/security/jwk/v1"
HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}


def did_document(did: str, keys: Sequence[HospitalKey], roads: Sequence[HospitalRoad] = (), stream: str = "") -> dict[str, Any]:
    """The document of `did` with these keys.

    Args:
        roads: those by which the hospital is known for the key it signs with.
        stream: where its CESR stream is published.
    """
    methods = []
    for key in keys:
        method = {"id": key.id, "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey}
        if key.valid_until is not None:
            method["expires"] = _stamp(key.valid_until)
        methods.append(method)
    document = {"@context": CONTEXTS, "id": did, "verificationMethod": methods, "assertionMethod": [key.id for key in keys]}
    for road in roads:
        if road.road == VLEI:
            host = did.removeprefix("did:web:").partition(":")[0]
            document["alsoKnownAs"] = [f"did:webs:{host}:{road.aid}"]
            document["service"] = [{"id": f"{did}#vlei", "type": "VleiCredentialStream", "serviceEndpoint": stream}]
        else:
            document["@context"] = [*CONTEXTS, JWK_CONTEXT]
            methods.append(_certified(did, next(key for key in keys if key.id == road.keys[0]["id"]), road))
    return document


def _certified(did: str, key: HospitalKey, road: HospitalRoad) -> dict[str, Any]:
    """A key as a JWK with its certificates (RFC 7517 §4.7)."""
    x = base64.urlsafe_b64encode(decode_multikey(key.multikey)).decode().rstrip("=")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "x5c": write_x5c(read_certificates(road.content))}
    return {"id": f"{key.id}-x509", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}


def router(context: IssuerContext) -> APIRouter:
    """`/hospitals/{slug}/did.json`, and `/.well-known/did.json` for the hospital whose DID is this host itself."""
    routes = APIRouter(tags=["published"])

    @routes.get("/hospitals/{slug}/did.json")
    async def by_path(slug: str) -> JSONResponse:
        """The DID document of a hospital."""
        return await _answer(context, Hospital.slug == slug)

    @routes.get("/.well-known/did.json")
    async def by_host() -> JSONResponse:
        """The DID document of the hospital whose did:web has no path."""
        here = f"{context.settings.public_url}/.well-known/did.json"
        own = [hospital.did for hospital in context.settings.hospitals if _place(hospital.did) == here]
        return await _answer(context, Hospital.did.in_(own))

    return routes


async def _answer(context: IssuerContext, which: ColumnElement[bool]) -> JSONResponse:
    async with context.database.begin() as session:
        ours = Hospital.slug.in_([hospital.slug for hospital in context.settings.hospitals])
        hospital = await session.scalar(select(Hospital).where(which, ours, Hospital.state.in_(PUBLISHED_STATES)))
        if hospital is None:
            raise NotFoundError(
                "hospital.not_published", "No DID document is published here.", "The hospital is not approved yet."
            )
        keys = await session.scalars(
            select(HospitalKey).where(HospitalKey.hospital == hospital.slug).order_by(HospitalKey.valid_from, HospitalKey.id)
        )
        roads = listed(await roads_of(session, hospital.slug), await current_key(session, hospital.slug))
        stream = f"{context.settings.public_url}/hospitals/{hospital.slug}/vlei.cesr"
        document = did_document(hospital.did, keys.all(), roads, stream)
    return JSONResponse(document, media_type="application/did+json", headers=HEADERS)


def _place(did: str) -> str:
    try:
        return did_web_url(did)
    except FormatError:
        return ""


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

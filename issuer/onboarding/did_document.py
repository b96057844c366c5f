"""The hospital's did:web document (W3C DID 1.0 §5, Controlled Identifiers 1.0 §2.2.2 Multikey), served where its DID points.

Every key the hospital ever signed with stays in it, because what it signed is still to be checked; a key that was replaced
carries `expires`. The document says nothing of trust: whether this hospital is believed, and which key when, is in the
trust list.
Refused (404): a hospital that is not approved, whose keys nobody has to check yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, select

from issuer.context import IssuerContext
from issuer.onboarding.states import PUBLISHED_STATES
from issuer.onboarding.tables import Hospital, HospitalKey
from schemas.errors import FormatError, NotFoundError
from verifier.identity.did import did_web_url

CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}


def did_document(did: str, keys: Sequence[HospitalKey]) -> dict[str, Any]:
    """The document of `did` with these keys."""
    methods = []
    for key in keys:
        method = {"id": key.id, "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey}
        if key.valid_until is not None:
            method["expires"] = _stamp(key.valid_until)
        methods.append(method)
    return {"@context": CONTEXTS, "id": did, "verificationMethod": methods, "assertionMethod": [key.id for key in keys]}


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
        hospital = await session.scalar(select(Hospital).where(which, Hospital.state.in_(PUBLISHED_STATES)))
        if hospital is None:
            raise NotFoundError(
                "hospital.not_published", "No DID document is published here.", "The hospital is not approved yet."
            )
        keys = await session.scalars(
            select(HospitalKey).where(HospitalKey.hospital == hospital.slug).order_by(HospitalKey.valid_from, HospitalKey.id)
        )
        document = did_document(hospital.did, keys.all())
    return JSONResponse(document, media_type="application/did+json", headers=HEADERS)


def _place(did: str) -> str:
    try:
        return did_web_url(did)
    except FormatError:
        return ""


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Onboarding over HTTP: what is published for everyone, and a hospital's steps for callers with a Bearer key.

    GET  /hospitals/{slug}/did.json · /.well-known/did.json · /trust.json · /trust/authorization     for everyone
    POST /hospitals                                                            apply
    GET  /hospitals/{slug}                                                     where it stands, and its history
    GET  /hospitals/{slug}/{vlei.cesr|chain.pem|keys} · POST /hospitals/{slug}/identity[/look-again]     see `identity_api`
    POST /hospitals/{slug}/challenge                                           what a clinic is to sign; answered in prove-did
    POST /hospitals/{slug}/{check-lei|prove-did|approve|activate|rotate-key|send-back|suspend|reinstate}

The history names the caller as `api:<name of the key>`; an approval needs another key than the application.
`check-lei` on a bound hospital reads its record again.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.onboarding import authorization, did_document, identity_api, trust_list
from issuer.onboarding.bindings import Bindings
from issuer.onboarding.checks import api as checks
from issuer.onboarding.identity import look_again
from issuer.onboarding.roads import listed, roads_of
from issuer.onboarding.states import LISTED_STATES, Reason
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalStep
from issuer.onboarding.watch import approve_and_activate, read_lei_again
from issuer.views import Body, View
from schemas.errors import NotFoundError


class Application(Body):
    """A hospital of the settings; name and LEI are the settings' unless given."""

    slug: str
    name: str = ""
    lei: str = ""


class Approval(Body):
    accept_name_difference: bool = False


class KeyProof(Body):
    """A clinic's signature on the challenge it was given; a hospital's agent is asked from here and needs none."""

    signed: dict[str, Any] | None = None


class Suspension(Body):
    reason: Reason


class StepView(View):
    """One line of the history."""

    at: datetime
    who: str
    step: str
    from_state: str | None
    to_state: str
    reason: str
    rests_on: dict[str, str] | None


class KeyView(View):
    id: str
    multikey: str
    valid_from: datetime
    valid_until: datetime | None


class RoadView(View):
    """A road by which the hospital is known, for the key it signs with; `ended_at` when a revocation was seen."""

    road: str
    aid: str | None
    credential: str | None
    binding: str | None
    sha256: str | None
    not_after: datetime | None
    source: str | None
    checked_at: datetime
    ended_at: datetime | None


class HospitalView(View):
    """A hospital as a caller sees it."""

    slug: str
    name: str
    lei: str
    jurisdiction: str
    did: str
    state: str
    blocked: str | None
    name_match: str | None
    lei_record: dict[str, Any] | None
    lei_checked_at: datetime | None
    next_renewal: datetime | None
    keys: list[KeyView]
    identity: list[RoadView]
    history: list[StepView]


def router(context: IssuerContext) -> APIRouter:
    """Everything in the table above."""
    routes = APIRouter()
    routes.include_router(did_document.router(context))
    routes.include_router(trust_list.router(context))
    routes.include_router(authorization.router(context))
    routes.include_router(identity_api.router(context))
    routes.include_router(checks.router(context))
    routes.include_router(_steps(context), tags=["hospitals"])
    return routes


def _steps(context: IssuerContext) -> APIRouter:
    routes = APIRouter()
    bindings = Bindings(context)
    key = Depends(caller(context))

    @routes.post("/hospitals", status_code=201)
    async def apply(body: Application, by: Annotated[Caller, key]) -> HospitalView:
        """Apply for a hospital, or correct the application."""
        by.require(body.slug)
        await bindings.apply(body.slug, who=by.who, name=body.name, lei=body.lei)
        return await hospital_view(context, body.slug)

    @routes.get("/hospitals/{slug}", dependencies=[key])
    async def read(slug: str) -> HospitalView:
        """Where a hospital stands."""
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/check-lei")
    async def check_lei(slug: str, by: Annotated[Caller, key]) -> HospitalView:
        """Check the LEI of an application, or read that of a bound hospital again."""
        if (await hospital_view(context, slug)).state in LISTED_STATES:
            await read_lei_again(context, slug)
        else:
            await bindings.check_lei(slug, who=by.who)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/challenge", dependencies=[key])
    async def challenge(slug: str) -> dict[str, str]:
        """The statement that a clinic is to sign."""
        return await bindings.challenge(slug)

    @routes.post("/hospitals/{slug}/prove-did")
    async def prove_did(slug: str, by: Annotated[Caller, key], body: KeyProof | None = None) -> HospitalView:
        """Let the hospital's agent prove the key it will sign with; a clinic's own signature is in the body."""
        await bindings.prove_did(slug, who=by.who, signed=body.signed if body else None)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/identity")
    async def identity(slug: str, body: identity_api.ShownBody, by: Annotated[Caller, key]) -> HospitalView:
        """Show by which road the hospital is the legal entity of its LEI; again for every new key, and to renew."""
        await identity_api.show_identity(context, slug, by, body)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/identity/look-again", dependencies=[key])
    async def look(slug: str) -> HospitalView:
        """Read the hospital's newest stream from the place that it named."""
        await look_again(context, slug)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/approve")
    async def approve(slug: str, by: Annotated[Caller, key], body: Approval | None = None) -> HospitalView:
        """Approve as a second person; the hospital is active as soon as its DID document can be read."""
        accepted = body is not None and body.accept_name_difference
        await approve_and_activate(context, slug, who=by.who, accept_name_difference=accepted)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/activate", dependencies=[key])
    async def activate(slug: str) -> HospitalView:
        """Try again to make an approved hospital active."""
        await bindings.activate(slug)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/rotate-key")
    async def rotate_key(slug: str, by: Annotated[Caller, key], body: KeyProof | None = None) -> HospitalView:
        """Sign with a new key from now on; a clinic's own signature is in the body."""
        await bindings.rotate_key(slug, who=by.who, signed=body.signed if body else None)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/send-back")
    async def send_back(slug: str, by: Annotated[Caller, key]) -> HospitalView:
        """Send an application back to the applicant."""
        await bindings.send_back(slug, who=by.who)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/suspend")
    async def suspend(slug: str, body: Suspension, by: Annotated[Caller, key]) -> HospitalView:
        """Stop a hospital at once."""
        await bindings.suspend(slug, who=by.who, reason=body.reason)
        return await hospital_view(context, slug)

    @routes.post("/hospitals/{slug}/reinstate")
    async def reinstate(slug: str, by: Annotated[Caller, key]) -> HospitalView:
        """End a suspension, as another than the one who imposed it."""
        await bindings.reinstate(slug, who=by.who)
        return await hospital_view(context, slug)

    return routes


async def hospital_view(context: IssuerContext, slug: str) -> HospitalView:
    """A hospital with its keys and history.

    Raises:
        NotFoundError: `hospital.unknown`.
    """
    async with context.database.begin() as session:
        row = await session.get(Hospital, slug)
        if row is None:
            raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
        keys = list(
            await session.scalars(select(HospitalKey).where(HospitalKey.hospital == slug).order_by(HospitalKey.valid_from))
        )
        roads = listed(await roads_of(session, slug), next((key for key in keys if key.valid_until is None), None))
        steps = await session.scalars(select(HospitalStep).where(HospitalStep.hospital == slug).order_by(HospitalStep.id))
        return HospitalView.of(
            row,
            keys=[KeyView.of(key) for key in keys],
            identity=[RoadView.of(road) for road in roads],
            history=[StepView.of(step) for step in steps],
        )

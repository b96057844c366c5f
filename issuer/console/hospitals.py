"""A hospital's way to trust, as its staff see it: the steps, what holds the next one up, the LEI record beside its own words.

Every change goes through `issuer.onboarding.bindings`; this module only asks who may, and writes down who did.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from issuer.console.parts import Console, choice, go
from issuer.onboarding.api import HospitalView, hospital_view
from issuer.onboarding.bindings import Bindings
from issuer.onboarding.checks.checklist import checklist
from issuer.onboarding.checks.notices import notices_of
from issuer.onboarding.states import SUSPENSION_REASONS, HospitalState, Reason
from issuer.onboarding.watch import approve_and_activate, read_lei_again
from issuer.staff import Duty, Member
from schemas.errors import NotFoundError
from verifier.identity.lei import check_digits_ok
from web.sessions import FormGuard

WAY = (
    HospitalState.APPLIED,
    HospitalState.LEI_CHECKED,
    HospitalState.DID_PROVED,
    HospitalState.APPROVED,
    HospitalState.ACTIVE,
)


def router(console: Console) -> APIRouter:
    """The list, one hospital, and the forms on its page."""
    routes = APIRouter()
    context, roll = console.context, console.roll
    bindings = Bindings(context)
    configured = {applicant.slug: applicant for applicant in context.settings.applicants}

    @routes.get("/console/hospitals")
    async def all_hospitals(request: Request, _: Annotated[Member, roll.signed_in()]) -> Response:
        return console.show(
            request,
            "hospitals.html",
            section="hospitals",
            configured=list(configured.values()),
            bound=await console.hospitals(),
            registrar=context.settings.registrar,
            clinics={clinic.slug for clinic in context.settings.clinics},
        )

    @routes.get("/console/hospitals/{slug}")
    async def hospital(request: Request, slug: str, _: Annotated[Member, roll.signed_in()]) -> Response:
        if slug not in configured:
            raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
        view: HospitalView | None = None
        if slug in await console.hospitals():
            view = await hospital_view(context, slug)
        async with context.database.begin() as session:
            known = await checklist(session, context, slug)
            seen = await notices_of(session, slug)
        return console.show(
            request,
            "hospital.html",
            section="hospitals",
            configured=configured[slug],
            clinic=context.settings.is_clinic(slug),
            hospital=view,
            way=WAY,
            reached=_reached(view),
            reasons=SUSPENSION_REASONS,
            known=known,
            notices=seen,
            held=known.missing if context.settings.checklist_required else (),
            applicant=next((step.who for step in reversed(view.history) if step.step == "apply"), "") if view else "",
            check_digits=check_digits_ok(view.lei if view else configured[slug].lei),
        )

    @routes.post("/console/hospitals/{slug}/apply", dependencies=[FormGuard])
    async def apply(
        request: Request,
        slug: str,
        member: Annotated[Member, roll.signed_in(Duty.ONBOARD)],
        name: Annotated[str, Form(max_length=200)] = "",
        lei: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        async with console.change(request, member, "hospital.apply", slug):
            await bindings.apply(slug, who=member.name, name=name, lei=lei.strip().upper())
        return go(f"/console/hospitals/{slug}")

    def step(path: str, duty: Duty, action: str, work: Callable[[str, str], Awaitable[object]]) -> None:
        """A form with one button: `work` is given the slug and the name of who pressed it."""

        @routes.post(f"/console/hospitals/{{slug}}/{path}", dependencies=[FormGuard])
        async def pressed(request: Request, slug: str, member: Annotated[Member, roll.signed_in(duty)]) -> Response:
            async with console.change(request, member, action, slug):
                await work(slug, member.name)
            return go(f"/console/hospitals/{slug}")

    step("check-lei", Duty.ONBOARD, "hospital.check_lei", lambda slug, who: bindings.check_lei(slug, who=who))
    step("read-lei", Duty.ONBOARD, "hospital.read_lei", lambda slug, _: read_lei_again(context, slug))
    step("prove-did", Duty.ONBOARD, "hospital.prove_did", lambda slug, who: bindings.prove_did(slug, who=who))
    step("activate", Duty.ONBOARD, "hospital.activate", lambda slug, _: bindings.activate(slug))
    step("rotate-key", Duty.ONBOARD, "hospital.rotate_key", lambda slug, who: bindings.rotate_key(slug, who=who))
    step("send-back", Duty.APPROVE, "hospital.send_back", lambda slug, who: bindings.send_back(slug, who=who))
    step("reinstate", Duty.APPROVE, "hospital.reinstate", lambda slug, who: bindings.reinstate(slug, who=who))

    @routes.post("/console/hospitals/{slug}/approve", dependencies=[FormGuard])
    async def approve(
        request: Request,
        slug: str,
        member: Annotated[Member, roll.signed_in(Duty.APPROVE)],
        names_compared: Annotated[str, Form(max_length=3)] = "",
    ) -> Response:
        async with console.change(request, member, "hospital.approve", slug):
            await approve_and_activate(context, slug, who=member.name, accept_name_difference=names_compared == "yes")
        return go(f"/console/hospitals/{slug}")

    @routes.post("/console/hospitals/{slug}/suspend", dependencies=[FormGuard])
    async def suspend(
        request: Request,
        slug: str,
        member: Annotated[Member, roll.signed_in(Duty.APPROVE)],
        reason: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        async with console.change(request, member, "hospital.suspend", slug):
            await bindings.suspend(slug, who=member.name, reason=choice(Reason, reason))
        return go(f"/console/hospitals/{slug}")

    return routes


def _reached(view: HospitalView | None) -> int:
    """How many of the steps in WAY are behind the hospital."""
    if view is None:
        return 0
    state = HospitalState(view.state)
    return WAY.index(state) + 1 if state in WAY else len(WAY)

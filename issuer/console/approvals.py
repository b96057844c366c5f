"""What waits for a second person: hospitals whose key is proved, revocations that someone asked for, what the watch tells."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from issuer.console.parts import Console, go
from issuer.onboarding.checks.notices import to_tell
from issuer.onboarding.states import HospitalState
from issuer.staff import Duty, Member
from issuer.status.changes import approve_change, refuse_change, waiting_changes
from issuer.status.tables import LARGEST_CHANGE
from schemas.errors import NotFoundError
from web.sessions import FormGuard


def router(console: Console) -> APIRouter:
    """The list and its two buttons."""
    routes = APIRouter()
    context, roll = console.context, console.roll

    @routes.get("/console/approvals")
    async def waiting(request: Request, _: Annotated[Member, roll.signed_in()]) -> Response:
        async with context.database.begin() as session:
            changes = await waiting_changes(session)
            told = await to_tell(session)
        bound = await console.hospitals()
        hospitals = [one for one in bound.values() if one.state == HospitalState.DID_PROVED]
        return console.show(
            request, "approvals.html", section="approvals", changes=changes, hospitals=hospitals, notices=told, bound=bound
        )

    @routes.post("/console/approvals/{change}/{decision}", dependencies=[FormGuard])
    async def decide(
        request: Request,
        change: Annotated[int, Path(ge=1, le=LARGEST_CHANGE)],
        decision: str,
        member: Annotated[Member, roll.signed_in(Duty.APPROVE)],
    ) -> Response:
        decide_with = {"approve": approve_change, "refuse": refuse_change}.get(decision)
        if decide_with is None:
            raise NotFoundError("http.404", "There is nothing at this address.")
        async with console.change(request, member, f"status.{decision}", str(change)) as about:
            about["subject"] = (await decide_with(context, change, by=member.name)).credential
        return go("/console/approvals")

    return routes

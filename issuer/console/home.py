"""The first page: what happened today, what waits for a hand, and whether the parts behind it answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.console import health
from issuer.console.parts import Console, begin_of_day
from issuer.console.previews import forget_old
from issuer.console.queries import WHERE, Shown
from issuer.issuing.tables import Credential
from issuer.onboarding.states import HospitalState
from issuer.onboarding.tables import Hospital
from issuer.staff import Member
from issuer.status.changes import waiting_changes


@dataclass(frozen=True)
class Today:
    """How many credentials each list of the credentials page holds; approvals that wait for a second person."""

    counts: Mapping[Shown, int]
    approvals: int


def router(console: Console) -> APIRouter:
    """GET /."""
    routes = APIRouter()

    @routes.get("/")
    async def home(request: Request, _: Annotated[Member, console.roll.signed_in()]) -> Response:
        context = console.context
        await forget_old(context)
        bound = await console.hospitals()
        async with context.database.begin() as session:
            today = await _today(session, bound, begin_of_day(context.clock.now()))
        return console.show(
            request,
            "home.html",
            section="home",
            today=today,
            configured=context.settings.hospitals,
            bound=bound,
            agents=await health.agents(context),
            witnessing=await health.witnessing(context),
        )

    return routes


async def _today(session: AsyncSession, bound: Mapping[str, Hospital], midnight: datetime) -> Today:
    counts = {}
    for shown, where in WHERE.items():
        counts[shown] = await session.scalar(select(func.count()).select_from(Credential).where(where(midnight))) or 0
    to_approve = sum(hospital.state == HospitalState.DID_PROVED for hospital in bound.values())
    return Today(counts, to_approve + len(await waiting_changes(session)))

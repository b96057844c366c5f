"""The pages of the checklist: papers and who checked them, names side by side, the look for duplicates, what runs out when.

A clerk sees how far it is; what papers say and where they are kept is for those who put in, check, approve and audit. Files are
read for their digest and forgotten; neither their names nor anybody's are in an address or an error.
"""

import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response, UploadFile

from issuer.console import checks_words
from issuer.console.parts import Console, choice, go
from issuer.onboarding.checks import duplicates, evidence, notices
from issuer.onboarding.checks.api import calendar_answer, zip_answer
from issuer.onboarding.checks.calendar import WINDOWS, What, dues
from issuer.onboarding.checks.checklist import checklist
from issuer.onboarding.checks.names import NameReason, Source, accept_difference
from issuer.onboarding.checks.report import make_package
from issuer.onboarding.checks.slots import FIELDS, NEEDED_FIELDS, PAPERS, Absent, SentBack, Slot
from issuer.staff import Duty, Member, Role
from schemas.errors import InputError
from web.language import language_of
from web.sessions import FormGuard

LARGEST_NOTICE = 2**31 - 1
ACCEPT = "accept"


def router(console: Console) -> APIRouter:
    """The checklist of one hospital and its forms; the calendar; notices that somebody has seen."""
    routes = APIRouter()
    context, roll = console.context, console.roll
    context.pages.environment.globals |= {"check_words": checks_words}

    def back(slug: str) -> Response:
        return go(f"/console/hospitals/{slug}/checks")

    @routes.get("/console/hospitals/{slug}/checks")
    async def page(request: Request, slug: str, member: Annotated[Member, roll.signed_in()]) -> Response:
        async with context.database.begin() as session:
            known = await checklist(session, context, slug)
        return console.show(
            request,
            "checks.html",
            section="hospitals",
            known=known,
            papers=PAPERS,
            fields=FIELDS,
            needed=NEEDED_FIELDS,
            sees=member.role is not Role.CLERK,
            sent_back=list(SentBack),
            name_reasons=list(NameReason),
            outcomes=list(duplicates.Outcome),
            accept=ACCEPT,
        )

    @routes.post("/console/hospitals/{slug}/checks/{slot}", dependencies=[FormGuard])
    async def put_in(
        request: Request,
        slug: str,
        slot: Slot,
        member: Annotated[Member, roll.signed_in(Duty.ONBOARD)],
        file: UploadFile | None = None,
        filed: Annotated[str, Form(max_length=400)] = "",
        valid_until: Annotated[str, Form(max_length=10)] = "",
        absent: Annotated[str, Form(max_length=24)] = "",
    ) -> Response:
        async with console.change(request, member, "checks.put_in", slug):
            if absent:
                await evidence.not_applicable(context, slug, slot, choice(Absent, absent), who=member.name)
            else:
                form = await request.form()
                stated = {name: str(form.get(f"stated_{name}", "")) for name in FIELDS.get(slot, ())}
                digest, size = await _digest(file)
                paper = evidence.Paper(digest, size, filed, stated, _day(valid_until))
                await evidence.put_in(context, slug, slot, paper, who=member.name)
        return back(slug)

    @routes.post("/console/hospitals/{slug}/checks/{slot}/{number}", dependencies=[FormGuard])
    async def decide(
        request: Request,
        slug: str,
        slot: Slot,
        number: str,
        member: Annotated[Member, roll.signed_in(Duty.ONBOARD)],
        result: Annotated[str, Form(max_length=24)] = "",
        file: UploadFile | None = None,
    ) -> Response:
        async with console.change(request, member, "checks.check", slug):
            sent_back = None if result == ACCEPT else choice(SentBack, result)
            digest, size = await _digest(file)
            await evidence.check(context, slug, number, who=member.name, sent_back=sent_back, sha256=digest if size else None)
        return back(slug)

    @routes.post("/console/hospitals/{slug}/names", dependencies=[FormGuard])
    async def names(
        request: Request,
        slug: str,
        member: Annotated[Member, roll.signed_in(Duty.ONBOARD)],
        source: Annotated[str, Form(max_length=24)] = "",
        other: Annotated[str, Form(max_length=1000)] = "",
        reason: Annotated[str, Form(max_length=24)] = "",
    ) -> Response:
        async with console.change(request, member, "checks.names", slug), context.database.begin() as session:
            known = await checklist(session, context, slug)
            accept_difference(
                session,
                context.clock,
                known.about,
                known.names,
                source=choice(Source, source),
                other=other,
                reason=choice(NameReason, reason),
                who=member.name,
            )
        return back(slug)

    @routes.post("/console/hospitals/{slug}/duplicates", dependencies=[FormGuard])
    async def search(request: Request, slug: str, member: Annotated[Member, roll.signed_in(Duty.ONBOARD)]) -> Response:
        async with console.change(request, member, "checks.search", slug):
            await duplicates.search(context, slug, who=member.name)
        return back(slug)

    @routes.post("/console/hospitals/{slug}/duplicates/{number}", dependencies=[FormGuard])
    async def outcome(
        request: Request,
        slug: str,
        number: str,
        member: Annotated[Member, roll.signed_in(Duty.ONBOARD)],
        found: Annotated[str, Form(max_length=24)] = "",
    ) -> Response:
        async with console.change(request, member, "checks.outcome", slug):
            await duplicates.decide(context, slug, number, choice(duplicates.Outcome, found), who=member.name)
        return back(slug)

    @routes.post("/console/hospitals/{slug}/hand-over", dependencies=[FormGuard])
    async def hand_over(request: Request, slug: str, member: Annotated[Member, roll.signed_in(Duty.ONBOARD)]) -> Response:
        made = b""
        async with console.change(request, member, "checks.hand_over", slug):
            made = await make_package(context, slug, language=language_of(request))
        return zip_answer(made, slug) if made else back(slug)

    @routes.get("/console/calendar")
    async def calendar(request: Request, _: Annotated[Member, roll.signed_in()]) -> Response:
        async with context.database.begin() as session:
            found = await dues(session, [one.slug for one in context.settings.applicants])
        today = context.clock.now().date()
        windows = {window: [due for due in found if due.window(today) == window] for window in (0, *WINDOWS, None)}
        return console.show(request, "calendar.html", section="hospitals", windows=windows, today=today)

    @routes.get("/console/calendar.ics")
    async def calendar_file(request: Request, _: Annotated[Member, roll.signed_in()]) -> Response:
        titles = {what: console.say(request, checks_words.DUES[what]) for what in What}
        return await calendar_answer(context, [one.slug for one in context.settings.applicants], titles)

    @routes.post("/console/notices/{number}/seen", dependencies=[FormGuard])
    async def seen(
        request: Request,
        number: Annotated[int, Path(ge=1, le=LARGEST_NOTICE)],
        member: Annotated[Member, roll.signed_in(Duty.APPROVE)],
    ) -> Response:
        async with console.change(request, member, "notice.seen", str(number)) as about:
            about["subject"] = await notices.seen(context, number, who=member.name)
        return go("/console/approvals")

    return routes


async def _digest(file: UploadFile | None) -> tuple[str, int]:
    """SHA-256 and size of an uploaded file, read piece by piece; nothing of it is kept."""
    digest, size = hashlib.sha256(), 0
    while file is not None and size <= evidence.LARGEST and (piece := await file.read(2**20)):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("form.date", "This is not a date.", "Give it as year-month-day.") from error

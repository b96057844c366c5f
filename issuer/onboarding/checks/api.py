"""The checks over HTTP, for callers with a Bearer key. Where a paper is kept and what it says are shown at the console only.

GET  /hospitals/{slug}/checklist                          every slot, the names, the look for duplicates, what is missing
POST /hospitals/{slug}/evidence/{slot}                    put a paper in: its digest, where it is kept, what it says
POST /hospitals/{slug}/evidence/{slot}/not-applicable     say that there is none, and why
POST /hospitals/{slug}/evidence/{slot}/{number}/check     accept it or send it back
POST /hospitals/{slug}/names                              accept a difference between two names
POST /hospitals/{slug}/duplicates                         look for the hospital in the LEI register
POST /hospitals/{slug}/duplicates/{number}                record the outcome
POST /hospitals/{slug}/hand-over                          the signed package for an LEI issuer, as a ZIP file
GET  /hospitals/{slug}/notices                            what the watch saw and did
GET  /onboarding/calendar.ics                             what runs out when (RFC 5545)
"""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.onboarding.checks import duplicates, evidence
from issuer.onboarding.checks.calendar import What, dues, icalendar
from issuer.onboarding.checks.checklist import checklist
from issuer.onboarding.checks.names import NameReason, Source, accept_difference
from issuer.onboarding.checks.notices import notices_of
from issuer.onboarding.checks.report import make_package, report
from issuer.onboarding.checks.slots import Absent, SentBack, Slot
from issuer.views import Body, View
from web.language import Language

TITLES: dict[What, str] = {
    What.LEI: "LEI renewal",
    What.REGISTRY_EXTRACT: "Registry extract",
    What.LICENCE: "Licence",
    What.ADDRESS: "Proof of address",
    What.AUTHORITY: "Authority to sign",
    What.CERTIFICATE: "LEI certificate",
    What.VLEI_REVIEW: "Review of the vLEI",
}


class PaperBody(Body):
    """A paper: the file's SHA-256 digest and size, where it is kept, and what it says by the slot's fields."""

    sha256: str = Field(max_length=64)
    size: int
    filed: str = Field(max_length=400)
    stated: dict[str, str] = Field(default={}, max_length=8)
    valid_until: date | None = None


class AbsentBody(Body):
    reason: Absent


class CheckBody(Body):
    """No `sent_back` accepts. `sha256` is the digest of the file that was looked at."""

    sent_back: SentBack | None = None
    sha256: str | None = Field(default=None, max_length=64)


class NameBody(Body):
    source: Source
    other: str = Field(max_length=1000)
    reason: NameReason


class OutcomeBody(Body):
    outcome: duplicates.Outcome


class Made(View):
    """The number of what was made."""

    id: str


class NoticeView(View):
    """Something the watch saw, and what it did."""

    at: datetime
    event: str
    action: str
    over_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None


def router(context: IssuerContext) -> APIRouter:
    """Everything in the table above."""
    routes = APIRouter(tags=["checks"])
    key = Depends(caller(context))

    async def told(slug: str) -> dict[str, Any]:
        async with context.database.begin() as session:
            return report(await checklist(session, context, slug))

    @routes.get("/hospitals/{slug}/checklist", dependencies=[key])
    async def read(slug: str) -> dict[str, Any]:
        """The checklist as it is now."""
        return await told(slug)

    @routes.post("/hospitals/{slug}/evidence/{slot}", status_code=201)
    async def put_in(slug: str, slot: Slot, body: PaperBody, by: Annotated[Caller, key]) -> Made:
        """Put a paper into a slot."""
        paper = evidence.Paper(body.sha256, body.size, body.filed, body.stated, body.valid_until)
        return Made(id=await evidence.put_in(context, slug, slot, paper, who=by.who))

    @routes.post("/hospitals/{slug}/evidence/{slot}/not-applicable", status_code=201)
    async def absent(slug: str, slot: Slot, body: AbsentBody, by: Annotated[Caller, key]) -> Made:
        """Say that a slot needs no paper."""
        return Made(id=await evidence.not_applicable(context, slug, slot, body.reason, who=by.who))

    @routes.post("/hospitals/{slug}/evidence/{slot}/{number}/check")
    async def check(slug: str, slot: Slot, number: str, body: CheckBody, by: Annotated[Caller, key]) -> dict[str, Any]:
        """Accept a paper, or send it back."""
        await evidence.check(context, slug, number, who=by.who, sent_back=body.sent_back, sha256=body.sha256)
        return await told(slug)

    @routes.post("/hospitals/{slug}/names")
    async def names(slug: str, body: NameBody, by: Annotated[Caller, key]) -> dict[str, Any]:
        """Take a difference between the applied name and another for the same legal entity."""
        async with context.database.begin() as session:
            known = await checklist(session, context, slug)
            accept_difference(
                session,
                context.clock,
                known.about,
                known.names,
                source=body.source,
                other=body.other,
                reason=body.reason,
                who=by.who,
            )
        return await told(slug)

    @routes.post("/hospitals/{slug}/duplicates", status_code=201)
    async def look(slug: str, by: Annotated[Caller, key]) -> dict[str, Any]:
        """Look for the hospital in the LEI register; takes some seconds."""
        number = await duplicates.search(context, slug, who=by.who)
        found: dict[str, Any] = (await told(slug))["duplicates"]
        return {"id": number} | found

    @routes.post("/hospitals/{slug}/duplicates/{number}")
    async def decide(slug: str, number: str, body: OutcomeBody, by: Annotated[Caller, key]) -> dict[str, Any]:
        """Record what was made of the candidates."""
        await duplicates.decide(context, slug, number, body.outcome, who=by.who)
        return await told(slug)

    @routes.post("/hospitals/{slug}/hand-over", dependencies=[key])
    async def hand_over(slug: str, language: Language = "en") -> Response:
        """The signed package for an LEI issuer."""
        return zip_answer(await make_package(context, slug, language=language), slug)

    @routes.get("/hospitals/{slug}/notices", dependencies=[key])
    async def notices(slug: str) -> list[NoticeView]:
        """What the watch saw and did, the newest first."""
        async with context.database.begin() as session:
            return [NoticeView.of(row) for row in await notices_of(session, slug)]

    @routes.get("/onboarding/calendar.ics")
    async def calendar(by: Annotated[Caller, key]) -> Response:
        """What runs out when, of the hospitals that the key may act for."""
        slugs = [one.slug for one in context.settings.applicants if by.hospitals is None or one.slug in by.hospitals]
        return await calendar_answer(context, slugs, TITLES)

    return routes


def zip_answer(content: bytes, slug: str) -> Response:
    """A package to be kept as a file."""
    headers = {"Content-Disposition": f'attachment; filename="hand-over-{slug}.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


async def calendar_answer(context: IssuerContext, slugs: list[str], titles: dict[What, str]) -> Response:
    """The iCalendar file of these hospitals, each event titled with what runs out and the hospital's name."""
    async with context.database.begin() as session:
        entries = [(due, f"{titles[due.what]}: {due.name}") for due in await dues(session, slugs)]
    host = urlsplit(context.settings.public_url).hostname or "medcred"
    content = icalendar(entries, host=host, at=context.clock.now())
    headers = {"Content-Disposition": 'attachment; filename="medcred.ics"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

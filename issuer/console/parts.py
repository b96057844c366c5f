"""What every page of the console shares: who is there, how a page is shown, how a change is made and written down.

A change that is refused is no error page: the person is led back, and the page says what was refused and what to do. Times are
shown as the hospitals' wall clocks show them.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from issuer.console import words
from issuer.console.audit import note
from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital
from issuer.staff import Duty, Member, StaffRoll
from schemas.display import type_name
from schemas.errors import InputError, MedcredError
from schemas.types import RecordType
from web.language import language_of

WALL = timezone(timedelta(hours=8))
"""Hong Kong, Macao and the mainland keep the same time, without daylight saving."""

# By state, from whichever enum: they do not contradict one another.
TONES = {
    **dict.fromkeys(("active", "acknowledged", "effective", "done", "agrees"), "good"),
    **dict.fromkeys(
        ("lapsed", "suspended", "requested", "issued", "invited", "offered", "proving", "connected", "similar"), "note"
    ),
    **dict.fromkeys(("failed", "revoked", "declined", "differs"), "bad"),
}
ICONS = {"good": "✓", "note": "●", "bad": "✕", "": "○"}


class Console:
    """The console of one service."""

    def __init__(self, context: IssuerContext) -> None:
        self.context = context
        self.roll = StaffRoll(context.settings.staff, context.clock)
        context.pages.environment.globals |= {
            "words": words,
            "tone": lambda state: TONES.get(str(state), ""),
            "icon": lambda state: ICONS[TONES.get(str(state), "")],
            "wall": wall,
            "type_name": lambda kind, language: type_name(RecordType(kind), language),
            "Duty": Duty,
        }

    def show(self, request: Request, template: str, *, section: str, status: int = 200, **values: Any) -> Response:
        """A page. `section` is the entry of the navigation it belongs to."""
        return self.context.pages.render(
            request,
            template,
            status=status,
            section=section,
            me=self.roll.member(request),
            notice=request.session.pop("notice", None),
            now=self.context.clock.now(),
            **values,
        )

    def say(self, request: Request, message: str) -> str:
        """A message in the language of the request."""
        return self.context.pages.words.say(language_of(request), message)

    @asynccontextmanager
    async def change(self, request: Request, member: Member, action: str, subject: str) -> AsyncIterator[dict[str, str]]:
        """Write the change inside down, done or refused. A refusal ends here: the next page shows it.

        The body may set `subject` in what it is given, when it is known only afterwards.
        """
        about, outcome = {"subject": subject}, "done"
        try:
            yield about
        except MedcredError as error:
            outcome = error.code
            request.session["notice"] = {"message": error.message, "hint": error.hint, "code": error.code}
        await note(self.context, who=member.name, action=action, subject=about["subject"][:64], outcome=outcome)

    async def hospitals(self) -> Mapping[str, Hospital]:
        """All hospitals with a binding, by slug."""
        async with self.context.database.begin() as session:
            rows = await session.scalars(select(Hospital).order_by(Hospital.slug))
            return {row.slug: row for row in rows}


def go(to: str) -> RedirectResponse:
    """Lead the browser to a page after a form was sent."""
    return RedirectResponse(to, 303)


def choice[Choice](kind: type[Choice], value: str) -> Choice:
    """The member of an enum that a form names.

    Raises:
        InputError: `form.choice`.
    """
    try:
        return kind(value)  # type: ignore[call-arg]
    except ValueError as error:
        raise InputError("form.choice", "This choice is not in the list.", "Choose one from the list.") from error


def wall(at: datetime | None, *, day: bool = False) -> str:
    """A moment as a wall clock shows it, `2026-11-24 23:00`; empty for none."""
    return at.astimezone(WALL).strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M") if at else ""


def begin_of_day(now: datetime) -> datetime:
    """Midnight on the wall clock before `now`."""
    return now.astimezone(WALL).replace(hour=0, minute=0, second=0, microsecond=0)

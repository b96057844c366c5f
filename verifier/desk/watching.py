"""One session from the code to the result, live.

    GET  /sessions/{id}           the page, or for programs its state and verdict as JSON
    GET  /sessions/{id}/events    server-sent events: `state` at each change, until the last
    POST /sessions/{id}/reading   somebody still reads the shared record
    POST /sessions/{id}/leave     nobody does any more: it is wiped now

Only the person who opened a session sees it. The record is on the page only, never in the JSON, and only while it may be read.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from schemas.errors import UnavailableError
from verifier.desk.asking import asked_types
from verifier.desk.parts import Desk
from verifier.desk.shown import NOTHING_SHOWN, Record, show_records, show_verdict
from verifier.desk.staff import Person
from verifier.desk.states import FINAL, OPEN, SessionState
from verifier.desk.tables import SessionRow
from verifier.verdict import stamp
from web.language import language_of
from web.live import HEARTBEAT_SECONDS, event, event_stream
from web.qr import qr_svg
from web.sessions import FormGuard

LOOK_SECONDS = 2.0
"""How often a watching page's row is read when no bell rings: another process may have changed it."""

STEPS = {"waiting": "Waiting", "scanned": "Scanned", "checking": "Checking", "result": "Result"}

FAULTS = {
    "desk.request_lost": "The clinic's agent lost this request. Show a new code.",
    "desk.check_broke": "The answer could not be checked because of a fault here. Show a new code.",
}


def watching_router(desk: Desk) -> APIRouter:
    """The routes named above."""
    router = APIRouter()

    @router.get("/sessions/{session_id}")
    async def session(request: Request, session_id: str) -> Response:
        for_people = "text/html" in request.headers.get("accept", "")
        person = request.session.get("person", "")
        if for_people and not person:
            return RedirectResponse("/login", 303)
        row = await desk.sessions.of(session_id, person)
        return await page(request, row) if for_people else JSONResponse(as_json(row), headers={"Cache-Control": "no-store"})

    @router.get("/sessions/{session_id}/events", include_in_schema=False)
    async def events(session_id: str, person: Person) -> Response:
        await desk.sessions.of(session_id, person)
        return event_stream(changes(session_id))

    @router.post("/sessions/{session_id}/reading", include_in_schema=False, dependencies=[FormGuard])
    async def reading(session_id: str, person: Person) -> Response:
        row = await desk.sessions.of(session_id, person)
        await desk.sessions.still_reading(row.id)
        return Response(status_code=204)

    @router.post("/sessions/{session_id}/leave", include_in_schema=False, dependencies=[FormGuard])
    async def leave(session_id: str, person: Person) -> Response:
        await desk.conversation.leave(await desk.sessions.of(session_id, person))
        return RedirectResponse("/", 303)

    def as_json(row: SessionRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "state": row.state.value,
            "url": desk.short_url(row.code),
            "types": row.types,
            "purpose": row.purpose,
            "openedAt": stamp(row.opened_at),
            "expiresAt": stamp(row.expires_at),
            "endedAt": stamp(row.ended_at) if row.ended_at else None,
            "fault": row.fault,
            "verdict": row.verdict,
        }

    async def changes(session_id: str) -> AsyncIterator[str]:
        told, quiet = None, 0.0
        with desk.bell.watch(session_id) as ring:
            while True:
                state = (await desk.sessions.get(session_id)).state
                if state is not told:
                    told, quiet = state, 0.0
                    yield event("state", {"state": state.value})
                if state in FINAL:
                    return
                try:
                    await asyncio.wait_for(ring.wait(), LOOK_SECONDS)
                except TimeoutError:
                    quiet += LOOK_SECONDS
                ring.clear()
                if quiet >= HEARTBEAT_SECONDS:
                    quiet = 0.0
                    yield ": still here\n\n"

    async def page(request: Request, row: SessionRow) -> Response:
        language, words = language_of(request), desk.pages.words
        left = max(0, int((row.expires_at - desk.clock.now()).total_seconds())) if row.state in OPEN else None
        url = desk.short_url(row.code)
        result = show_verdict(row.verdict, language, words) if row.verdict else None
        records, note = await content(row, request) if row.verdict else ([], "")
        return await desk.show(
            request,
            "session.html",
            id=row.id,
            session_id=row.id,
            state=row.state.value,
            final=row.state in FINAL,
            steps=STEPS,
            current_step=row.state.value if row.state.value in STEPS else "result",
            seconds_left=left,
            countdown="" if left is None else f"{left // 60}:{left % 60:02}",
            types=asked_types(row.types, language),
            words=row.words,
            short_url=url,
            qr=qr_svg(url, label=words.say(language, "Code to scan with the wallet")) if row.invitation_url else None,
            fault=FAULTS.get(row.fault or "", ""),
            result=result,
            records=records,
            content_note=note,
            idle_seconds=desk.settings.idle_seconds,
        )

    async def content(row: SessionRow, request: Request) -> tuple[list[Record], str]:
        language, words = language_of(request), desk.pages.words
        assert row.verdict is not None
        if not row.verdict["credentials"]:
            return [], words.say(language, NOTHING_SHOWN)
        try:
            exchange = await desk.conversation.records(row)
        except UnavailableError:
            return [], words.say(language, "The clinic's agent does not answer, so the record cannot be shown now.")
        if exchange is None or exchange.presentation is None:
            return [], words.say(language, "The record was removed from this screen. The verdict stays.")
        return show_records(exchange.presentation, row.verdict, language), ""

    return router


assert set(STEPS) - {"result"} <= set(SessionState)

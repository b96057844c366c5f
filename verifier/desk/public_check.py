"""The public page: anybody drops a carried file and reads the verdict. No sign-in, no session, nothing kept.

    GET  /verify    the page
    POST /verify    one file (a form, pasted text, or a bare body) → the verdict, as JSON or as a page for a browser

The verdict is the one `medcred verify FILE` gives: the same library with the same evidence. Nothing here asks the issuer about a
record; what is fetched are lists that say nothing about whose file is being checked.
"""

import asyncio

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from schemas.errors import InputError, UnavailableError
from verifier.desk.parts import Desk
from verifier.desk.rate import RateLimit
from verifier.desk.shown import NOTHING_SHOWN, show_record, show_verdict
from verifier.desk.upload import read_upload
from verifier.verdict import Verdict
from web.language import language_of

AT_ONCE = 4
"""Checks running at the same time in one process; each may hold a file of `upload_bytes` in memory."""

WAITING = 16
"""Checks that may wait for their turn; more are turned away at once."""


def public_check_router(desk: Desk) -> APIRouter:
    """The routes named above."""
    router = APIRouter()
    turns = asyncio.Semaphore(AT_ONCE)
    inside = 0

    @router.get("/verify", include_in_schema=False)
    async def form(request: Request) -> Response:
        return await ask_for_file(request)

    # Changes nothing and knows nobody, so it takes no form token: a page of another site gains nothing by posting here.
    @router.post("/verify", dependencies=[Depends(RateLimit(desk.clock, burst=20, seconds=60))])
    async def check(request: Request) -> Response:
        for_people = "text/html" in request.headers.get("accept", "")
        try:
            verdict = await judge(request)
        except InputError as error:
            if not for_people:
                raise
            return await ask_for_file(request, problem=error.message, status=error.http_status)
        if not for_people:
            return JSONResponse(verdict.as_dict(), headers={"Cache-Control": "no-store"})
        language, words = language_of(request), desk.pages.words
        records = [show_record(finding.document, language) for finding in verdict.credentials]
        note = "" if records else words.say(language, NOTHING_SHOWN)
        return await desk.show(
            request,
            "verify.html",
            result=show_verdict(verdict.as_dict(), language, words),
            records=records,
            content_note=note,
            session_id="",
            idle_seconds=desk.settings.idle_seconds,
        )

    async def judge(request: Request) -> Verdict:
        nonlocal inside
        if inside >= AT_ONCE + WAITING:
            raise UnavailableError("desk.busy", "Too many files are being checked just now.", "Try again in a moment.")
        inside += 1
        try:
            async with turns:
                return await desk.judge.file(await read_upload(request, desk.settings.upload_bytes))
        finally:
            inside -= 1

    async def ask_for_file(request: Request, *, problem: str = "", status: int = 200) -> Response:
        limit = desk.settings.upload_bytes
        return await desk.show(request, "verify.html", status=status, result=None, problem=problem, limit=limit)

    return router

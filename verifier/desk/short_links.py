"""The short address in the QR code, `/r/{code}`: a wallet gets the invitation, and the desk sees that somebody scanned.

A browser is sent on to the out-of-band address; a program that accepts JSON gets the invitation itself. A code whose request is
answered, declined or out of time leads nowhere.
"""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from schemas.errors import NotFoundError, StateError, UnavailableError
from verifier.desk.parts import Desk
from verifier.desk.rate import RateLimit
from verifier.desk.states import OPEN

# What the address answers is good for minutes and for one wallet: nobody in between may keep it.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept"}


def short_links_router(desk: Desk) -> APIRouter:
    """GET /r/{code}."""
    router = APIRouter()

    @router.get("/r/{code}", dependencies=[Depends(RateLimit(desk.clock, burst=30, seconds=60))])
    async def invitation(request: Request, code: str) -> Response:
        try:
            row = await desk.sessions.by_code(code)
        except NotFoundError:
            raise _over() from None
        if row.state not in OPEN or row.expires_at <= desk.clock.now():
            raise _over()
        if row.invitation is None or row.invitation_url is None:
            raise UnavailableError("desk.not_ready", "The request is not ready yet.", "Scan the code again in a moment.")
        await desk.sessions.scanned(row.id)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse(row.invitation, headers=HEADERS)
        return RedirectResponse(row.invitation_url, 302, headers=HEADERS)

    return router


def _over() -> StateError:
    return StateError("desk.request_over", "This code is no longer valid.", "Ask the clinic for a new one.")

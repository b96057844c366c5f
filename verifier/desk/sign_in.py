"""Sign in and out: a form for people, JSON for the clinic's own programs. Both give the same session cookie."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from schemas.errors import NotSignedInError
from verifier.desk.parts import Desk
from verifier.desk.rate import RateLimit
from verifier.desk.staff import Person
from web.sessions import FormGuard, csrf_token


class Credentials(BaseModel):
    name: str
    password: str


class SignedIn(BaseModel):
    """Who is signed in, and the token that goes as `X-CSRF` with everything that changes something."""

    person: str
    csrf: str


def sign_in_router(desk: Desk) -> APIRouter:
    """GET and POST /login, POST /logout, POST /api/login."""
    router = APIRouter()
    limited = [Depends(RateLimit(desk.clock, burst=10, seconds=60))]

    @router.get("/login", include_in_schema=False)
    async def form(request: Request) -> Response:
        if request.session.get("person"):
            return RedirectResponse("/", 303)
        return await desk.show(request, "login.html", problem="")

    @router.post("/login", include_in_schema=False, dependencies=[*limited, FormGuard])
    async def sign_in(request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> Response:
        try:
            desk.staff.sign_in(request, name, password)
        except NotSignedInError as error:
            return await desk.show(request, "login.html", status=error.http_status, problem=error.message)
        return RedirectResponse("/", 303)

    # A page of another site cannot send JSON here without asking first, so this needs no form token.
    @router.post("/api/login", dependencies=limited)
    async def sign_in_program(request: Request, credentials: Credentials) -> SignedIn:
        desk.staff.sign_in(request, credentials.name, credentials.password)
        return SignedIn(person=credentials.name, csrf=csrf_token(request))

    @router.post("/logout", include_in_schema=False, dependencies=[FormGuard])
    async def sign_out(request: Request, person: Person) -> Response:
        for row in await desk.sessions.recent(person):
            await desk.conversation.leave(row)
        request.session.clear()
        return RedirectResponse("/login", 303)

    return router

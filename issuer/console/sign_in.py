"""Sign in and out. A session begins empty: what a browser held before signing in is not carried over."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from issuer.console.audit import note
from issuer.console.parts import Console, go
from schemas.errors import NotSignedInError, TooOftenError
from web.problems import headers_of
from web.sessions import FormGuard


def router(console: Console) -> APIRouter:
    """GET and POST /sign-in, POST /logout."""
    routes = APIRouter()

    @routes.get("/sign-in")
    async def form(request: Request, next: str = "/") -> Response:
        if console.roll.member(request):
            return go("/")
        return console.show(request, "sign_in.html", section="", next=_inside(next), problem=None, name="")

    @routes.post("/sign-in", dependencies=[FormGuard])
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=64)] = "",
        password: Annotated[str, Form(max_length=256)] = "",
        next: Annotated[str, Form(max_length=256)] = "/",
    ) -> Response:
        try:
            member = console.roll.sign_in(name, password)
        except (NotSignedInError, TooOftenError) as error:
            refused = console.show(
                request, "sign_in.html", section="", status=error.http_status, next=_inside(next), problem=error, name=name
            )
            refused.headers.update(headers_of(error))
            return refused
        request.session.clear()
        request.session["person"] = member.name
        await note(console.context, who=member.name, action="sign_in", subject="")
        return go(_inside(next))

    @routes.post("/logout", dependencies=[FormGuard])
    async def sign_out(request: Request) -> Response:
        if member := console.roll.member(request):
            await note(console.context, who=member.name, action="sign_out", subject="")
        request.session.clear()
        return go("/sign-in")

    return routes


def _inside(path: str) -> str:
    """The path when it leads to a page of the console, else the home page: a link must not lead a person elsewhere."""
    return path if path.startswith("/console/") and "//" not in path and "\\" not in path else "/"

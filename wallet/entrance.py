"""Signing in and out, on a page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from schemas.errors import NotSignedInError, TooOftenError
from wallet.door import Parts, admit, patient_or_none
from web.pages import Pages
from web.sessions import FormGuard


def routes(pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def ask(request: Request) -> Response:
        if await patient_or_none(request):
            return RedirectResponse("/", 303)
        return pages.render(request, "login.html", problem=None)

    @router.post("/login", dependencies=[FormGuard])
    async def enter(request: Request, wallet: Parts, login: Annotated[str, Form()], passcode: Annotated[str, Form()]) -> Response:
        try:
            account = await wallet.accounts.sign_in(login, passcode)
        except (NotSignedInError, TooOftenError) as error:
            return pages.render(request, "login.html", status=error.http_status, problem=error)
        admit(request, account)
        return RedirectResponse("/", 303)

    @router.post("/logout", dependencies=[FormGuard])
    async def leave(request: Request, wallet: Parts) -> Response:
        account = await patient_or_none(request)
        if account:
            await wallet.accounts.sign_out(account.id)
        request.session.clear()
        return RedirectResponse("/login", 303)

    return router

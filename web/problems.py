"""Errors over HTTP, in one place: RFC 9457 problem JSON for programs, the same sentence on a page for people.

With it goes what HTTP asks for: `WWW-Authenticate` when nobody is known to ask, `Retry-After` when it is known when to ask again.
"""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from schemas.errors import MedcredError, NotSignedInError, TooOftenError
from web.language import language_of
from web.pages import Pages

log = logging.getLogger(__name__)


def problem(code: str, message: str, hint: str, status: int, **more: str) -> JSONResponse:
    """An RFC 9457 answer: `type` carries the stable code, `detail` the sentence."""
    body = {
        "type": f"urn:medcred:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": message,
    }
    if hint:
        body["hint"] = hint
    return JSONResponse(body | more, status_code=status, media_type="application/problem+json")


def install_problems(app: FastAPI, pages: Pages | None = None) -> None:
    """Answer every error of `app` as a problem, or as a page where a person's browser asked and `pages` is given."""

    def answer(request: Request, code: str, message: str, hint: str, status: int, **more: str) -> Response:
        if pages and "text/html" in request.headers.get("accept", ""):
            words = {"code": code, "message": message, "hint": hint, "language": language_of(request)}
            return pages.render(request, "problem.html", status=status, problem=words)
        return problem(code, message, hint, status, **more)

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, MedcredError)
        log.info("refused", extra={"code": error.code, "status": error.http_status})
        more = {name: text for name, text in error.as_dict().items() if name not in ("code", "message", "hint")}
        answered = answer(request, error.code, error.message, error.hint, error.http_status, **more)
        answered.headers.update(headers_of(error))
        return answered

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        where = ", ".join(sorted({".".join(str(part) for part in fault["loc"][1:]) or "body" for fault in error.errors()}))
        return answer(request, "request.malformed", f"The request does not fit: {where}.", "See /docs for its shape.", 422)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if 300 <= error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        if isinstance(error.__cause__, MedcredError):
            # The framework calls whatever goes wrong while it reads a body a bad request.
            return await ours(request, error.__cause__)
        words = {404: "There is nothing at this address.", 405: "This address does not take that method."}
        return answer(
            request, f"http.{error.status_code}", words.get(error.status_code, str(error.detail)), "", error.status_code
        )

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected error", extra={"error": type(error).__name__, "where": _last_line(error)})
        return answer(
            request,
            "service.fault",
            "Something went wrong here; nothing was changed.",
            "The service log has more.",
            500,
        )

    app.add_exception_handler(MedcredError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unexpected)


def headers_of(error: MedcredError) -> dict[str, str]:
    """What goes with an error over HTTP: RFC 9110 §11.6.1 (WWW-Authenticate), §10.2.3 (Retry-After)."""
    if isinstance(error, NotSignedInError):
        return {"WWW-Authenticate": error.scheme}
    if isinstance(error, TooOftenError) and error.retry_after:
        return {"Retry-After": str(error.retry_after)}
    return {}


def _last_line(error: Exception) -> str:
    """Where an unexpected error was raised, without its text: the text may hold what must not be logged."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""

"""Choose what to ask and why; show the code. A form for people, JSON for programs, one code path.

GET  /                      the form, and the last requests of this member of staff
POST /sessions              {types, purpose, words?} → 201 {id, url}, or for a form 303 to the session's page
POST /sessions/{id}/renew   the same request again with a new challenge and a new code
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from schemas.display import field_list, type_name
from schemas.errors import InputError
from schemas.types import RecordType
from verifier.desk.parts import Desk
from verifier.desk.purposes import NAMES, Purpose, purpose_text
from verifier.desk.shown import session_tag, time_text
from verifier.desk.staff import Person
from verifier.desk.tables import SessionRow
from web.language import Language, language_of
from web.sessions import FormGuard


class Wish(BaseModel):
    """What staff ask for. `words` is the purpose in the clinic's words, for `other` only."""

    types: list[RecordType] = Field(min_length=1, max_length=len(RecordType))
    purpose: Purpose
    words: str = ""


def asking_router(desk: Desk) -> APIRouter:
    """The routes named above."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def home(request: Request) -> Response:
        person = request.session.get("person")
        return await form(request, person) if person else RedirectResponse("/login", 303)

    @router.post("/sessions", status_code=201, dependencies=[FormGuard])
    async def ask(request: Request, person: Person) -> Response:
        from_program = request.headers.get("content-type", "").startswith("application/json")
        given = await _json(request) if from_program else _fields(await request.form())
        try:
            row = await open_session(given, person)
        except InputError as error:
            if from_program:
                raise
            return await form(request, person, problem=error.message, given=given, status=error.http_status)
        if from_program:
            return JSONResponse({"id": row.id, "url": desk.short_url(row.code)}, status_code=201)
        return RedirectResponse(f"/sessions/{row.id}", 303)

    @router.post("/sessions/{session_id}/renew", dependencies=[FormGuard])
    async def renew(request: Request, session_id: str, person: Person) -> Response:
        row = await desk.sessions.of(session_id, person)
        if not row.words:  # the clinic's own words were forgotten since
            return RedirectResponse("/", 303)
        fresh = await desk.conversation.renew(row)
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/sessions/{fresh.id}", 303)
        return JSONResponse({"id": fresh.id, "url": desk.short_url(fresh.code)}, status_code=201)

    async def open_session(given: dict[str, Any], person: str) -> SessionRow:
        try:
            wish = Wish.model_validate(given)
        except ValidationError as error:
            asks_nothing = any(fault["loc"][:1] == ("types",) for fault in error.errors())
            if asks_nothing:
                raise InputError("desk.types", "Choose at least one kind of record.", "The form lists them.") from error
            raise InputError("desk.purpose", "Choose what the records are for.", "The form lists the purposes.") from error
        words = purpose_text(wish.purpose, wish.words, desk.pages.words)
        types = list(dict.fromkeys(wish.types))
        return await desk.conversation.ask(person=person, types=types, purpose=wish.purpose, words=words)

    async def form(
        request: Request, person: str, *, problem: str = "", given: dict[str, Any] | None = None, status: int = 200
    ) -> Response:
        language, given = language_of(request), given or {}
        recent = [
            {"id": row.id, "when": time_text(row.opened_at, language), **session_tag(row.state, row.verdict)}
            for row in await desk.sessions.recent(person)
        ]
        return await desk.show(
            request,
            "ask.html",
            status=status,
            problem=problem,
            types=asked_types(RecordType, language),
            chosen=given.get("types", []),
            purposes=[{"value": purpose.value, "name": name} for purpose, name in NAMES.items()],
            chosen_purpose=given.get("purpose", Purpose.TREATMENT),
            words=given.get("words", ""),
            recent=recent,
        )

    return router


def asked_types(types: Sequence[str] | type[RecordType], language: Language) -> list[dict[str, Any]]:
    """The record types with their names and the exact fields that leave the wallet."""
    known = [RecordType(each) for each in types]
    return [{"value": each.value, "name": type_name(each, language), "fields": field_list(each, language)} for each in known]


def _fields(form: Any) -> dict[str, Any]:
    return {"types": form.getlist("types"), "purpose": form.get("purpose", ""), "words": form.get("words", "")}


async def _json(request: Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise InputError("request.malformed", "The request is not a JSON object.", "Send {types, purpose}.")
    return given

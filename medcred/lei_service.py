"""An LEI look-up service over an index, in the form of GLEIF's API: whoever asks that one can ask this one instead.

    GET /lei-records/{lei}         GET /lei/{lei}                one record
    GET /lei-records?filter[…]=    GET /lei?name=&country=       records, by page[number] and page[size] (at most 200)
    GET /fuzzycompletions?field=entity.legalName&q=              names like what was typed
    GET /health                                                  what the index says of itself

All also below `/api/v1`. Filters: `lei` (at most 200, with commas), `fulltext`, `entity.legalName`, `entity.registeredAs`, and
`entity.legalAddress.country` beside one of them. `meta.as_of` says when the file behind the index was published, and
`meta.source` that it is an index; our own client passes both on.

404 means that there is no such LEI. A part of the world, or an old file, cannot know that: the answer is then 503
`lei.not_in_index`. A search has at most 200 results. The service lives in this room because it is a command's: the verifier
library has no web server, and the clinic's desk keeps no register.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from schemas.errors import InputError, MedcredError, NotFoundError
from verifier.identity.lei.index import Found, LeiIndex
from verifier.identity.lei.record import Source
from verifier.verdict import stamp

JSON_API = "application/vnd.api+json"
MOST = 200
_COUNTRY = "filter[entity.legalAddress.country]"

type Json = dict[str, Any]
type Number = Annotated[int, Query(alias="page[number]", ge=1, le=MOST)]
type Size = Annotated[int, Query(alias="page[size]", ge=1, le=MOST)]


def create_app(index: LeiIndex) -> FastAPI:
    """The service. The index stays the caller's to close."""
    app = FastAPI(title="LEI look-up", docs_url=None, redoc_url=None, openapi_url=None)
    routes = _routes(index)
    app.include_router(routes)
    app.include_router(routes, prefix="/api/v1")

    @app.get("/health")
    def health() -> Json:
        about = index.about
        return {"status": "ok", "checks": {"index": "ok"}, "as_of": stamp(about.as_of), "records": about.records}

    @app.exception_handler(MedcredError)
    async def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, MedcredError)
        return _fault(400 if error.code == "lei.query" else error.http_status, error.code, error.message, error.hint)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: Exception) -> JSONResponse:
        return _fault(400, "lei.query", "A parameter of this call is wrong.", "Pages are numbers from 1 to 200.")

    @app.exception_handler(404)
    async def elsewhere(request: Request, error: Exception) -> JSONResponse:
        return _fault(404, "lei.no_such_path", "There is nothing at this address.", "Look at the list of calls.")

    return app


def _routes(index: LeiIndex) -> APIRouter:
    routes = APIRouter(default_response_class=_JsonApi)

    @routes.get("/lei-records/{lei}")
    @routes.get("/lei/{lei}")
    def one(lei: str) -> Json:
        resource, as_of = index.resource(lei)
        return {"meta": _meta(as_of), "data": resource}

    @routes.get("/lei-records")
    def many(request: Request, number: Number = 1, size: Size = 10) -> Json:
        return _page(index, _filtered(index, request.query_params), number, size)

    @routes.get("/lei")
    def named(name: Annotated[str, Query(min_length=1)], country: str = "", number: Number = 1, size: Size = 10) -> Json:
        return _page(index, _leis(index.search(name, country=country, most=MOST)), number, size)

    @routes.get("/fuzzycompletions")
    @routes.get("/autocompletions")
    def completions(q: Annotated[str, Query(min_length=1)], field: str = "fulltext") -> Json:
        if field not in ("fulltext", "entity.legalName"):
            raise _wrong_query("Names are completed: field=entity.legalName.")
        return {"meta": _meta(index.about.as_of), "data": [_completion(found) for found in index.similar(q, most=10)]}

    return routes


class _JsonApi(JSONResponse):
    media_type = JSON_API


def _filtered(index: LeiIndex, query: Mapping[str, str]) -> list[str]:
    """The LEIs that fit the filters, the best first."""
    country = query.get(_COUNTRY, "")

    def by_name(text: str) -> list[str]:
        return _leis(index.search(text, country=country, most=MOST))

    def by_number(text: str) -> list[str]:
        return [record.lei for record in index.registered(text, most=MOST) if country in ("", record.country)]

    filters: dict[str, Callable[[str], list[str]]] = {
        "filter[lei]": _listed,
        "filter[fulltext]": by_name,
        "filter[entity.legalName]": by_name,
        "filter[entity.registeredAs]": by_number,
    }
    asked = [name for name in query if name.startswith("filter[") and name != _COUNTRY]
    if len(asked) != 1 or asked[0] not in filters:
        raise _wrong_query(f"Give exactly one of {', '.join(filters)}.")
    return filters[asked[0]](query[asked[0]])


def _listed(text: str) -> list[str]:
    leis = list(dict.fromkeys(text.split(",")))
    if len(leis) > MOST:
        raise _wrong_query(f"Name at most {MOST} LEIs in a call.")
    return leis


def _page(index: LeiIndex, leis: list[str], number: int, size: int) -> Json:
    resources, as_of = [], index.about.as_of
    for lei in leis:
        try:
            resource, published = index.resource(lei)
            resources.append(resource)
            # A new file may take the old one's place meanwhile; the page is as old as its oldest part.
            as_of = min(as_of, published)
        except NotFoundError:
            continue
    here = resources[(number - 1) * size : number * size]
    last = max(1, -(-len(resources) // size))
    first = (number - 1) * size + 1 if here else None
    pagination = {
        "currentPage": number,
        "perPage": size,
        "from": first,
        "to": first and first + len(here) - 1,
        "total": len(resources),
        "lastPage": last,
    }
    return {"meta": _meta(as_of) | {"pagination": pagination}, "data": here}


def _meta(as_of: datetime) -> Json:
    return {"goldenCopy": {"publishDate": stamp(as_of)}, "as_of": stamp(as_of), "source": Source.INDEX.value}


def _completion(found: Found) -> Json:
    related = {"lei-records": {"data": {"type": "lei-records", "id": found.record.lei}}}
    return {"type": "fuzzycompletions", "attributes": {"value": found.record.legal_name}, "relationships": related}


def _leis(found: Iterable[Found]) -> list[str]:
    return [one.record.lei for one in found]


def _wrong_query(hint: str) -> InputError:
    return InputError("lei.query", "A parameter of this call is wrong.", hint)


def _fault(status: int, code: str, title: str, detail: str) -> JSONResponse:
    fault = {"status": str(status), "code": code, "title": title, "detail": detail}
    return JSONResponse({"errors": [fault]}, status_code=status, media_type=JSON_API)

"""Who may issue which record type: one question to the trust list over HTTP, TRQP-style.

    GET  /trust/authorization?entity_id=&authority_id=&action=issue&resource=<record type>[&time=]
    POST /trust/authorization   {"entity_id", "authority_id", "action", "resource", "context": {"time"}}

The words are those of the authorization query of ToIP's Trust Registry Query Protocol 2.0; `time` may stand in `context`, as
there, or beside the others. Nothing more of that protocol is here, and nobody has examined this against it. The answer is not
signed: who needs proof reads the signed list, which says the same (`medcred trust may`).

Refused: another authority than this list's publisher (404), an action that is not `issue` or a resource that is no record type
(422). A time in the past is answered from the list that was in force then.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from issuer.context import IssuerContext
from issuer.onboarding import trust_list
from schemas.errors import InputError, NotFoundError
from schemas.types import RecordType
from verifier.identity.trust import TrustList
from verifier.verdict import stamp

HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
_TEXT = Field(min_length=1, max_length=1024)
type Text = Annotated[str, _TEXT]


class QueryContext(BaseModel):
    """Other members are passed over: the protocol leaves them open."""

    time: AwareDatetime | None = None


class AuthorizationQuery(BaseModel):
    """Has `authority_id` authorised `entity_id` to take `action` on `resource`?"""

    model_config = ConfigDict(extra="forbid")

    entity_id: Text
    authority_id: Text
    action: Text
    resource: Text
    time: AwareDatetime | None = None


class AuthorizationBody(AuthorizationQuery):
    """The query as a body."""

    context: QueryContext = QueryContext()


def router(context: IssuerContext) -> APIRouter:
    """`/trust/authorization`."""
    routes = APIRouter(tags=["published"])

    @routes.get("/trust/authorization")
    async def ask(query: Annotated[AuthorizationQuery, Query()]) -> JSONResponse:
        """Whether a hospital may issue a record type."""
        return JSONResponse(await _answer(context, query, query.time), headers=HEADERS)

    @routes.post("/trust/authorization")
    async def ask_by_body(query: AuthorizationBody) -> JSONResponse:
        """The same, asked with a body."""
        return JSONResponse(await _answer(context, query, query.context.time or query.time), headers=HEADERS)

    return routes


async def _answer(context: IssuerContext, query: AuthorizationQuery, asked: datetime | None) -> dict[str, Any]:
    at = (asked or context.clock.now()).astimezone(UTC)
    document = await trust_list.in_force(context, at)
    trust = TrustList.parse(document, publisher=str(document["publisher"]))
    if query.authority_id != trust.publisher:
        raise NotFoundError(
            "trust.authority", "This registrar is not the authority that was asked for.", "The trust list names its publisher."
        )
    if query.action != "issue" or query.resource not in set(RecordType):
        raise InputError("trust.query", "Only `issue` is answered, of a record type.", f"One of {', '.join(RecordType)}.")
    found = trust.may_issue(query.entity_id, RecordType(query.resource), at)
    answer: dict[str, Any] = {
        "entity_id": query.entity_id,
        "authority_id": query.authority_id,
        "action": query.action,
        "resource": query.resource,
        "authorized": found.authorized,
        "time_evaluated": stamp(at),
        "message": found.message,
    }
    if asked:
        answer["time_requested"] = stamp(at)
    if trust.framework:
        answer["framework"] = trust.framework
    return answer

"""The frame of the medcred routes: what they take and give, who may call them, and how they answer.

JSON, and our errors as `{"code", "message", "hint"}`: 404 what is not here; 503 when the wallet's database does not answer; 409
everything else we refuse.
"""

# mypy: allow-untyped-decorators

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from acapy_agent.admin.decorators.auth import tenant_authentication
from acapy_agent.core.error import ProfileError
from acapy_agent.messaging.models.openapi import OpenAPISchema
from acapy_agent.storage.error import StorageNotFoundError
from aiohttp import web
from aiohttp_apispec import docs, match_info_schema, querystring_schema, request_schema, response_schema
from aries_askar import AskarError

from schemas.errors import AgentError, MedcredError, NotFoundError

log = logging.getLogger(__name__)

TAG = "medcred"

type Handler = Callable[[web.Request], Awaitable[Any]]


def route(
    summary: str,
    *,
    answer: OpenAPISchema,
    body: OpenAPISchema | None = None,
    query: OpenAPISchema | None = None,
    path: OpenAPISchema | None = None,
    who: Callable[[Any], Any] = tenant_authentication,
) -> Callable[[Handler], Handler]:
    """A route from a function that returns what shall be the JSON body.

    Args:
        summary: what it does, for swagger.json.
        answer, body, query, path: what it gives and takes; a call of another form is refused before the function runs.
        who: ACA-Py's check of the caller's key, or of a tenant's token.
    """

    def frame(handler: Handler) -> Handler:
        framed = who(answers(handler))
        for schema, said in ((path, match_info_schema), (query, querystring_schema), (body, request_schema)):
            if schema is not None:
                framed = said(schema)(framed)
        described: Handler = docs(tags=[TAG], summary=summary)(response_schema(answer, 200, description="")(framed))
        return described

    return frame


def answers(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The answer to a call, made of what `handler` returns or raises."""

    @functools.wraps(handler)
    async def answered(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except MedcredError as error:
            refusal = error
        except StorageNotFoundError:
            refusal = NotFoundError("exchange.unknown", "This agent knows no such exchange.", "It may have been deleted.")
        except (AskarError, ProfileError, TimeoutError) as error:
            log.error("the wallet's database does not answer: %s", type(error).__name__)
            refusal = AgentError("agent.database", "The agent's database does not answer.", "Is it running? Is its pool used up?")
        status = 404 if isinstance(refusal, NotFoundError) else 503 if isinstance(refusal, AgentError) else 409
        return web.json_response(refusal.as_dict(), status=status)

    return answered

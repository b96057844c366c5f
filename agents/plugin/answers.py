"""How the medcred routes answer: JSON, and our errors as `{"code", "message", "hint"}`.

404 what is not here; 503 when the wallet's database does not answer; 409 everything else we refuse.
"""

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from acapy_agent.core.error import ProfileError
from acapy_agent.storage.error import StorageNotFoundError
from aiohttp import web
from aries_askar import AskarError

from schemas.errors import AgentError, MedcredError, NotFoundError

log = logging.getLogger(__name__)

TAG = "medcred"

type Handler = Callable[[web.Request], Awaitable[Any]]


def answers(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A route from a function that returns what shall be the JSON body."""

    @functools.wraps(handler)
    async def route(request: web.Request) -> web.Response:
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

    return route

"""What the service tells anyone: our JSON-LD context and JSON Schemas at their place here, and whether it is well.

Verifiers never fetch the context or the schemas: they carry frozen copies. These are for people and for other software.
"""

import contextlib
import logging
from functools import partial

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from issuer.context import IssuerContext
from schemas.contexts import medcred_context
from schemas.errors import AgentError, NotFoundError
from schemas.json_schemas import schema_for
from schemas.types import RecordType
from web.health import health_answer

log = logging.getLogger(__name__)

HEADERS = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}


def router(context: IssuerContext) -> APIRouter:
    """`/ns/v1`, `/ns/schemas/{type}/v1.json` and `/health`."""
    routes = APIRouter()

    @routes.get("/ns/v1")
    async def json_ld_context() -> JSONResponse:
        """The JSON-LD context `https://w3id.org/medcred/v1`."""
        return JSONResponse(medcred_context(), media_type="application/ld+json", headers=HEADERS)

    @routes.get("/ns/schemas/{record_type}/v1.json")
    async def json_schema(record_type: RecordType) -> JSONResponse:
        """The JSON Schema of a credential type."""
        return JSONResponse(schema_for(record_type), media_type="application/schema+json", headers=HEADERS)

    @routes.get("/health")
    async def health() -> JSONResponse:
        """503 without the database, or with an agent that lacks our plugin; who else is away is named."""
        others = {"ledger": partial(_ledger, context)} | {
            f"agent:{slug}": partial(_agent, context, slug) for slug in context.agents
        }
        return await health_answer({"database": context.database.check}, others, fatal=("agent.plugin_missing",))

    return routes


async def require_plugins(context: IssuerContext) -> None:
    """Make sure every hospital's agent that answers runs our plugin.

    Raises:
        AgentError: `agent.plugin_missing`; the service must not start.
    """
    for slug, agent in context.agents.items():
        try:
            await agent.require_plugin()
        except AgentError as error:
            log.error(error.message, extra={"agent": slug, "code": error.code})
            if error.code == "agent.plugin_missing":
                raise


async def _ledger(context: IssuerContext) -> None:
    """A ledger that is too young to have published anything works."""
    with contextlib.suppress(NotFoundError):
        await context.ledger.checkpoint()


async def _agent(context: IssuerContext, slug: str) -> None:
    if not (await context.agents[slug].health()).database:
        raise AgentError("agent.database", "The agent's database does not answer.")

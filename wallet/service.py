"""The wallet service: pages for patients, the same as JSON, and the agent's web hooks.

At start: migrate the tables, make the accounts of the settings, take up steps a crash left half done. The agent may come up
later than this service; until it answers, `/health` says so and pages ask the patient to wait.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from agents.client import AgentClient
from agents.events import BODY_LIMIT
from storage import Clock, SystemClock, migrate
from wallet import api, deciding, entrance, events, reading
from wallet.invitations import LARGEST_MESSAGE
from wallet.outside import Outside
from wallet.parts import put_together
from wallet.pictures import LARGEST_SIDE
from wallet.settings import Settings
from web.body_limit import Upload, install_body_limit
from web.health import health_answer
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

log = logging.getLogger(__name__)

# A link may hold a whole message, in base64.
UPLOADS = (
    Upload("/scan", 2 * LARGEST_MESSAGE, signed_in=True),
    Upload("/api/invitations", 2 * LARGEST_MESSAGE, signed_in=True),
    Upload("/scan/picture", LARGEST_SIDE**2, signed_in=True),
    Upload("/webhooks/{rest:path}", BODY_LIMIT),
)


def create_app(
    settings: Settings,
    *,
    clock: Clock = SystemClock(),  # noqa: B008  it has no state
    agent: AgentClient | None = None,
    outside: Outside | None = None,
) -> FastAPI:
    """The service as an ASGI application.

    Args:
        agent: the agent's admin API; None makes a client from the settings.
        outside: how addresses that others chose are read; None reads the real network.
    """
    http = httpx.AsyncClient(trust_env=False)
    own_agent = agent or AgentClient(settings.agent.admin_url, settings.agent.api_key.get_secret_value())
    wallet = put_together(settings, clock, own_agent, outside or Outside(http, loopback=settings.on_loopback))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await migrate(wallet.database, "wallet")
        await wallet.accounts.seed(settings.patients)
        await wallet.resume()
        yield
        await http.aclose()
        if agent is None:
            await own_agent.aclose()
        await wallet.database.close()

    app = FastAPI(title="medcred wallet", lifespan=lifespan, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    app.state.wallet = wallet
    pages = Pages(Path(__file__).parent, "My health wallet")
    install_sessions(app, settings.session_secret.get_secret_value(), cookie="medcred_wallet", https=settings.https)
    install_problems(app, pages)
    install_body_limit(app, *UPLOADS)
    pages.mount(app)
    for router in (entrance.routes(pages), reading.routes(pages), deciding.routes(pages), api.routes(), events.hooks(wallet)):
        app.include_router(router)

    @app.get("/health")
    async def health() -> JSONResponse:
        return await health_answer(
            {"database": wallet.database.check}, {"agent": own_agent.health}, fatal=("agent.plugin_missing",)
        )

    return app

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
from schemas.errors import MedcredError
from storage import Clock, SystemClock, migrate
from wallet import api, deciding, entrance, events, reading
from wallet.outside import Outside
from wallet.parts import put_together
from wallet.settings import Settings
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

log = logging.getLogger(__name__)


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
    pages.mount(app)
    for router in (entrance.routes(pages), reading.routes(pages), deciding.routes(pages), api.routes(), events.hooks(wallet)):
        app.include_router(router)

    @app.get("/health")
    async def health() -> JSONResponse:
        checks = {"database": "ok", "agent": "ok"}
        for name, check in (("database", wallet.database.check), ("agent", own_agent.health)):
            try:
                found = await check()
            except MedcredError as error:
                checks[name] = error.code
            else:
                if found is not None and not found.database:
                    checks[name] = "agent.no_database"
        good = all(state == "ok" for state in checks.values())
        return JSONResponse({"status": "ok" if good else "unavailable", "checks": checks}, 200 if good else 503)

    return app

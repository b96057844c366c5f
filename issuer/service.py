"""The issuer service: one FastAPI app over one database, the hospitals' agents and the ledger.

Order at start: tables are migrated, every agent is asked for our plugin, the worker's lanes begin. An agent without the plugin
stops the start (`agent.plugin_missing`): it would sign with another canonicalisation and load contexts from strangers. An agent
that does not answer yet does not: its lanes try again. Order at the end: lanes finish their round, then connections close.

The service holds no private key. What it must not lose is in rows before it is done (`issuer.issuing.states`).
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from agents.client import AgentClient
from agents.events import BODY_LIMIT, AgentEvent, webhook_router
from issuer import api, publish
from issuer.console import previews
from issuer.console import routes as console
from issuer.context import IssuerContext
from issuer.issuing import attachments, links
from issuer.issuing.watching import hint
from issuer.issuing.witnessing import ledger_trust
from issuer.issuing.worker import Worker
from issuer.onboarding import api as onboarding
from issuer.onboarding import identity_api
from issuer.onboarding.checks.evidence import LARGEST as PAPER_BYTES
from issuer.onboarding.roots import read_roots
from issuer.patients import api as patients
from issuer.settings import Settings
from issuer.signers import api as signers
from issuer.status import routes as status
from ledger.client import LedgerClient
from ledger.interface import Ledger
from storage import Clock, Database, SystemClock, migrate
from web.body_limit import FORM_BYTES, Upload, install_body_limit
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

log = logging.getLogger(__name__)

UPLOADS = (
    Upload("/credentials", api.BODY_BYTES),
    Upload("/hospitals/{slug}/identity", identity_api.BODY_BYTES),
    Upload("/hospitals/{slug}/signers/{signer}/stream", signers.BODY_BYTES),
    Upload("/console/issue/{binding}", previews.LARGEST + FORM_BYTES, signed_in=True),
    Upload("/console/hospitals/{slug}/checks/{slot}", PAPER_BYTES + FORM_BYTES, signed_in=True),
    Upload("/console/hospitals/{slug}/checks/{slot}/{number}", PAPER_BYTES + FORM_BYTES, signed_in=True),
    Upload("/webhooks/{rest:path}", BODY_LIMIT),
)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    agents: Mapping[str, AgentClient] | None = None,
    ledger: Ledger | None = None,
) -> FastAPI:
    """The issuer service.

    Args:
        agents: the agent of each hospital by slug; by default clients for the URLs in the settings.
        ledger: by default a client for the URL in the settings.

    Raises:
        FormatError: `verifier_key.malformed`, a key of the ledger in the settings.
        ConfigError: `identity.root_file`, a file of trust_roots in the settings.
    """
    ledger_trust(settings.ledger)
    read_roots(settings.trust_roots)
    http = httpx.AsyncClient(trust_env=False)
    if agents is None:
        agents = {
            hospital.slug: AgentClient(hospital.agent.admin_url, hospital.agent.api_key.get_secret_value())
            for hospital in settings.hospitals
        }
    context = IssuerContext(
        settings=settings,
        database=Database(settings.database),
        clock=clock or SystemClock(),
        agents=agents,
        ledger=ledger or LedgerClient(settings.ledger.url, settings.ledger.token.get_secret_value(), http),
        http=http,
        pages=Pages(Path(__file__).parent, "medcred"),
        entropy=secrets.token_bytes,
        nudge=lambda: worker.nudge(),
    )
    worker = Worker(context)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await migrate(context.database, "issuer")
        await publish.require_plugins(context)
        lanes = asyncio.create_task(worker.run(), name="worker")
        try:
            yield
        finally:
            await worker.stop(lanes)
            await asyncio.gather(*(agent.aclose() for agent in context.agents.values()))
            await http.aclose()
            await context.database.close()

    app = FastAPI(title="medcred issuer", lifespan=lifespan)
    app.state.context = context
    install_sessions(
        app,
        settings.session_secret.get_secret_value(),
        cookie="medcred_issuer",
        https=settings.base_url.startswith("https://"),
    )
    install_problems(app, context.pages)
    install_body_limit(app, *UPLOADS)
    _include(app, context)
    context.pages.mount(app)
    return app


def _include(app: FastAPI, context: IssuerContext) -> None:
    async def hear(event: AgentEvent) -> None:
        await hint(context, event)
        context.nudge()

    keys = {hospital.slug: hospital.agent.webhook_key.get_secret_value() for hospital in context.settings.hospitals}
    app.include_router(webhook_router(keys, hear))
    for part in (publish, status, attachments, links, api, onboarding, signers, patients, console):
        app.include_router(part.router(context))

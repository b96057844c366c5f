"""The desk as a web service: `create_app(settings)`.

Start, in order: bring the tables up to date; make sure the agent runs our plugin (an agent that is away is waited for, one that
lacks the plugin stops the service); then three rounds in the background: one settles sessions and wipes what nobody reads, one
fetches trust and status lists, one forgets requests that are older than `keep_days`. The public page works with the agent, the
issuer and the ledger away; it needs the database only.

For programs: `POST /api/login {name, password}` gives a cookie and a `csrf` word that goes as `X-CSRF` with every POST;
`POST /sessions {types, purpose}`; `GET /sessions/{id}`; `POST /verify` with a file as body, without signing in.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from agents.client import AgentClient
from agents.events import BODY_LIMIT, webhook_router
from schemas.errors import AgentError
from storage import Clock, Database, SystemClock, migrate
from verifier.desk.asking import asking_router
from verifier.desk.clinic_key import ClinicKey, clinic_key_router
from verifier.desk.conversation import Conversation
from verifier.desk.judging import Judge
from verifier.desk.knowledge import Knowledge
from verifier.desk.parts import Desk
from verifier.desk.proving import proving_router
from verifier.desk.public_check import public_check_router
from verifier.desk.sessions import Sessions
from verifier.desk.settings import Settings
from verifier.desk.short_links import short_links_router
from verifier.desk.sign_in import sign_in_router
from verifier.desk.staff import Staff
from verifier.desk.watching import watching_router
from web.body_limit import FORM_BYTES, Upload, install_body_limit
from web.health import health_answer
from web.live import Bell
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

log = logging.getLogger(__name__)

SETTLE_SECONDS = 1.0
FORGET_SECONDS = 3600.0
STOP_SECONDS = 5.0
"""How long a round may take to finish its turn when the service stops."""

HERE = Path(__file__).parent


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    agent: AgentClient | None = None,
    http: httpx.AsyncClient | None = None,
) -> FastAPI:
    """The application of one desk.

    Args:
        agent, http: for tests; the service makes its own from the settings.
    """
    desk = _assemble(settings, clock or SystemClock(), agent, http)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await migrate(desk.database, "verifier.desk")
        await _require_plugin(desk.agent)
        stop = asyncio.Event()
        rounds = [
            asyncio.create_task(_round(stop, SETTLE_SECONDS, desk.conversation.settle_all)),
            asyncio.create_task(_round(stop, settings.refresh_seconds, desk.knowledge.refresh)),
            asyncio.create_task(_round(stop, FORGET_SECONDS, desk.sessions.forget_old)),
        ]
        try:
            yield
        finally:
            stop.set()
            _done, late = await asyncio.wait(rounds, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await desk.knowledge.http.aclose()
            await desk.agent.aclose()
            await desk.database.close()

    app = FastAPI(title="medcred desk", lifespan=lifespan)
    install_problems(app, desk.pages)
    # A form holds a little more than its file; what the page says of a file that is too large is said there.
    install_body_limit(app, Upload("/verify", settings.upload_bytes + FORM_BYTES), Upload("/webhooks/{rest:path}", BODY_LIMIT))
    secure = settings.base_url.startswith("https:")
    install_sessions(app, settings.session_secret.get_secret_value(), cookie="medcred_desk", https=secure)
    desk.pages.mount(app)
    for router in (sign_in_router, asking_router, watching_router, short_links_router, public_check_router, proving_router):
        app.include_router(router(desk))
    app.include_router(clinic_key_router(desk.key, settings.clinic.did))
    app.include_router(webhook_router(settings.agent.webhook_key.get_secret_value(), desk.conversation.hear))
    app.add_api_route("/health", _health(desk), methods=["GET"])
    app.state.desk = desk
    return app


def _assemble(settings: Settings, clock: Clock, agent: AgentClient | None, http: httpx.AsyncClient | None) -> Desk:
    database, bell = Database(settings.database), Bell()
    agent = agent or AgentClient(settings.agent.admin_url, settings.agent.api_key.get_secret_value())
    # No proxy from the environment, no cookies: the lists are public and the reads anonymous.
    knowledge = Knowledge(database, http or httpx.AsyncClient(trust_env=False), clock, settings)
    judge = Judge(knowledge, clock)
    key = ClinicKey(agent, settings.clinic.did)
    sessions = Sessions(
        database,
        clock,
        bell,
        request_seconds=settings.request_seconds,
        idle_seconds=settings.idle_seconds,
        content_seconds=settings.content_seconds,
        keep_days=settings.keep_days,
    )
    return Desk(
        settings=settings,
        clock=clock,
        database=database,
        agent=agent,
        key=key,
        bell=bell,
        pages=Pages(HERE, "Clinic desk"),
        staff=Staff(settings.staff),
        sessions=sessions,
        knowledge=knowledge,
        judge=judge,
        conversation=Conversation(sessions, agent, key, judge, settings.clinic),
    )


async def _require_plugin(agent: AgentClient) -> None:
    try:
        await agent.require_plugin()
    except AgentError as error:
        if error.code == "agent.plugin_missing":
            raise
        log.warning("the agent does not answer yet", extra={"code": error.code})


async def _round(stop: asyncio.Event, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again until told to stop; a turn that breaks is logged and the next one comes all the same."""
    while not stop.is_set():
        try:
            await work()
        except Exception as error:
            log.error("a round broke", extra={"step": work.__name__, "error": type(error).__name__})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


def _health(desk: Desk) -> Callable[[], Awaitable[JSONResponse]]:
    async def health() -> JSONResponse:
        """Whether the desk works; files are checked with the agent away, and without a trust list the desk says so itself."""
        others = {"agent": desk.agent.health, "trust_list": desk.knowledge.trust_state}
        return await health_answer({"database": desk.database.check}, others, fatal=("agent.plugin_missing",))

    return health

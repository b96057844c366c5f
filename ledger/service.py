"""The operator's HTTP service.

    POST /commitments    token   {"commitments": ["uEiA…", …]}, at most 1000            202 once stored
    POST /receipts       token   the same body                        {"receipts": {"uEiA…": {LedgerReceipt}}}, the ready ones
    GET  /checkpoint             the newest published checkpoint, a signed note (text/plain)
    GET  /consistency?old=&new=  {"old", "new", "proof": [base64]}
    GET  /health                 200, or 503 when the database or the epochs stand still; names each witness's last answer

Commitments travel in bodies only: a URL ends up in other people's logs. A witness that is away does not make the service
unhealthy; commitments are taken and wait.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ledger.commitment import Commitment
from ledger.database import check_database, open_database
from ledger.encoding import MAX_INTEGER, encode_base64
from ledger.notes import VerifierKey
from ledger.operator import Operator
from ledger.settings import Settings
from ledger.witnessing import WitnessClient
from ledger.writer import only_writer
from schemas.errors import InputError, MedcredError, NotAllowedError, UnavailableError
from storage.clock import Clock, SystemClock
from storage.migrate import migrate_sync
from web.body_limit import Upload, install_body_limit
from web.problems import install_problems

__all__ = ["Settings", "create_app"]

log = logging.getLogger(__name__)

MAX_COMMITMENTS = 1000
_MAX_BODY_BYTES = 128 * 1024


class _Commitments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    commitments: list[str] = Field(min_length=1, max_length=MAX_COMMITMENTS)


def create_app(settings: Settings, *, clock: Clock | None = None, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The operator's service.

    Args:
        transport: how witnesses are reached; the network unless given.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate_sync, settings.database, "ledger")
        engine = open_database(settings.database)
        try:
            with only_writer(engine):
                async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
                    witnesses = [WitnessClient(one.url, VerifierKey.parse(one.verifier_key), http) for one in settings.witnesses]
                    app.state.engine = engine
                    app.state.operator = Operator(
                        engine, settings.signing_key(), witnesses, settings.quorum, clock or SystemClock(), os.urandom
                    )
                    app.state.failing = ""
                    stopping = asyncio.Event()
                    epochs = asyncio.create_task(_run_epochs(app, settings.epoch_seconds, stopping))
                    yield
                    # The round under way is finished, not cancelled: its transactions run in threads that cannot be.
                    stopping.set()
                    await epochs
        finally:
            engine.dispose()

    app = FastAPI(title="medcred ledger", lifespan=lifespan)
    install_problems(app)
    install_body_limit(app, Upload("/commitments", _MAX_BODY_BYTES), Upload("/receipts", _MAX_BODY_BYTES))
    holds_token = Depends(_token_check(settings.tokens))

    @app.post("/commitments", status_code=202, dependencies=[holds_token])
    async def submit(request: Request) -> dict[str, int]:
        commitments = await _read_commitments(request)
        await app.state.operator.submit(commitments)
        return {"stored": len(commitments)}

    @app.post("/receipts", dependencies=[holds_token])
    async def receipts(request: Request) -> JSONResponse:
        commitments = await _read_commitments(request)
        ready = await app.state.operator.receipts(commitments)
        found = {one.text(): ready[one.digest].to_json() for one in commitments if one.digest in ready}
        return JSONResponse({"receipts": found})

    @app.get("/checkpoint")
    async def checkpoint() -> PlainTextResponse:
        return PlainTextResponse(await app.state.operator.checkpoint(), headers={"Cache-Control": "no-store"})

    @app.get("/consistency")
    async def consistency(
        old: Annotated[int, Query(ge=0, le=MAX_INTEGER)], new: Annotated[int, Query(ge=0, le=MAX_INTEGER)]
    ) -> dict[str, Any]:
        proof = await app.state.operator.consistency(old, new)
        return {"old": old, "new": new, "proof": [encode_base64(step) for step in proof]}

    @app.get("/health")
    async def health() -> JSONResponse:
        checks = {"database": "ok", "epochs": app.state.failing or "ok"}
        try:
            await asyncio.to_thread(check_database, app.state.engine)
        except UnavailableError as error:
            checks["database"] = error.code
        well = set(checks.values()) == {"ok"}
        checks |= {f"witness {name}": str(outcome) for name, outcome in app.state.operator.outcomes.items()}
        return JSONResponse({"status": "ok" if well else "failing", "checks": checks}, status_code=200 if well else 503)

    return app


async def _run_epochs(app: FastAPI, seconds: float, stopping: asyncio.Event) -> None:
    """A round every `seconds` until the service stops. A round that fails is tried again, and health says why."""
    while not stopping.is_set():
        try:
            await app.state.operator.step()
            app.state.failing = ""
        except Exception as error:
            app.state.failing = error.code if isinstance(error, MedcredError) else "service.fault"
            log.error("epoch failed", extra={"code": app.state.failing, "error": type(error).__name__})
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)


def _token_check(tokens: Sequence[SecretStr]) -> Any:
    known = [f"Bearer {token.get_secret_value()}".encode() for token in tokens]

    def check(authorization: Annotated[str, Header()] = "") -> None:
        # Every token is compared, so that the time taken does not tell which one came near.
        matches = [hmac.compare_digest(authorization.encode(), one) for one in known]
        if not any(matches):
            raise NotAllowedError("ledger.token", "This ledger does not know the token.", "Check `ledger.token` in agents.yml.")

    return check


async def _read_commitments(request: Request) -> list[Commitment]:
    try:
        texts = _Commitments.model_validate_json(await request.body()).commitments
    except ValidationError as error:
        raise InputError(
            "request.malformed", "The request does not fit.", f'Send {{"commitments": […]}} with 1 to {MAX_COMMITMENTS} of them.'
        ) from error
    return [Commitment.parse(text) for text in texts]

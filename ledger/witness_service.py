"""The witness's HTTP service (C2SP tlog-witness).

    POST /add-checkpoint    answers as `ledger.witness.cosigning` says, in plain text
    GET  /health            200, or 503 when the database does not answer

There is no login: a request is worth what the log's signature in it is worth.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from ledger.database import check_database, open_database
from ledger.notes import VerifierKey
from ledger.request_body import read_body
from ledger.settings import WitnessSettings
from ledger.witness.cosigning import Witness
from ledger.witness_request import MAX_REQUEST_BYTES
from schemas.errors import InputError, UnavailableError
from storage.clock import Clock, SystemClock
from storage.migrate import migrate_sync
from web.problems import install_problems

__all__ = ["WitnessSettings", "create_app"]


def create_app(settings: WitnessSettings, *, clock: Clock | None = None) -> FastAPI:
    """The witness's service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate_sync, settings.database, "ledger.witness")
        engine = open_database(settings.database)
        try:
            logs = [VerifierKey.parse(text) for text in settings.logs]
            app.state.engine = engine
            app.state.witness = Witness(engine, settings.signing_key(), logs, clock or SystemClock())
            yield
        finally:
            engine.dispose()

    app = FastAPI(title="medcred ledger witness", lifespan=lifespan)
    install_problems(app)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await read_body(request, MAX_REQUEST_BYTES)
        except InputError as error:
            # Not the usual 422: to a log that means its history does not hold.
            return Response(f"{error.message}\n", status_code=400, media_type="text/plain")
        answer = await asyncio.to_thread(app.state.witness.add_checkpoint, body)
        # As a header: Starlette would add a charset to a text media type, and a log compares this one exactly.
        return Response(answer.body, status_code=answer.status, headers={"Content-Type": answer.media_type})

    @app.get("/health")
    async def health() -> JSONResponse:
        try:
            await asyncio.to_thread(check_database, app.state.engine)
        except UnavailableError as error:
            return JSONResponse({"status": "failing", "checks": {"database": error.code}}, status_code=503)
        return JSONResponse({"status": "ok", "checks": {"database": "ok"}})

    return app

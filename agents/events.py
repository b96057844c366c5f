"""Webhooks of the agents: `POST /webhooks/{agent}/topic/{topic}/`.

An event is a hint that something changed. ACA-Py keeps webhooks in memory, sends them again and out of order, and loses them when
it stops; so a handler re-reads the record, and a reconciler finds what no event told. The answer goes out before the handler
runs: a slow handler would make the agent repeat itself.
"""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, BackgroundTasks, Request, Response

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
RECORD_IDS = ("cred_ex_id", "pres_ex_id", "connection_id", "oob_id", "thread_id")


@dataclass(frozen=True, kw_only=True)
class AgentEvent:
    """A record of an agent changed. `wallet_id` names the tenant; empty for the agent's own wallet.

    `state` is what the event said and may be old news.
    """

    agent: str
    wallet_id: str
    topic: str
    record_id: str
    state: str
    connection_id: str


type Handler = Callable[[AgentEvent], Awaitable[None]]


def webhook_router(key: str | Mapping[str, str], handler: Handler) -> APIRouter:
    """The routes agents post to.

    Args:
        key: the webhook key, one for all agents or one by agent name.
        handler: called once for each event, after the answer; its errors are logged and never reach the agent.
    """
    router = APIRouter()

    @router.post("/webhooks/{agent}/topic/{topic}/", include_in_schema=False)
    @router.post("/webhooks/{agent}/topic/{topic}", include_in_schema=False)
    async def hear(agent: str, topic: str, request: Request, background: BackgroundTasks) -> Response:
        expected = key if isinstance(key, str) else key.get(agent, "")
        given = request.headers.get("x-api-key", "")
        if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
            return Response(status_code=401)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return Response(status_code=413)
        try:
            payload = json.loads(body)
        except ValueError:
            return Response(status_code=400)
        if not isinstance(payload, dict):
            return Response(status_code=400)
        event = _event(agent, topic, request.headers.get("x-wallet-id", ""), payload)
        background.add_task(_handle, handler, event)
        return Response(status_code=200, background=background)

    return router


def _event(agent: str, topic: str, wallet_id: str, payload: Mapping[str, object]) -> AgentEvent:
    def text(name: str) -> str:
        value = payload.get(name)
        return value if isinstance(value, str) else ""

    record_id = next((text(name) for name in RECORD_IDS if text(name)), "")
    return AgentEvent(
        agent=agent,
        wallet_id=wallet_id,
        topic=topic,
        record_id=record_id,
        state=text("state"),
        connection_id=text("connection_id"),
    )


async def _handle(handler: Handler, event: AgentEvent) -> None:
    try:
        await handler(event)
    except Exception as error:
        # The reconciler will find what this event was about; its text may hold what must not be logged.
        log.error("event handler failed", extra={"agent": event.agent, "topic": event.topic, "error": type(error).__name__})

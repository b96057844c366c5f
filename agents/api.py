"""One admin API call: bounded, timed, limited in size, and every failure turned into one of our errors.

The agent's own words never reach a message: ACA-Py puts records and DIDs into its error texts. Only the plugin's refusals are
passed on, as they are ours (`{"code", "message", "hint"}`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from agents.endpoints import Endpoint
from agents.records import Answer, strange_answer
from schemas.errors import AgentError, MedcredError, NotFoundError, StateError

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
ANSWER_LIMIT = 64 * 2**20
# How the plugin says no (`agents.plugin.answers`).
OURS: dict[int, type[MedcredError]] = {404: NotFoundError, 409: StateError, 503: AgentError}


class AdminApi:
    """The admin API of one agent, seen with one key and perhaps one tenant's token.

    Args:
        base_url: `http://host:port` of the admin API.
        api_key: sent as `x-api-key`.
        token: a tenant's token; None for the agent's own wallet.
        http: a client that lives as long as this object.
        slots: how many calls may run at once, shared by all tenants of one agent.
        renew: gives the token to use after the agent refused one, or None when there is no other.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        token: str | None,
        http: httpx.AsyncClient,
        slots: asyncio.Semaphore,
        renew: Callable[[str], Awaitable[str | None]] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key, self._token = api_key, token
        self._http = http
        self._slots = slots
        self._renew = renew

    async def call(
        self,
        endpoint: Endpoint,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        **ids: str,
    ) -> Answer:
        """Call `endpoint` and return its JSON answer. `ids` fill the path template.

        A tenant's token that is refused is renewed once: a refused call did nothing, so it can be repeated.

        Raises:
            NotFoundError: `agent.not_found`.
            StateError: the plugin refused; its code and words.
            AgentError: `agent.unreachable`, `agent.timeout`, `agent.key_refused`, `agent.plugin_missing`, `agent.refused`,
                `agent.fault`, `agent.too_much`, `agent.strange_answer`.
        """
        assert set(body or ()) <= endpoint.body, "the contract test must know every field"
        assert set(query or ()) <= endpoint.query, "the contract test must know every field"
        used = self._token
        try:
            return await self._once(endpoint, body, query, ids)
        except AgentError as error:
            if error.code != "agent.key_refused" or used is None or self._renew is None:
                raise
            token = await self._renew(used)
            if token is None:
                raise
            self._token = token
        return await self._once(endpoint, body, query, ids)

    async def _once(
        self, endpoint: Endpoint, body: dict[str, Any] | None, query: dict[str, str] | None, ids: dict[str, str]
    ) -> Answer:
        headers = {"x-api-key": self._api_key}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        request = self._http.build_request(
            endpoint.method,
            self._base_url + endpoint.path.format(**ids),
            json=body,
            params=query,
            headers=headers,
            timeout=TIMEOUT,
        )
        where = f"{endpoint.method} {endpoint.path}"
        async with self._slots:
            try:
                response = await self._http.send(request, stream=True)
                try:
                    data = await _read(response, where)
                finally:
                    await response.aclose()
            except httpx.TimeoutException as error:
                raise AgentError("agent.timeout", f"The agent did not answer {where} in time.", "Try again.") from error
            except httpx.TransportError as error:
                raise AgentError(
                    "agent.unreachable", "The agent does not answer.", "Is it running? See `medcred doctor`."
                ) from error
        if response.is_success:
            return _json(data)
        raise _refusal(response.status_code, data, endpoint)


async def _read(response: httpx.Response, where: str) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise AgentError("agent.too_much", f"The agent's answer to {where} is too long.", "Ask for less at a time.")
    return bytes(data)


def _json(data: bytes) -> Answer:
    try:
        return Answer(json.loads(data or b"{}"))
    except (ValueError, TypeError) as error:
        raise strange_answer() from error


def _refusal(status: int, data: bytes, endpoint: Endpoint) -> MedcredError:
    where = f"{endpoint.method} {endpoint.path}"
    ours = endpoint.path.startswith("/medcred/")
    if ours and status in OURS:
        try:
            words = _json(data)
            return OURS[status](words["code"], words["message"], words["hint"])
        except AgentError:
            # Not the plugin's words: without it, its paths are unknown.
            if status == 404:
                return plugin_missing()
    if status == 404:
        return NotFoundError("agent.not_found", f"The agent knows no such thing ({where}).")
    if status in (401, 403):
        return AgentError("agent.key_refused", "The agent refuses our key or token.", "Check the agent's api_key in agents.yml.")
    if status < 500:
        return AgentError("agent.refused", f"The agent refused {where} ({status}).", "The agent's log says why.")
    return AgentError("agent.fault", f"The agent failed at {where} ({status}).", "The agent's log says why.")


def plugin_missing() -> AgentError:
    """The error for an agent that runs without our plugin: ACA-Py only logs a plugin that fails to load, and starts."""
    return AgentError(
        "agent.plugin_missing",
        "This agent runs without the medcred plugin.",
        "Start it with `--plugin agents.plugin` and read its first log lines.",
    )

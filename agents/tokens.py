"""Tokens of the tenants of one agent: asked for once, remembered, and asked for again when the agent refuses one.

ACA-Py knows one valid token for each wallet: whoever asks for a new one voids the last. Two processes that serve the same wallet
so take it from each other now and then; the one that was refused asks again.
"""

import asyncio
import base64
import json

from agents import endpoints
from agents.api import AdminApi


class TenantTokens:
    """The tokens this process knows, by wallet id. `api` speaks with the admin key alone."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api
        self._tokens: dict[str, str] = {}
        self._lock = asyncio.Lock()

    def keep(self, wallet_id: str, token: str) -> None:
        """Remember a token that the agent gave unasked."""
        self._tokens[wallet_id] = token

    async def of(self, wallet_id: str) -> str:
        """The token of a wallet."""
        async with self._lock:
            return self._tokens.get(wallet_id) or await self._ask(wallet_id)

    async def after(self, refused: str) -> str | None:
        """The token to use instead of one the agent refused; of many callers at once, one asks. None: it names no wallet."""
        wallet_id = wallet_of(refused)
        if wallet_id is None:
            return None
        async with self._lock:
            known = self._tokens.get(wallet_id)
            return known if known and known != refused else await self._ask(wallet_id)

    async def _ask(self, wallet_id: str) -> str:
        answer = await self._api.call(endpoints.TENANT_TOKEN, {}, wallet_id=wallet_id)
        token = self._tokens[wallet_id] = str(answer["token"])
        return token


def wallet_of(token: str) -> str | None:
    """The wallet that a tenant's token names in its claims (RFC 7519), or None. Only the agent can tell whether that is true."""
    try:
        claims = token.split(".")[1]
        named = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["wallet_id"]
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return named if isinstance(named, str) else None

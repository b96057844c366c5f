"""ACA-Py's own admin routes, called as directly as our client calls its: the same HTTP library, the same limit."""

import asyncio
from typing import Any

import httpx

from agents.launch import AgentSpec

LIMIT = 16


class StockApi:
    """One agent, or one tenant's wallet in it (`as_tenant`)."""

    def __init__(self, spec: AgentSpec) -> None:
        self._slots = asyncio.Semaphore(LIMIT)
        limits = httpx.Limits(max_connections=LIMIT)
        self._http = httpx.AsyncClient(base_url=spec.admin_url, trust_env=False, timeout=60.0, limits=limits)
        self._headers = {"x-api-key": spec.admin_key}

    def as_tenant(self, token: str) -> "StockApi":
        tenant = object.__new__(StockApi)
        tenant._slots, tenant._http = self._slots, self._http
        tenant._headers = self._headers | {"Authorization": f"Bearer {token}"}
        return tenant

    async def post(self, path: str, body: object) -> dict[str, Any]:
        async with self._slots:
            answer = await self._http.post(path, json=body, headers=self._headers)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}"
        return dict(answer.json())

    async def aclose(self) -> None:
        await self._http.aclose()

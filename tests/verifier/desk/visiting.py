"""One desk at work, and the hands of staff and patient on it."""

from collections.abc import Sequence
from typing import Any

import httpx
from bs4 import BeautifulSoup
from fastapi import FastAPI

from tests.verifier.desk.fakes import CANARIES, CREDENTIAL, GENUINE, PRESENTATION, FakeAgent, FakeJudge, a_verdict
from verifier.desk.parts import Desk
from verifier.verdict import Verdict


class Visit:
    """One desk at work: its application, its fakes, and a signed-in browser."""

    def __init__(self, app: FastAPI, agent: FakeAgent, judge: FakeJudge, browser: httpx.AsyncClient) -> None:
        self.app, self.agent, self.judge, self.browser = app, agent, judge, browser
        self.desk: Desk = app.state.desk
        self.csrf = ""
        self.canaries = CANARIES
        self.addresses: list[str] = []
        browser.event_hooks["request"].append(self._note_address)

    async def _note_address(self, request: httpx.Request) -> None:
        self.addresses.append(str(request.url))

    def verdict(self, *reasons: str, **changes: Any) -> Verdict:
        """A verdict on the fixture patient's record, genuine unless reasons say otherwise."""
        return a_verdict(*(reasons or GENUINE), **({"credential": CREDENTIAL} | changes))

    async def sign_in(self, name: str = "nurse", password: str = "night-shift") -> None:
        answer = await self.browser.post("/api/login", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf"]

    async def post(self, path: str, **content: Any) -> httpx.Response:
        return await self.browser.post(path, headers={"X-CSRF": self.csrf}, **content)

    async def ask(self, types: Sequence[str] = ("ImmunizationCredential",), purpose: str = "treatment") -> dict[str, str]:
        answer = await self.post("/sessions", json={"types": list(types), "purpose": purpose})
        assert answer.status_code == 201, answer.text
        asked: dict[str, str] = answer.json()
        return asked

    async def scan(self, asked: dict[str, str]) -> httpx.Response:
        return await self.browser.get(httpx.URL(asked["url"]).path, headers={"Accept": "application/json"})

    async def state(self, asked: dict[str, str]) -> dict[str, Any]:
        answer = await self.browser.get(f"/sessions/{asked['id']}", headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    async def page(self, asked: dict[str, str], language: str = "en") -> BeautifulSoup:
        cookies = {"Accept": "text/html", "Accept-Language": language}
        answer = await self.browser.get(f"/sessions/{asked['id']}", headers=cookies)
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    async def exchange_of(self, asked: dict[str, str]) -> str:
        exchange_id = (await self.desk.sessions.get(asked["id"])).exchange_id
        assert exchange_id is not None
        return exchange_id

    async def answer(self, asked: dict[str, str], presentation: dict[str, Any] = PRESENTATION) -> None:
        """The wallet answers, and the agent tells the desk."""
        exchange_id = await self.exchange_of(asked)
        self.agent.answer(exchange_id, presentation)
        await self.hint(exchange_id)

    async def hint(self, exchange_id: str, key: str = "hook") -> httpx.Response:
        return await self.browser.post(
            "/webhooks/lantau/topic/present_proof_v2_0/",
            json={"pres_ex_id": exchange_id, "state": "request-sent"},
            headers={"x-api-key": key},
        )

    async def settle(self) -> None:
        await self.desk.conversation.settle_all()

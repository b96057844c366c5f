"""Webhooks: who may send them, and that a bad one or a bad handler harms nobody."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from agents.events import AgentEvent, webhook_router

PATH = "/webhooks/hk/topic/issue_credential_v2_0/"
BODY = {"cred_ex_id": "e1", "state": "request-received", "connection_id": "c1", "thread_id": "t1"}


@pytest.fixture
def heard() -> list[AgentEvent]:
    return []


@pytest.fixture
async def http(heard: list[AgentEvent]) -> AsyncIterator[httpx.AsyncClient]:
    async def handler(event: AgentEvent) -> None:
        heard.append(event)
        if event.state == "explode":
            raise RuntimeError("CANARY-NOTE-5T8W")

    app = FastAPI()
    app.include_router(webhook_router({"hk": "key-of-hk", "sz": "key-of-sz"}, handler))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_an_event_is_heard(http: httpx.AsyncClient, heard: list[AgentEvent]) -> None:
    answer = await http.post(PATH, json=BODY, headers={"x-api-key": "key-of-hk", "x-wallet-id": "w1"})
    assert answer.status_code == 200
    assert heard == [
        AgentEvent(
            agent="hk",
            wallet_id="w1",
            topic="issue_credential_v2_0",
            record_id="e1",
            state="request-received",
            connection_id="c1",
        )
    ]


@pytest.mark.parametrize("key", ["", "wrong", "key-of-sz", "key-of-hk "])
async def test_a_stranger_is_not_heard(http: httpx.AsyncClient, heard: list[AgentEvent], key: str) -> None:
    assert (await http.post(PATH, json=BODY, headers={"x-api-key": key})).status_code == 401
    assert heard == []


async def test_an_unknown_agent_has_no_key(http: httpx.AsyncClient, heard: list[AgentEvent]) -> None:
    assert (await http.post("/webhooks/xx/topic/ping/", json={}, headers={"x-api-key": ""})).status_code == 401
    assert heard == []


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b"7", 400), (b"[" * 300_000, 413)])
async def test_nonsense_is_refused(http: httpx.AsyncClient, heard: list[AgentEvent], body: bytes, status: int) -> None:
    assert (await http.post(PATH, content=body, headers={"x-api-key": "key-of-hk"})).status_code == status
    assert heard == []


async def test_strange_members_become_empty_text(http: httpx.AsyncClient, heard: list[AgentEvent]) -> None:
    await http.post(PATH, json={"cred_ex_id": {"a": 1}, "state": None}, headers={"x-api-key": "key-of-hk"})
    assert (heard[0].record_id, heard[0].state) == ("", "")


async def test_a_failing_handler_is_logged_without_its_words(
    http: httpx.AsyncClient, heard: list[AgentEvent], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await http.post(PATH, json=BODY | {"state": "explode"}, headers={"x-api-key": "key-of-hk"})
    assert answer.status_code == 200
    assert len(heard) == 1
    assert "event handler failed" in caplog.text
    assert "CANARY" not in caplog.text

"""Small parts inside the agent: the cache, the turns, and schemas that are used again."""

import asyncio
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from agents.plugin import speed
from agents.plugin.speed import QuickCache
from agents.plugin.turns import turn

# In a process of its own: it changes ACA-Py's classes.
REUSE = """
import nest_asyncio
nest_asyncio.apply = lambda loop=None: None
from agents.plugin import speed
speed.install()
from acapy_agent.messaging.models.base import BaseModelError
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_ack import V20CredAck
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_offer import V20CredOffer
messages = []
for thread in ("one", "two", ""):
    message = V20CredAck()
    if thread:
        message.assign_thread_id(thread)
    messages.append(message.serialize())
read = [V20CredAck.deserialize(message) for message in messages]
assert [each._thread_id for each in read] == ["one", "two", read[2]._id]
assert V20CredAck()._get_schema_class() is V20CredAck()._get_schema_class()
try:
    V20CredOffer.deserialize({"formats": "CANARY-NOTE-5T8W"})
except BaseModelError as error:
    assert "CANARY" not in str(error)
else:
    raise AssertionError("a malformed offer was taken")
assert V20CredAck.deserialize(messages[0])._thread_id == "one"
assert "CANARY" not in messages[0] and V20CredAck().serialize(as_string=True).startswith("<")
print("held")
"""

# What the agent looks up once: the environment of an agent stays as it is.
LOOKED_UP_ONCE = """
import asyncio
import nest_asyncio
nest_asyncio.apply = lambda loop=None: None
from types import SimpleNamespace
from agents.plugin import speed
speed.install()
from acapy_agent.cache.base import BaseCache
from acapy_agent.multitenant.base import BaseMultitenantManager
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.transport.outbound.http import HttpTransport

async def proxies():
    transport = HttpTransport()
    await transport.start()
    print("asks the environment", transport.client_session.trust_env)
    await transport.stop()

async def tenants():
    class Manager:
        _profile = SimpleNamespace(inject=lambda kind: cache)
        find = BaseMultitenantManager._get_wallet_by_key
    cache = speed.QuickCache()
    await cache.set("medcred_tenant_of_key::known", "wallet", 60)
    print("tenant", await Manager().find("known"))

async def events():
    told = []
    async def emit_event(topic, payload):
        told.append(topic.rpartition("::")[2])
    session = SimpleNamespace(emit_event=emit_event, profile=SimpleNamespace(settings={}))
    for state in ("offer-sent", "request-received", "credential-issued", "done", "abandoned", "offer-received"):
        await V20CredExRecord(state=state).emit_event(session, {"state": state})
    print("told", *told)

asyncio.run(proxies())
asyncio.run(tenants())
asyncio.run(events())
"""


class Time:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    moved = Time()
    monkeypatch.setattr(speed, "time", moved)
    return moved


async def test_the_cache_keeps_and_forgets(time: Time) -> None:
    cache = QuickCache()
    await cache.set(["a", "b"], {"v": 1}, 30)
    await cache.set("c", 2)
    assert (await cache.get("a"), await cache.get("b"), await cache.get("c"), await cache.get("d")) == (
        {"v": 1},
        {"v": 1},
        2,
        None,
    )
    await cache.clear("b")
    time.at += 31
    assert (await cache.get("a"), await cache.get("b"), await cache.get("c")) == (None, None, 2)
    await cache.flush()
    assert await cache.get("c") is None


async def test_what_is_over_is_swept_out(time: Time) -> None:
    cache = QuickCache()
    for number in range(1000):
        await cache.set(str(number), number, 1)
    time.at += 100
    await cache.set("new", 1, 1)
    assert len(cache._entries) == 1


async def test_one_waits_for_the_value_another_fetches(time: Time) -> None:
    cache = QuickCache()
    fetched = 0

    async def fetch() -> int:
        nonlocal fetched
        async with cache.acquire("key") as entry:
            if not entry.result:
                fetched += 1
                await asyncio.sleep(0)
                await entry.set_result(7, 60)
            value: int = entry.result or 7
            return value

    assert await asyncio.gather(*(fetch() for _ in range(5))) == [7] * 5
    assert fetched == 1


async def test_turns_are_taken_by_thread_and_wallet() -> None:
    def wallet(name: str) -> Any:
        return SimpleNamespace(settings={"wallet.id": name})

    held = turn(wallet("a"), "thread")
    assert turn(wallet("a"), "thread") is held
    assert turn(wallet("b"), "thread") is not held
    assert turn(wallet("a"), "other") is not held


def test_a_schema_used_again_remembers_nothing() -> None:
    ran = subprocess.run([sys.executable, "-c", REUSE], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "held\n", ran.stderr
    assert "CANARY" not in ran.stderr


@pytest.mark.parametrize(("environment", "asks"), [({}, "False"), ({"HTTPS_PROXY": "http://proxy.example:3128"}, "True")])
def test_what_is_looked_up_once(environment: dict[str, str], asks: str) -> None:
    """A proxy is honoured when there is one; a message's tenant is remembered; the controller hears what it did not do itself."""
    known = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    ran = subprocess.run(
        [sys.executable, "-c", LOOKED_UP_ONCE], capture_output=True, text=True, timeout=60, check=False, env=known | environment
    )
    told = "request-received done abandoned offer-received"
    assert ran.stdout == f"asks the environment {asks}\ntenant wallet\ntold {told}\n", ran.stderr

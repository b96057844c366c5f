"""What is running: each agent's plugin and database, each service's own health. What is not running is not a fault."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from agents.client import AgentClient
from medcred.doctor.findings import Finding, Health
from medcred.house import House
from medcred.house.secrets import Secrets
from schemas.errors import AgentError, MedcredError

MAX_SKEW_SECONDS = 300
TIMEOUT = httpx.Timeout(5)


async def all_of(house: House) -> AsyncIterator[Finding]:
    secrets = Secrets(house.state)
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        for agent in house.agents:
            if not await _listens(http, f"http://127.0.0.1:{agent.ports.admin}/status/live"):
                yield Finding(f"agent.{agent.name}", Health.UNKNOWN, f"agent {agent.name} is not running", "medcred up")
                continue
            client = AgentClient(f"http://127.0.0.1:{agent.ports.admin}", secrets.text(agent.secrets.admin))
            yield await _agent(agent.name, client)
        for name, service in house.services:
            if service is not None:
                yield await _service(http, name, service.port)
        if house.services.issuer:
            yield await _skew(http, house.services.issuer.lei_source)


async def _listens(http: httpx.AsyncClient, url: str) -> bool:
    try:
        await http.get(url)
    except httpx.TransportError:
        return False
    return True


async def _agent(name: str, client: AgentClient) -> Finding:
    """The plugin is asserted by GET /plugins: ACA-Py starts without a plugin that fails to import."""
    code = f"agent.{name}"
    try:
        await client.require_plugin()
        await client.health()
    except AgentError as error:
        return Finding(code, Health.FAIL, f"agent {name}: {error.message}", error.hint)
    except MedcredError as error:
        return Finding(code, Health.UNKNOWN, f"agent {name}: {error.message}", error.hint)
    return Finding(code, Health.OK, f"agent {name} has the plugin and its database answers")


async def _service(http: httpx.AsyncClient, name: str, port: int) -> Finding:
    code = f"service.{name}"
    try:
        answer = await http.get(f"http://127.0.0.1:{port}/health")
        checks = answer.json().get("checks", {})
    except (httpx.TransportError, ValueError, AttributeError):
        return Finding(code, Health.UNKNOWN, f"service {name} is not running", "medcred up")
    if answer.status_code == 200:
        return Finding(code, Health.OK, f"service {name} works")
    ill = ", ".join(f"{part}: {state}" for part, state in checks.items() if state != "ok")
    return Finding(
        code, Health.FAIL, f"service {name} says {ill or 'it does not work'}", "Its log is in the state folder under logs/"
    )


async def _skew(http: httpx.AsyncClient, url: str) -> Finding:
    """This machine's time against the Date header of the LEI source, which is somebody else's clock."""
    try:
        there = parsedate_to_datetime((await http.get(url)).headers["date"])
    except (httpx.TransportError, KeyError, ValueError):
        return Finding("clock.skew", Health.UNKNOWN, "no other clock was reached to compare with", "")
    seconds = (datetime.now(UTC) - there).total_seconds()
    if abs(seconds) > MAX_SKEW_SECONDS:
        return Finding(
            "clock.skew",
            Health.FAIL,
            f"the clock differs by {seconds:.0f} s from the LEI source's",
            "Set the clock; switch on NTP",
        )
    return Finding("clock.skew", Health.OK, f"the clock agrees with the LEI source's within {max(1, abs(round(seconds)))} s")

"""What is running: each agent's plugin and database, each service's own health. What is not running is not a fault."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from agents.client import AgentClient
from medcred.doctor.findings import Finding, Health
from medcred.house import House
from medcred.house.model import AgentEntry
from medcred.house.secrets import Secrets
from schemas.errors import MedcredError

MAX_SKEW_SECONDS = 300
TIMEOUT = httpx.Timeout(5)


async def all_of(house: House) -> AsyncIterator[Finding]:
    secrets = Secrets(house.state)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
        for agent in house.agents:
            yield await _agent(http, agent, secrets)
        for name, service in house.services:
            if service is not None:
                yield await _service(http, name, service.port)
        if house.services.issuer:
            yield await _skew(http, house.services.issuer.lei_source)


async def _agent(http: httpx.AsyncClient, agent: AgentEntry, secrets: Secrets) -> Finding:
    """The plugin is asserted by GET /plugins: ACA-Py starts without a plugin that fails to import."""
    code, name = f"agent.{agent.name}", f"agent {agent.name}"
    url = f"http://127.0.0.1:{agent.ports.admin}"
    if not await _listens(http, url):
        return Finding(code, Health.UNKNOWN, f"{name} is not running", "medcred up")
    try:
        client = AgentClient(url, secrets.text(agent.secrets.admin), http=http)
        await client.require_plugin()
        if not (await client.health()).database:
            return Finding(code, Health.FAIL, f"{name}: its database does not answer", "Start it; check `storage` in agents.yml")
    except MedcredError as error:
        return Finding(code, Health.FAIL, f"{name}: {error.message}", error.hint)
    return Finding(code, Health.OK, f"{name} has the plugin and its database answers")


async def _listens(http: httpx.AsyncClient, url: str) -> bool:
    """Whether anything is there; whether it is what it should be, and answers in time, is asked afterwards."""
    try:
        await http.get(f"{url}/status/live")
    except httpx.ConnectError:
        return False
    except httpx.TransportError:
        pass
    return True


async def _service(http: httpx.AsyncClient, name: str, port: int) -> Finding:
    code = f"service.{name}"
    log = "Its log is in the state folder under logs/"
    try:
        answer = await http.get(f"http://127.0.0.1:{port}/health")
        told = answer.json()
        checks = dict(told.get("checks", {}))
    except httpx.ConnectError:
        return Finding(code, Health.UNKNOWN, f"service {name} is not running", "medcred up")
    except (httpx.TransportError, ValueError, AttributeError, TypeError):
        return Finding(code, Health.FAIL, f"what listens on port {port} does not answer as service {name} does", log)
    ill = ", ".join(f"{part}: {state}" for part, state in checks.items() if state != "ok")
    if told.get("status") == "degraded":
        return Finding(code, Health.WARN, f"service {name} works, but {ill}", "It goes on by itself once that part is back")
    if answer.status_code == 200:
        return Finding(code, Health.OK, f"service {name} works")
    return Finding(code, Health.FAIL, f"service {name} says {ill or 'it does not work'}", log)


async def _skew(http: httpx.AsyncClient, url: str) -> Finding:
    """This machine's time against the Date header of the LEI source, which is somebody else's clock."""
    try:
        there = parsedate_to_datetime((await http.get(url)).headers["date"])
    except (httpx.TransportError, KeyError, ValueError):
        return Finding("clock.skew", Health.UNKNOWN, "no other clock was reached to compare with", "")
    seconds = (datetime.now(UTC) - (there if there.tzinfo else there.replace(tzinfo=UTC))).total_seconds()
    if abs(seconds) > MAX_SKEW_SECONDS:
        return Finding(
            "clock.skew",
            Health.FAIL,
            f"the clock differs by {seconds:.0f} s from the LEI source's",
            "Set the clock; switch on NTP",
        )
    return Finding("clock.skew", Health.OK, f"the clock agrees with the LEI source's within {max(1, abs(round(seconds)))} s")

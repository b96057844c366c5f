"""From the words of agents.yml to processes: which program, which settings, what it waits for, when it is ready.

witness ──→ ledger ──┐
lei_registry ────────┼──→ issuer ──→ desk, wallet     (at their first start only: then they learn whose trust list to believe)
agents of hospitals ─┘               ↑     ↑
agent of the clinic ─────────────────┘     └──── agent of the patients
"""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from agents.client import AgentClient
from agents.launch import AgentRole, AgentSpec, command
from medcred.house.model import AgentEntry, House, PostgresStorage
from medcred.house.secrets import Secrets
from medcred.supervise.process import Plan
from medcred.supervise.services import ANSWER_TIMEOUT, ServiceSettings
from schemas.errors import AgentError, UnavailableError

ROLES = {"hospital": AgentRole.HOSPITAL, "wallet": AgentRole.PATIENTS, "clinic": AgentRole.CLINIC}


def plans(house: House, environ: Mapping[str, str] = os.environ) -> list[Plan]:
    """All processes of a house. Secrets that do not exist yet are made."""
    settings = ServiceSettings(house)
    # Compiled modules are kept: without them every start of an agent takes seconds longer.
    env = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    planned = [_agent(house, agent, settings, env) for agent in house.agents]
    waits = _waits(house, settings)
    for name, service in house.services:
        if service is not None:
            planned.append(_service(house, name, service.port, settings, waits.get(name, ()), env))
    return planned


def agent_spec(house: House, agent: AgentEntry, webhook_port: int | None) -> AgentSpec:
    """How that agent of the house is started."""
    secrets = Secrets(house.state)
    postgres, connections = "", 40
    if isinstance(agent.storage, PostgresStorage):
        storage = agent.storage
        password = f":{secrets.text(storage.password)}" if storage.password else ""
        postgres = storage.url.replace("://", f"://{storage.user}{password}@", 1)
        connections = storage.connections
    return AgentSpec(
        name=agent.name,
        label=agent.label,
        role=ROLES[agent.role],
        home=house.state / "agents" / agent.name,
        port=agent.ports.didcomm,
        admin_port=agent.ports.admin,
        admin_key=secrets.text(agent.secrets.admin),
        wallet_key=secrets.wallet_key(agent.secrets.wallet),
        webhook_url=f"http://127.0.0.1:{webhook_port}/webhooks/{agent.name}" if webhook_port else "",
        webhook_key=secrets.text(agent.secrets.webhook),
        postgres=postgres,
        max_connections=connections,
        multitenant=agent.role == "wallet",
        jwt_secret=secrets.text(agent.secrets.tokens) if agent.secrets.tokens else "",
    )


def _agent(house: House, agent: AgentEntry, settings: ServiceSettings, env: Mapping[str, str]) -> Plan:
    spec = agent_spec(house, agent, settings.webhook_port(agent.name))
    spec.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    argv, environment = command(spec, env)
    return Plan(
        name=f"agent-{agent.name}",
        argv=argv,
        env=environment,
        log=house.state / "logs" / f"agent-{agent.name}.log",
        ready=_agent_ready(spec),
        ports=(spec.port, spec.admin_port),
    )


def _agent_ready(spec: AgentSpec) -> Callable[[], Awaitable[None]]:
    """Ready is: it answers, it has our plugin, and a read of its wallet comes back (its own /status/ready does not look)."""

    async def check() -> None:
        client = AgentClient(spec.admin_url, spec.admin_key)
        try:
            await client.require_plugin()
            if not (await client.health()).database:
                raise AgentError("agent.database", "its database does not answer", "See `medcred doctor`.")
        finally:
            await client.aclose()

    return check


def _service(
    house: House, name: str, port: int, settings: ServiceSettings, after: tuple[str, ...], env: Mapping[str, str]
) -> Plan:
    file = house.state / "run" / f"{name}.json"

    async def prepare() -> None:
        await settings.write(name, file)

    async def ready() -> None:
        async with httpx.AsyncClient(timeout=ANSWER_TIMEOUT, trust_env=False) as http:
            try:
                answer = await http.get(f"http://127.0.0.1:{port}/health")
                checks: dict[str, Any] = answer.json().get("checks", {})
            except (httpx.HTTPError, ValueError) as error:
                raise UnavailableError("service.silent", "it does not answer") from error
        if answer.status_code != 200:
            ill = ", ".join(sorted(part for part, state in checks.items() if state != "ok"))
            raise UnavailableError("service.ill", f"it answers, but {ill or 'something in it'} does not work")

    return Plan(
        name=name,
        argv=[sys.executable, "-m", "medcred.supervise.run", name, str(file)],
        env=env,
        log=house.state / "logs" / f"{name}.log",
        ready=ready,
        prepare=prepare,
        after=after,
        ports=(port,),
    )


def _waits(house: House, settings: ServiceSettings) -> dict[str, tuple[str, ...]]:
    """What each service needs to be ready first, of what is in this house."""
    services = house.services
    waits: dict[str, tuple[str, ...]] = {"ledger": ("witness",)}
    if services.issuer:
        agents = tuple(f"agent-{slug}" for slug in services.issuer.hospitals)
        others = tuple(name for name in ("ledger", "lei_registry") if getattr(services, name))
        waits["issuer"] = agents + others
    if services.wallet:
        waits["wallet"] = (f"agent-{services.wallet.agent}", *_learns(house, settings, "wallet"))
    if services.desk:
        waits["desk"] = (f"agent-{services.desk.agent}", *_learns(house, settings, "desk"))
    return waits


def _learns(house: House, settings: ServiceSettings, name: str) -> tuple[str, ...]:
    """At its first start a service that reads the trust list learns from the issuer whose list to believe."""
    return ("issuer",) if house.services.issuer and settings.needs_publisher(name) else ()

"""The agents that are measured: ours as `agents.launch` starts them, and stock ones, each with PostgreSQL.

A stock agent gets the same arguments less our plugin, frozen contexts, and the switch that lets a hospital answer requests by
itself: ACA-Py's own way of issuing.
"""

import contextlib
import dataclasses
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from agents.launch import PLUGIN, AgentRole, AgentSpec, command, new_wallet_key

FIRST_PORT = int(os.environ.get("MEDCRED_BENCH_PORT", "18800"))
STARTING_SECONDS = 120.0
STOCK_PLUGIN = "frozen_loader"
PLUGINS = Path(__file__).parent / "stock"


@dataclasses.dataclass(frozen=True)
class Agent:
    """A running agent."""

    spec: AgentSpec
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid


@dataclasses.dataclass(frozen=True)
class Pair:
    """A hospital's agent and a patients' agent with tenants."""

    hospital: Agent
    patients: Agent

    @property
    def pids(self) -> tuple[int, int]:
        return self.hospital.pid, self.patients.pid


@contextlib.contextmanager
def running(folder: Path, server: str, webhook_url: str, webhook_key: str) -> Iterator[tuple[Pair, Pair]]:
    """Our pair and the stock pair."""
    run = secrets.token_hex(4)
    common = {"postgres": server.rpartition("/")[0], "webhook_url": webhook_url, "webhook_key": webhook_key}
    specs = [
        AgentSpec(
            name=f"bench_{run}_{kind}_{role}",
            label=f"{kind} {role}",
            role=role,
            home=folder / f"{kind}_{role}",
            port=FIRST_PORT + 10 * number,
            admin_port=FIRST_PORT + 10 * number + 1,
            admin_key=secrets.token_urlsafe(16),
            wallet_key=new_wallet_key(secrets.token_bytes),
            multitenant=role is AgentRole.PATIENTS,
            jwt_secret=secrets.token_urlsafe(32),
            **common,
        )
        for number, (kind, role) in enumerate(
            (kind, role) for kind in ("ours", "stock") for role in (AgentRole.HOSPITAL, AgentRole.PATIENTS)
        )
    ]
    # An agent tells its events to its own address, so that the listener knows which one speaks.
    specs = [dataclasses.replace(spec, webhook_url=f"{webhook_url}/{spec.label.replace(' ', '-')}") for spec in specs]
    agents: list[Agent] = []
    try:
        for spec in specs:
            agents.append(_start(spec, stock=spec.label.startswith("stock")))
        for agent in agents:
            _wait(agent)
        yield Pair(*agents[:2]), Pair(*agents[2:])
    finally:
        for agent in agents:
            agent.process.terminate()
        for agent in agents:
            try:
                agent.process.wait(15)
            except subprocess.TimeoutExpired:
                agent.process.kill()
                agent.process.wait()


def _start(spec: AgentSpec, *, stock: bool) -> Agent:
    argv, env = command(spec)
    if stock:
        argv[argv.index(PLUGIN)] = STOCK_PLUGIN
        argv[argv.index("-m") + 1] = "acapy_agent"
        env["PYTHONPATH"] = str(PLUGINS)
        if spec.role is AgentRole.HOSPITAL:
            argv.append("--auto-respond-credential-request")
    spec.home.mkdir(parents=True)
    with (spec.home / "log.txt").open("wb") as log:
        return Agent(spec, subprocess.Popen(argv, env=env, stdout=log, stderr=subprocess.STDOUT))


def _wait(agent: Agent) -> None:
    headers, url = {"x-api-key": agent.spec.admin_key}, agent.spec.admin_url
    deadline = time.monotonic() + STARTING_SECONDS
    while agent.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/status/ready", headers=headers, trust_env=False).is_success:
                wanted = STOCK_PLUGIN if agent.spec.label.startswith("stock") else PLUGIN
                plugins = httpx.get(f"{url}/plugins", headers=headers, trust_env=False).json()["result"]
                assert wanted in plugins, f"{agent.spec.label} runs without {wanted}"
                assert (PLUGIN in plugins) == (wanted == PLUGIN), f"{agent.spec.label} runs with {plugins}"
                return
        time.sleep(0.2)
    raise SystemExit(f"agent {agent.spec.label} did not start:\n{(agent.spec.home / 'log.txt').read_text()[-4000:]}")

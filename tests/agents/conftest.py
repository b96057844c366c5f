"""Real agents for the tests of this room: a hospital, a multitenant patients' agent and a clinic, started once."""

import asyncio
import contextlib
import dataclasses
import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from agents.client import AgentClient
from agents.launch import AgentRole, AgentSpec, command, new_wallet_key

STARTING_SECONDS = 90.0
REACTING_SECONDS = 20.0


class DidHost:
    """Serves did:web documents on loopback, as the issuer service does."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, object]] = {}
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = host.documents.get(self.path)
                body = json.dumps(document).encode()
                self.send_response(200 if document else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def did(self, name: str) -> str:
        return f"did:web:localhost%3A{self.port}:hospitals:{name}"

    def publish(self, name: str, multikey: str) -> None:
        did = self.did(name)
        method = {"id": f"{did}#key-1", "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
        self.documents[f"/hospitals/{name}/did.json"] = {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": did,
            "verificationMethod": [method],
            "assertionMethod": [method["id"]],
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class RunningAgent:
    """One `aca-py start` process, ready when its admin API says so."""

    def __init__(self, spec: AgentSpec, extra: tuple[str, ...] = ()) -> None:
        self.spec = spec
        spec.home.mkdir(parents=True, exist_ok=True)
        self.log = spec.home / "log.txt"
        argv, env = command(spec)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*argv, *extra], env=env, stdout=log, stderr=subprocess.STDOUT)

    def wait(self) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"{self.spec.admin_url}/status/ready", headers={"x-api-key": self.spec.admin_key})
                if answer.is_success:
                    return
            time.sleep(0.2)
        pytest.fail(f"agent {self.spec.name} did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def make_spec(home: Path, name: str, role: AgentRole, port: int, **more: object) -> AgentSpec:
    spec = AgentSpec(
        name=name,
        label=f"{name} (test)",
        role=role,
        home=home / name,
        port=port,
        admin_port=port + 1,
        admin_key=secrets.token_urlsafe(16),
        wallet_key=new_wallet_key(secrets.token_bytes),
    )
    return dataclasses.replace(spec, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def did_host() -> Iterator[DidHost]:
    host = DidHost()
    yield host
    host.close()


@pytest.fixture(scope="session")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningAgent]]:
    """hospital, patients, clinic."""
    home = tmp_path_factory.mktemp("agents")
    base = int(os.environ.get("MEDCRED_TEST_AGENT_PORT", "18300"))
    secret = secrets.token_urlsafe(16)
    running = {
        "hospital": RunningAgent(make_spec(home, "hospital", AgentRole.HOSPITAL, base)),
        "patients": RunningAgent(make_spec(home, "patients", AgentRole.PATIENTS, base + 10, multitenant=True, jwt_secret=secret)),
        "clinic": RunningAgent(make_spec(home, "clinic", AgentRole.CLINIC, base + 20)),
    }
    try:
        for agent in running.values():
            agent.wait()
        yield running
    finally:
        for agent in running.values():
            agent.stop()


async def client_of(agent: RunningAgent) -> AsyncIterator[AgentClient]:
    client = AgentClient(agent.spec.admin_url, agent.spec.admin_key)
    yield client
    await client.aclose()


@pytest.fixture
async def hospital(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    async for client in client_of(agents["hospital"]):
        yield client


@pytest.fixture
async def patients(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    async for client in client_of(agents["patients"]):
        yield client


@pytest.fixture
async def clinic(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    async for client in client_of(agents["clinic"]):
        yield client


@pytest.fixture
async def mei(patients: AgentClient) -> AgentClient:
    """The wallet of one patient."""
    tenant = await patients.create_tenant("mei", "Mei's wallet")
    return patients.as_tenant(tenant.token)


async def until[T](look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Ask again until there is an answer; real processes need a moment."""
    deadline = time.monotonic() + REACTING_SECONDS
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"never happened: {what}")

"""Real `aca-py` processes on loopback, a host for DID documents, and patience."""

import asyncio
import contextlib
import dataclasses
import json
import secrets
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
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
        # How often each of these paths still answers 503, and how often it did.
        self.faults: dict[str, int] = {}
        self.failed: Counter[str] = Counter()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = host.documents.get(self.path)
                body = json.dumps(document).encode()
                if host.faults.get(self.path, 0):
                    host.faults[self.path] -= 1
                    host.failed[self.path] += 1
                    self.send_response(503)
                else:
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

    def fail(self, name: str, times: int) -> None:
        """Let the next `times` looks at a document find the host out of order."""
        self.faults[f"/hospitals/{name}/did.json"] = times

    def failures(self, name: str) -> int:
        """How often a look at the document failed."""
        return self.failed[f"/hospitals/{name}/did.json"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class RunningAgent:
    """One `aca-py start` process, ready when its admin API says so."""

    def __init__(self, spec: AgentSpec, *, plugin: str = "") -> None:
        self.spec = spec
        spec.home.mkdir(parents=True, exist_ok=True)
        self.log = spec.home / "log.txt"
        argv, env = command(spec)
        if plugin:
            # A plugin of this folder, besides ours.
            argv, env = [*argv, "--plugin", plugin], env | {"PYTHONPATH": str(Path(__file__).parent)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(argv, env=env, stdout=log, stderr=subprocess.STDOUT)

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


def free_port() -> int:
    """A port nobody listens on now, so that two test runs can go side by side."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def make_spec(home: Path, name: str, role: AgentRole, port: int = 0, **more: object) -> AgentSpec:
    """An agent of that name and role with fresh secrets, on `port` and the next, or on free ports."""
    spec = AgentSpec(
        name=name,
        label=f"{name} (test)",
        role=role,
        home=home / name,
        port=port or free_port(),
        admin_port=port + 1 if port else free_port(),
        admin_key=secrets.token_urlsafe(16),
        wallet_key=new_wallet_key(secrets.token_bytes),
    )
    return dataclasses.replace(spec, **more)  # type: ignore[arg-type]


class Party(AgentClient):
    """A client that can also call any route of the agent, as an attacker or a curious test would."""

    async def raw(self, method: str, path: str, body: object = None) -> httpx.Response:
        return await self._http.request(
            method, self._base_url + path, json=body, headers={"x-api-key": self._api_key}, timeout=30.0
        )


async def until[T](look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Ask again until there is an answer; real processes need a moment."""
    deadline = time.monotonic() + REACTING_SECONDS
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.02)
    pytest.fail(f"never happened: {what}")

"""The house's settings against this machine: secrets, ports, databases and their pools."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg

from medcred.doctor.findings import Finding, Health
from medcred.house import House
from medcred.house.model import PostgresStorage
from medcred.house.secrets import Secrets

# Connections that PostgreSQL keeps for others: its superuser's reserve and a migration.
SPARE_CONNECTIONS = 10


# What the command lines of our own processes hold.
OURS = ("medcred", "acapy_agent")


async def all_of(house: House) -> AsyncIterator[Finding]:
    yield secret_files(house)
    for port, owner in sorted(house.ports().items()):
        yield port_free(port, owner)
    async for finding in postgres(house):
        yield finding


def secret_files(house: House) -> Finding:
    folder = house.state / "secrets"
    open_files = [file.name for file in folder.glob("*") if file.stat().st_mode & 0o077] if folder.is_dir() else []
    if open_files:
        return Finding("secrets", Health.FAIL, f"others can read {', '.join(sorted(open_files))}", f"chmod 600 {folder}/*")
    return Finding("secrets", Health.OK, "secret files are private")


def port_free(port: int, owner: str) -> Finding:
    """Free, or held by the process that should hold it (`running` looks at that), or by a stranger."""
    holder = taken_by(port)
    if holder is None:
        return Finding(f"port.{port}", Health.OK, f"port {port} is free for {owner}")
    if any(name in holder for name in OURS):
        return Finding(f"port.{port}", Health.OK, f"{owner} is running")
    says = f"port {port} for {owner} is taken by {holder}"
    return Finding(f"port.{port}", Health.FAIL, says, f"Stop it, or give {owner} another port in agents.yml")


def taken_by(port: int) -> str | None:
    """Who listens on a loopback port; None when nobody does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return holder_of(port) or "another process"
    return None


def holder_of(port: int) -> str:
    """The command line of the process that listens on a loopback port, as far as this user may see it (Linux)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            local, state, inode = (line.split()[field] for field in (1, 3, 9))
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{inode}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            if any(os.readlink(descriptor) in inodes for descriptor in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().split(b"\0")
                return f"{b' '.join(words[:4]).decode(errors='replace').strip()} (pid {process.name})"
        except OSError:
            continue
    return ""


async def postgres(house: House) -> AsyncIterator[Finding]:
    """Each PostgreSQL that agents use: does it answer, and does it allow the connections the agents may open together?"""
    wanted: dict[str, int] = {}
    for agent in house.agents:
        if isinstance(agent.storage, PostgresStorage):
            password = f":{Secrets(house.state).text(agent.storage.password)}" if agent.storage.password else ""
            host = agent.storage.url.removeprefix("postgresql://").split("/")[0].rpartition("@")[2]
            url = f"postgresql://{agent.storage.user}{password}@{host}/postgres"
            wanted[url] = wanted.get(url, 0) + agent.storage.connections
    for url, connections in wanted.items():
        host = url.rpartition("@")[2]
        try:
            async with asyncio.timeout(5), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                row = await (await connection.execute("SHOW max_connections")).fetchone()
        except (psycopg.Error, OSError, TimeoutError):
            yield Finding(
                "database", Health.FAIL, f"PostgreSQL at {host} does not answer", "Start it; check `storage` in agents.yml"
            )
            continue
        allowed = int(row[0]) if row else 0
        if connections + SPARE_CONNECTIONS > allowed:
            says = f"PostgreSQL at {host} allows {allowed} connections; the agents may open {connections}"
            yield Finding(
                "pool", Health.FAIL, says, f"max_connections = {connections + SPARE_CONNECTIONS} or more in postgresql.conf"
            )
        else:
            yield Finding("pool", Health.OK, f"PostgreSQL at {host} allows {allowed} connections, {connections} wanted")

"""The house's settings against this machine: secrets, ports, databases and their pools."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psycopg

from medcred.doctor.findings import Finding, Health
from medcred.house import House
from medcred.house.model import PostgresStorage, Service
from medcred.house.secrets import Secrets
from schemas.errors import MedcredError

# Connections that PostgreSQL keeps for others: its superuser's reserve and a migration.
SPARE_CONNECTIONS = 10
# What a service may open at most: its pool, and as many again for a moment (SQLAlchemy's overflow).
SERVICE_CONNECTIONS = 20
# Modules that our own processes run as `python -m`.
OURS = frozenset({"medcred.supervise.run", "agents.acapy"})


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port; without words where this user may not see whose it is."""

    words: tuple[str, ...] = ()
    pid: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is an agent or a service of a house. A stranger may well lie in a folder that is called medcred."""
        return any(pair[0] == "-m" and pair[1] in OURS for pair in pairwise(self.words))

    def __str__(self) -> str:
        return f"{' '.join(self.words[:4])} (pid {self.pid})" if self.pid else "another process"


async def all_of(house: House) -> AsyncIterator[Finding]:
    yield secret_files(house)
    for port, owner in sorted(house.ports().items()):
        yield port_free(port, owner)
    try:
        async for finding in postgres(house):
            yield finding
    except MedcredError as error:  # the password of a database
        yield Finding("database", Health.FAIL, error.message, error.hint)


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
    if holder.ours:
        return Finding(f"port.{port}", Health.OK, f"{owner} is running")
    says = f"port {port} for {owner} is taken by {holder}"
    return Finding(f"port.{port}", Health.FAIL, says, f"Stop it, or give {owner} another port in agents.yml")


def taken_by(port: int) -> Holder | None:
    """Who listens on a loopback port; None when nobody does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return holder_of(port)
    return None


def holder_of(port: int) -> Holder:
    """The process that listens on a loopback port, as far as this user may see it (Linux)."""
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
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                return Holder(tuple(words[:-1]), process.name)
        except OSError:
            continue
    return Holder()


async def postgres(house: House) -> AsyncIterator[Finding]:
    """Each PostgreSQL server of the house: does it answer, and does it allow the connections that may be opened together?"""
    wanted: dict[str, int] = {}
    urls: dict[str, str] = {}
    for url, connections in _databases(house):
        host = url.removeprefix("postgresql://").split("/")[0].rpartition("@")[2]
        urls.setdefault(host, url)
        wanted[host] = wanted.get(host, 0) + connections
    for host, connections in wanted.items():
        try:
            async with asyncio.timeout(5), await psycopg.AsyncConnection.connect(urls[host], autocommit=True) as connection:
                row = await (await connection.execute("SHOW max_connections")).fetchone()
        except (psycopg.Error, OSError, TimeoutError):
            mend = "Start it; check `storage` and `database` in agents.yml"
            yield Finding("database", Health.FAIL, f"PostgreSQL at {host} does not answer", mend)
            continue
        allowed = int(row[0]) if row else 0
        if connections + SPARE_CONNECTIONS > allowed:
            says = f"PostgreSQL at {host} allows {allowed} connections; this house may open {connections}"
            yield Finding(
                "pool", Health.FAIL, says, f"max_connections = {connections + SPARE_CONNECTIONS} or more in postgresql.conf"
            )
        else:
            yield Finding("pool", Health.OK, f"PostgreSQL at {host} allows {allowed} connections, {connections} wanted")


def _databases(house: House) -> Iterator[tuple[str, int]]:
    """The URL of each PostgreSQL database, and the most connections it is used with. An agent makes its own database."""
    for _, service in house.services:
        if isinstance(service, Service) and service.database and service.database.startswith("postgresql://"):
            yield service.database, SERVICE_CONNECTIONS
    for agent in house.agents:
        if isinstance(agent.storage, PostgresStorage):
            password = f":{Secrets(house.state).text(agent.storage.password)}" if agent.storage.password else ""
            host = agent.storage.url.removeprefix("postgresql://").split("/")[0].rpartition("@")[2]
            yield f"postgresql://{agent.storage.user}{password}@{host}/postgres", agent.storage.connections

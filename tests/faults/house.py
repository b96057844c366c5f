"""A house that may be hurt: the shipped agents.yml on other ports, grown up to PostgreSQL, and what is needed to hurt it.

The issuer's, the wallet's and the desk's databases are on PostgreSQL, and so is the wallet of the treating hospital's agent.
MEDCRED_FAULTS says how often each fault is done; the usual 1 is for every day, 10 for a night.
"""

import asyncio
import contextlib
import os
import random
import re
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from medcred.house import House, read_house
from medcred.supervise.process import Process
from tests.flows.running import SHIPPED, RunningHouse

TIMES = int(os.environ.get("MEDCRED_FAULTS", "1"))
TREATING = "sz"


def house_on_postgres(folder: Path, server: str, run: str) -> House:
    """Each port 10000 higher, state in `folder`. An agent's database has its name, so the hospital is called `sz-<run>`."""
    text = re.sub(r"\b8(1\d\d)\b", r"18\1", SHIPPED.read_text()).replace("localhost%3A8", "localhost%3A18")
    text = re.sub(rf"\b{TREATING}\b", f"{TREATING}-{run}", text)
    there = server.rpartition("@")[2].split("/")[0]
    user = server.removeprefix("postgresql://").rpartition("@")[0] or "postgres"
    storage = f"storage: {{kind: postgresql, url: 'postgresql://{there}', user: {user}, connections: 40}}"
    text = text.replace("storage: {kind: sqlite}", storage, 1)
    for service, port in (("issuer", 18101), ("wallet", 18102), ("desk", 18103)):
        lines = f"  {service}:\n    port: {port}\n"
        assert lines in text
        text = text.replace(lines, f"{lines}    database: {server.rsplit('/', 1)[0]}/{service}_{run}\n")
    file = folder / "agents.yml"
    file.write_text(text)
    return read_house(file)


@contextlib.contextmanager
def databases(server: str, run: str) -> Iterator[None]:
    """The services' databases for a while. The agent makes its own; it is dropped as well."""
    services = [f"{service}_{run}" for service in ("issuer", "wallet", "desk")]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in services:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in (*services, f"{TREATING}-{run}"):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class FragileHouse(RunningHouse):
    """A running house whose processes can be killed."""

    @property
    def hospital(self) -> str:
        """The treating hospital."""
        return self.house.agents[0].name

    async def kill(self, name: str) -> None:
        """SIGKILL a process as soon as it is ready; the supervisor starts it again."""
        process = self.supervisor.processes[name]
        await self.is_ready(name)
        pid, starts = process.pid, process.starts
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            while process.starts == starts:
                await asyncio.sleep(0.05)

    async def stop_one(self, name: str) -> None:
        """Stop a process and leave it stopped."""
        await asyncio.to_thread(self.run, self.supervisor.stop(name))

    async def start_one(self, name: str) -> None:
        """Start it again, and wait until it is ready."""
        await asyncio.to_thread(self.run, self.supervisor.start(name))

    async def is_ready(self, name: str) -> Process:
        """The process, once it does its work."""
        process = self.supervisor.processes[name]
        async with asyncio.timeout(120):
            while not process.ready.is_set():
                await asyncio.sleep(0.05)
        return process


def new_run() -> str:
    """A name for the databases of one run."""
    return uuid.uuid4().hex[:8]


def moments(count: int) -> list[float]:
    """Random seconds to wait before each of `count` faults; the seed is printed, so that a failure can be repeated."""
    seed = int(os.environ.get("MEDCRED_FAULTS_SEED", random.randrange(10**6)))
    print(f"MEDCRED_FAULTS_SEED={seed}")
    chance = random.Random(seed)
    return [chance.uniform(0, 2.5) for _ in range(count)]

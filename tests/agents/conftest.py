"""Real agents for the tests of this room: a hospital, a multitenant patients' agent, a clinic and a thief, started once."""

import secrets
from collections.abc import AsyncIterator, Iterator

import nest_asyncio
import pytest

from agents.launch import AgentRole
from tests.agents.running import DidHost, Party, RunningAgent, make_spec

# Importing ACA-Py rebuilds asyncio for the whole process, for a document loader that our plugin replaces. Not in this process:
# the tests of all rooms run in it.
nest_asyncio.apply = lambda loop=None: None


@pytest.fixture(scope="session")
def did_host() -> Iterator[DidHost]:
    host = DidHost()
    yield host
    host.close()


@pytest.fixture(scope="session")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningAgent]]:
    """hospital, patients, clinic; and thief, whose agent also sends what ours would refuse."""
    home = tmp_path_factory.mktemp("agents")
    secret = secrets.token_urlsafe(32)
    running = {
        "hospital": RunningAgent(make_spec(home, "hospital", AgentRole.HOSPITAL)),
        "patients": RunningAgent(make_spec(home, "patients", AgentRole.PATIENTS, multitenant=True, jwt_secret=secret)),
        "clinic": RunningAgent(make_spec(home, "clinic", AgentRole.CLINIC)),
        "thief": RunningAgent(make_spec(home, "thief", AgentRole.PATIENTS), plugin="forging"),
    }
    try:
        for agent in running.values():
            agent.wait()
        yield running
    finally:
        for agent in running.values():
            agent.stop()


async def _party(agent: RunningAgent) -> AsyncIterator[Party]:
    party = Party(agent.spec.admin_url, agent.spec.admin_key)
    yield party
    await party.aclose()


@pytest.fixture
async def hospital(agents: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    async for party in _party(agents["hospital"]):
        yield party


@pytest.fixture
async def patients(agents: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    async for party in _party(agents["patients"]):
        yield party


@pytest.fixture
async def clinic(agents: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    async for party in _party(agents["clinic"]):
        yield party


@pytest.fixture
async def thief(agents: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    async for party in _party(agents["thief"]):
        yield party


@pytest.fixture
async def mei(patients: Party) -> Party:
    """The wallet of one patient. Each test asks for a new token, which voids the last."""
    tenant = await patients.create_tenant("mei", "Mei's wallet")
    return patients.as_tenant(tenant.token)


@pytest.fixture
async def issuer_did(hospital: Party, did_host: DidHost) -> str:
    """The hospital's did:web, published with the key of its wallet."""
    did = did_host.did("hk")
    did_host.publish("hk", await hospital.create_key(f"{did}#key-1"))
    return did

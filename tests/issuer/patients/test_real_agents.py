"""Over real ACA-Py agents: a hospital is bound and listed, and a patient's wallet is bound by the proof of its DID.

A wallet that answers with a proof for another hospital's domain is not bound, whatever its agent says about it.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from agents.client import AgentClient
from agents.launch import AgentRole
from issuer.onboarding import trust_list
from issuer.patients.binding import get_binding, invite, reconcile
from issuer.patients.desk import register
from issuer.patients.identity import DocumentType
from issuer.patients.tables import PatientBinding
from tests.agents.running import RunningAgent, make_spec, until
from tests.issuer.onboarding.house import House
from verifier.identity.trust import TrustList

pytestmark = pytest.mark.agents


@pytest.fixture
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SQLite alone: agents do not see the engine."""
    return f"sqlite:///{tmp_path_factory.mktemp('house') / 'test.db'}"


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningAgent]]:
    home = tmp_path_factory.mktemp("binding-agents")
    base = int(os.environ.get("MEDCRED_TEST_BINDING_PORT", "18530"))
    secret = secrets.token_urlsafe(32)
    specs = {
        "hospital": make_spec(home, "hospital", AgentRole.HOSPITAL, base),
        "patients": make_spec(home, "patients", AgentRole.PATIENTS, base + 5, multitenant=True, jwt_secret=secret),
    }
    started: dict[str, RunningAgent] = {}
    try:
        for name, spec in specs.items():
            started[name] = RunningAgent(spec)
        for agent in started.values():
            agent.wait()
        yield started
    finally:
        for agent in started.values():
            agent.stop()


@pytest.fixture
async def hospital(agents: dict[str, RunningAgent], house: House) -> AsyncIterator[House]:
    """The service, with the real agent as the Hong Kong hospital's."""
    client = AgentClient(agents["hospital"].spec.admin_url, agents["hospital"].spec.admin_key)
    house.agents["hk"] = client  # type: ignore[assignment]
    house.clock.at = datetime.now(UTC)
    yield house
    await client.aclose()


@pytest.fixture
async def wallet(agents: dict[str, RunningAgent]) -> AsyncIterator[AgentClient]:
    """A patient's wallet."""
    client = AgentClient(agents["patients"].spec.admin_url, agents["patients"].spec.admin_key)
    tenant = await client.create_tenant(f"patient-{secrets.token_hex(4)}", "A patient's wallet")
    yield client.as_tenant(tenant.token)
    await client.aclose()


async def bind(house: House, wallet: AgentClient, number: str) -> tuple[PatientBinding, str]:
    """Everything a clerk and a patient do; the binding as it ended, and the DID the wallet answered with."""
    patient, _ = await register(
        house.context, hospital="hk", name="CANARY-NAME-7Q4X", document=DocumentType.PASSPORT, number=number, who="cho"
    )
    row = await invite(house.context, patient.id, who="cho")
    assert row.invitation is not None
    await wallet.receive_invitation(row.invitation)
    did = await wallet.create_holder_did()

    async def answered() -> bool | None:
        house.clock.at = datetime.now(UTC)
        await reconcile(house.context)
        waiting = await wallet.presentation_exchanges(state="request-received")
        for exchange in waiting:
            assert exchange.request is not None
            assert exchange.request.is_did_proof
            await wallet.share(exchange.id, [], holder_did=did)
        return True if waiting else None

    async def over() -> PatientBinding | None:
        house.clock.at = datetime.now(UTC)
        await reconcile(house.context)
        current = await get_binding(house.context, row.id)
        return current if current.state in ("active", "failed") else None

    await until(answered, "the wallet answers")
    return await until(over, "the binding is judged"), did


async def test_a_hospital_and_a_wallet_are_bound_through_real_agents(hospital: House, wallet: AgentClient) -> None:
    await hospital.bind()
    await hospital.bindings.rotate_key("hk", who="olga")
    document = await trust_list.current(hospital.context)
    trust = TrustList.parse(document, publisher=await trust_list.publisher(hospital.context))
    [issuer] = trust.issuers
    assert [key.valid_until is None for key in issuer.keys] == [False, True]
    row, did = await bind(hospital, wallet, "A1234567")
    assert (row.state, row.reason, row.holder_dids) == ("active", None, [did])


async def test_a_proof_made_for_another_hospital_binds_nothing(
    hospital: House, wallet: AgentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hospital.bind()
    client = hospital.agents["hk"]
    ask = client.request_presentation

    async def diverted(request: object, **values: str) -> object:
        """The request is exchanged on its way for one that names another domain: what a relay could do."""
        other = type(request)(**{**vars(request), "domain": "did:web:elsewhere.example"})  # type: ignore[call-arg]
        return await ask(other, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "request_presentation", diverted)
    row, _ = await bind(hospital, wallet, "B1234567")
    assert (row.state, row.reason, row.holder_dids) == ("failed", "proof_failed", [])

"""What the tests with software of others share: credentials as the hospital issues them, a judge, agents and a wallet."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agents.launch import AgentRole
from schemas.contexts import frozen_contexts
from tests.agents.running import Party, RunningAgent, make_spec
from tests.independent import issuing, node
from tests.independent.issuing import Json
from tests.independent.wallet import CredoWallet
from tests.verifier import world

PORT = 18700

type Judge = Callable[..., list[Json]]


@pytest.fixture(scope="session")
def drafted() -> list[Json]:
    """Every sample record as an unsigned credential about the patient."""
    return issuing.sample_credentials()


@pytest.fixture(scope="session")
def issued(drafted: Sequence[Json], tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Every sample record as the patient carries it: `eddsa-jcs-2022`, and the receipt of a real log beside it."""
    return issuing.witnessed([world.signed(credential) for credential in drafted], tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="session")
def digitalbazaar() -> Path:
    return node.need("digitalbazaar")


@pytest.fixture(scope="session")
def judge(digitalbazaar: Path) -> Judge:
    """`judge(credential, …)`: what Digital Bazaar's library says of each."""

    def ask(*documents: Json, known: Json | None = None, **more: Any) -> list[Json]:
        question = {
            "documents": issuing.documents() if known is None else known,
            "now": world.stamp(world.AT),
            "questions": [_question(document) for document in documents],
            **more,
        }
        answers: list[Json] = node.ask(digitalbazaar / "judge.mjs", question)
        return answers

    return ask


def _question(document: Json) -> Json:
    if "VerifiableCredential" in document.get("type", ()):
        return {"kind": "credential", "document": document}
    return {"kind": "presentation", "document": document, "challenge": world.CHALLENGE, "domain": world.CLINIC}


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningAgent]]:
    """A hospital's and a clinic's agent, as `medcred up` starts them."""
    home = tmp_path_factory.mktemp("agents")
    started = {
        "hospital": RunningAgent(make_spec(home, "hospital", AgentRole.HOSPITAL, PORT)),
        "clinic": RunningAgent(make_spec(home, "clinic", AgentRole.CLINIC, PORT + 2)),
    }
    try:
        for agent in started.values():
            agent.wait()
        yield started
    finally:
        for agent in started.values():
            agent.stop()


@pytest.fixture
async def hospital(running: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    spec = running["hospital"].spec
    party = Party(spec.admin_url, spec.admin_key)
    yield party
    await party.aclose()


@pytest.fixture
async def clinic(running: dict[str, RunningAgent]) -> AsyncIterator[Party]:
    spec = running["clinic"].spec
    party = Party(spec.admin_url, spec.admin_key)
    yield party
    await party.aclose()


@pytest.fixture
def wallet(tmp_path: Path) -> Iterator[CredoWallet]:
    """A new, empty Credo wallet that knows our contexts."""
    opened = CredoWallet(node.need("credo"), tmp_path / "credo")
    try:
        opened.ask("start", port=PORT + 4, folder=str(tmp_path / "credo"), contexts=dict(frozen_contexts()))
        yield opened
    finally:
        opened.close()

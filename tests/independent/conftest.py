"""What the tests with software of others share: credentials as the hospital issues them, and a judge."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.independent import issuing, node
from tests.independent.issuing import Json
from tests.verifier import world

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

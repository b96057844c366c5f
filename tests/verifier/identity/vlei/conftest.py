"""Worlds for the vLEI tests: forged ones (fast, with every fault one can think of) and the sentences of GLEIF's schemas."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.identity.vlei.forge import STAND_INS, World
from verifier.identity.vlei import Pins, models

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def pins(world: World) -> Pins:
    return Pins(root=world.root.aid, geda=world.geda.aid)


@pytest.fixture(autouse=True)
def stand_in_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the stand-ins for GLEIF's sentences, which are not in this repository; everything else counts as what it is."""
    by_kind = {model.kind.value: model.rules for model in models.MODELS}
    hashes = {sentence: by_kind[kind][name] for (kind, name), sentence in STAND_INS.items()}
    real = models._sha256
    monkeypatch.setattr(models, "_sha256", lambda text: hashes.get(text) or real(text))
    yield


@pytest.fixture(scope="session")
def schema_documents(independent_data: Path) -> dict[str, Any]:
    """GLEIF's schema documents by their SAID."""
    documents = [json.loads(file.read_bytes()) for file in sorted((independent_data / "vlei" / "schema").glob("*.json"))]
    return {document["$id"]: document for document in documents}


@pytest.fixture(scope="session")
def sentences(schema_documents: dict[str, Any]) -> dict[tuple[str, str], str]:
    """GLEIF's own legal sentences, in the order of the documents."""
    found = {}
    for model in models.MODELS:
        rules = schema_documents.get(model.schema, {}).get("properties", {}).get("r", {"oneOf": []})
        for choice in rules["oneOf"]:
            for name, rule in choice.get("properties", {}).items():
                if name != "d":
                    found[model.kind.value, name] = rule["properties"]["l"]["const"]
    assert all(
        hashlib.sha256(sentence.encode()).hexdigest() == next(m for m in models.MODELS if m.kind == kind).rules[name]
        for (kind, name), sentence in found.items()
    )
    return found

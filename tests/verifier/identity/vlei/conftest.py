"""Worlds for the vLEI tests: forged ones (fast, with every fault one can think of) and the sentences of GLEIF's schemas."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.identity.vlei.forge import World
from verifier.identity.vlei import Pins, models

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def pins(world: World) -> Pins:
    return Pins(root=world.root.aid, geda=world.geda.aid)


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
    return found

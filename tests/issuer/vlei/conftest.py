"""Fixtures of the rehearsal's tests: ecosystems that a whole module reads, and the published schemas where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.vlei.documents import SchemaDocuments, read_folder
from tests.issuer.vlei.ecosystem import World, small_ecosystem


@pytest.fixture(scope="session")
def published(independent_data: Path) -> Path:
    """The folder of the published schema documents."""
    return independent_data / "vlei" / "schema"


@pytest.fixture(scope="session")
def documents(published: Path) -> SchemaDocuments:
    return read_folder(published)


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    """One key each, no witnesses, no schema documents. Tests may rotate in it, and revoke nothing."""
    with small_ecosystem() as world:
        yield world


@pytest.fixture(scope="module")
def large() -> Iterator[World]:
    """Five keys and five witnesses each. Tests may rotate in it, and revoke nothing."""
    with small_ecosystem(keys=5, witnesses=5) as world:
        yield world

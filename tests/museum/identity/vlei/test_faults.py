"""Every exhibit of the museum is refused for the reason on its label, quickly, and the honest world is not."""

import time
from typing import Any

import pytest

from tests.museum.identity.vlei import chains, credentials, delegations, logs, registries, streams
from tests.museum.identity.vlei.exhibit import FAULTS
from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import World
from verifier.identity.vlei import KeyStateCache, verify_vlei

LONGEST = 1.0
ROOMS = (streams, logs, delegations, registries, credentials, chains)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_refused_for_its_reason(name: str) -> None:
    fault = FAULTS[name]
    world = World().issue_all()
    made = fault.make(world)
    stream, options = made if isinstance(made, tuple) else (made, {})
    options: dict[str, Any] = {"pins": pins(world), "at": AT} | options
    start = time.process_time()
    result = verify_vlei(stream, **options)
    assert time.process_time() - start < LONGEST
    assert (result.outcome, fault.reason in result.reasons) == (fault.outcome, True), result.reasons
    assert result.attributes == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_warm_cache_changes_nothing(name: str) -> None:
    world = World().issue_all()
    cache = KeyStateCache()
    assert verify_vlei(world.stream("ECR", "OOR", "ECR-LE"), pins(world), at=AT, cache=cache).accepted
    made = FAULTS[name].make(world)
    stream, options = made if isinstance(made, tuple) else (made, {})
    options: dict[str, Any] = {"pins": pins(world), "at": AT} | options
    assert verify_vlei(stream, **options, cache=cache).as_dict() == verify_vlei(stream, **options).as_dict()


def test_the_museum_is_large() -> None:
    assert ROOMS
    assert len(FAULTS) >= 60
    world = World().issue_all()
    assert all(verify_vlei(world.stream(name), pins(world), at=AT).accepted for name in world.issued)

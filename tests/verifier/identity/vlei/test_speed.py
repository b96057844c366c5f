"""A chain costs a third of what keripy needs, and a chain seen before a few milliseconds. Processor time, medians, one run."""

import time
from collections.abc import Callable
from statistics import median

import pytest

from tests.bench.identity import AIM, Chain

TIMES = 9
SEEN_BEFORE = 0.0095


def cost(work: Callable[[], None]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.independent
def test_beside_keripy_in_the_same_run(independent_data: object) -> None:
    chain = Chain()
    try:
        turns = [(cost(chain.keripy), cost(chain.fresh)) for _ in range(TIMES)]
    finally:
        chain.close()
    assert median(theirs / ours for theirs, ours in turns) >= AIM


def test_seen_before() -> None:
    chain = Chain()
    try:
        assert median(cost(chain.again) for _ in range(TIMES)) < SEEN_BEFORE
    finally:
        chain.close()

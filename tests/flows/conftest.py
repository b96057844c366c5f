"""One house for all flow tests: it is started once and the whole story is told in it before the first test."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from medcred.demo.story import Outcome, Story
from medcred.demo.telling import Teller
from tests.flows.running import RunningHouse, Thief, house_on_other_ports, start_thief


@dataclass
class Told:
    """A running house in which the story was told, and what came of it."""

    running: RunningHouse
    outcome: Outcome
    teller: Teller


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    running = RunningHouse(house_on_other_ports(tmp_path_factory.mktemp("house")))
    teller = Teller(None)
    try:
        outcome = running.run(Story(running.house, running.supervisor, teller).tell())
        yield Told(running, outcome, teller)
    finally:
        running.stop()


@pytest.fixture(scope="session")
def thief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thief]:
    thief = start_thief(tmp_path_factory.mktemp("thief"))
    yield thief
    thief.agent.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.agents)
            item.add_marker(pytest.mark.timeout(600))

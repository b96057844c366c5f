"""One house for each file of tests, bound and ready to issue. All these tests start real agents."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from medcred.supervise import process as process_module
from tests.faults.house import FragileHouse, databases, house_on_postgres, new_run
from tests.faults.people import People, people


@pytest.fixture(scope="module")
def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FragileHouse]:
    """It starts again at once what was killed: here the tests do the killing, not a fault that a pause would mend."""
    run = new_run()
    with pytest.MonkeyPatch.context() as patch, databases(postgres_server, run):
        patch.setattr(process_module, "BACK_OFF_SECONDS", (0.5,))
        running = FragileHouse(house_on_postgres(tmp_path_factory.mktemp("house"), postgres_server, run))
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def binding(house: FragileHouse) -> str:
    """The patient's binding at the treating hospital."""

    async def bind() -> str:
        async with people(house) as everybody:
            return await everybody.bind()

    return house.run(bind())


@pytest.fixture
async def everybody(house: FragileHouse) -> AsyncIterator[People]:
    async with people(house) as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.agents)
            item.add_marker(pytest.mark.timeout(900))

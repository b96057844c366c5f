"""A house of two hospitals, and the rehearsed ecosystem that a doctor of the Hong Kong one belongs to."""

from collections.abc import AsyncIterator, Iterator

import pytest

from issuer.context import IssuerContext
from issuer.settings import Settings, VleiRootSettings
from storage import Database
from storage.clock import FixedClock
from tests.issuer.issuing.house import House
from tests.issuer.vlei.ecosystem import World, small_ecosystem


@pytest.fixture
def rehearsal() -> Iterator[World]:
    """For every test a new one: most of them revoke something."""
    with small_ecosystem() as built:
        yield built


@pytest.fixture
async def house(settings: Settings, clock: FixedClock, database: Database, rehearsal: World) -> AsyncIterator[House]:
    root = VleiRootSettings(road="vlei", aid=rehearsal.root, name="Rehearsal root")
    house = House(settings.model_copy(update={"trust_roots": [root]}), clock)
    await house.found(house.open())
    yield house
    await house.close()


@pytest.fixture
def context(house: House) -> IssuerContext:
    return house.open()

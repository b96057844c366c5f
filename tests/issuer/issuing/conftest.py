"""A house with two active hospitals and one bound patient."""

from collections.abc import AsyncIterator

import pytest

from issuer.context import IssuerContext
from issuer.settings import Settings
from storage import Database
from storage.clock import FixedClock
from tests.issuer.issuing.house import House


@pytest.fixture
async def house(settings: Settings, clock: FixedClock, database: Database) -> AsyncIterator[House]:
    house = House(settings, clock)
    await house.found(house.open())
    yield house
    await house.close()


@pytest.fixture
def context(house: House) -> IssuerContext:
    """The service, running undisturbed."""
    return house.open()

"""A house whose patient holds one credential."""

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
    return house.open()


@pytest.fixture
async def issued(house: House, context: IssuerContext) -> str:
    """The id of a credential that the wallet acknowledged."""
    [credential] = await house.submit(context)
    await house.run(context)
    return credential

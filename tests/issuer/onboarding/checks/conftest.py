"""A running service in which nobody is approved before the checklist is complete."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage import Database
from storage.clock import FixedClock
from tests.issuer.onboarding import house as houses
from tests.issuer.onboarding.house import House


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """What a test changes of the settings."""
    return {}


@pytest.fixture
async def house(
    database: Database, clock: FixedClock, database_url: str, more_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    usual = houses.house_settings

    def strict(url: str) -> Any:
        return usual(url).model_copy(update={"checklist_required": True} | more_settings)

    monkeypatch.setattr(houses, "house_settings", strict)
    opened = await houses.open_house(database, clock, database_url)
    yield opened
    await opened.context.http.aclose()

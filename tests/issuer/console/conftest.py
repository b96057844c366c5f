"""The running service of these tests, and members of its staff."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.issuer.console.person import Person
from tests.issuer.onboarding.house import House, house

__all__ = ["house", "person"]

type SignIn = Callable[..., Awaitable[Person]]


@pytest.fixture
async def person(house: House) -> AsyncIterator[SignIn]:
    """Sign a member of staff in: `await person("olga")`."""
    here: list[Person] = []

    async def sign_in(name: str, *, language: str = "en") -> Person:
        here.append(Person(house, name, language=language))
        return await here[-1].sign_in()

    yield sign_in
    for one in here:
        await one.client.aclose()

"""Every test of SM2 that asks for `provider` runs once with each library that computes it here."""

import pytest

from schemas.errors import SetupError
from sm import providers
from sm.providers.provider import Sm2Provider


@pytest.fixture(params=list(providers.PROVIDERS))
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sm2Provider:
    """The provider SM2 uses during this test."""
    try:
        made = providers.PROVIDERS[request.param]()
        providers.prove(made)
    except SetupError as error:
        pytest.skip(f"{request.param}: {error.message}")
    monkeypatch.setattr(providers, "chosen", lambda: made)
    return made

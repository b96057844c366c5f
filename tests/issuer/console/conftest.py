"""The running service of these tests."""

from tests.issuer.onboarding.house import house

__all__ = ["house"]

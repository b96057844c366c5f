"""Whose SM2 computes on this machine: the first of OpenSSL and gmssl-pyx that is there and gives the known answers.

The choice is made once a process, at the first use of SM2. A library that gives a wrong answer is never used, and nothing less
than these two is fallen back to: the pure-Python `gmssl` signs with a guessable nonce and does not check what it decrypts.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from schemas.errors import SetupError
from sm.providers.gmssl import GmsslPyx
from sm.providers.known_answers import prove
from sm.providers.openssl import OpenSsl
from sm.providers.provider import Sm2Provider

__all__ = ["Report", "Sm2Provider", "Standing", "chosen", "prove", "survey"]

logger = logging.getLogger(__name__)

# By name, in the order they are tried.
PROVIDERS: dict[str, Callable[[], Sm2Provider]] = {OpenSsl.name: OpenSsl, GmsslPyx.name: GmsslPyx}
_ABSENT = {"sm.no_libcrypto", "sm.no_gmssl_pyx"}


class Standing(StrEnum):
    CHOSEN = "chosen"
    READY = "ready"  # right, and not needed
    ABSENT = "absent"
    REFUSED = "refused"  # there, and without SM2 or with wrong answers


@dataclass(frozen=True)
class Report:
    """How one provider stands. `says` is its version, or what is wrong."""

    name: str
    standing: Standing
    says: str


@cache
def chosen() -> Sm2Provider:
    """The provider this process uses.

    Raises:
        SetupError: `sm.no_sm2`, none is there that gives the known answers.
    """
    for name, make in PROVIDERS.items():
        try:
            provider = make()
            prove(provider)
        except SetupError as error:
            if error.code not in _ABSENT:
                logger.warning("SM2 provider %s is refused: %s", name, error.message)
            continue
        return provider
    raise SetupError(
        "sm.no_sm2", "Nothing on this machine computes SM2.", "Use an OpenSSL 3 built with SM2, or pip install gmssl-pyx."
    )


def survey() -> list[Report]:
    """Every provider in the order they are tried, each proven anew."""
    reports: list[Report] = []
    for name, make in PROVIDERS.items():
        try:
            provider = make()
            prove(provider)
        except SetupError as error:
            standing = Standing.ABSENT if error.code in _ABSENT else Standing.REFUSED
            reports.append(Report(name, standing, error.message))
            continue
        first = all(report.standing is not Standing.CHOSEN for report in reports)
        reports.append(Report(name, Standing.CHOSEN if first else Standing.READY, provider.version))
    return reports

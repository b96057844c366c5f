"""The doctor: names what is wrong on this machine or in this house, and how to mend it.

Order: this machine, then the house's settings against it, then what is running.
"""

from collections.abc import AsyncIterator

from medcred.doctor import machine, national, running, settings
from medcred.doctor.findings import Finding, Health
from medcred.house import House

__all__ = ["Finding", "Health", "examine"]


async def examine(house: House) -> AsyncIterator[Finding]:
    """Look at everything, one finding at a time. Nothing is changed, and no check stops the others."""
    libraries = (machine.libcrypto, national.algorithms, machine.askar, machine.plugin)
    for check in (machine.python, machine.packages, *libraries, machine.clock):
        yield check()
    yield machine.disk(house.state)
    async for finding in settings.all_of(house):
        yield finding
    async for finding in running.all_of(house):
        yield finding

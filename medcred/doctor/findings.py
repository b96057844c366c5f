"""What the doctor says, and the order in which it looks: this machine, then the house, then what is running."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from medcred.house import House


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` is empty when there is nothing to do; `code` is stable."""

    code: str
    health: Health
    says: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "health": self.health, "says": self.says, "mend": self.mend}


async def examine(house: House) -> AsyncIterator[Finding]:
    """Look at everything, one finding at a time. Nothing is changed, and no check stops the others."""
    from medcred.doctor import machine, running, settings

    for check in (machine.python, machine.packages, machine.libcrypto, machine.askar, machine.plugin, machine.clock):
        yield check()
    yield machine.disk(house.state)
    async for finding in settings.all_of(house):
        yield finding
    async for finding in running.all_of(house):
        yield finding

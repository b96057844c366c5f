"""What the doctor says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


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

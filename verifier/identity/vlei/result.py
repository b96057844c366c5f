"""What a stream proves, as data: checks with reason codes, folded into accept, reject or could not check.

Any check that fails rejects; else any that could not be made leaves the question open; else the stream is accepted. Only an
accepted stream shows the attributes of its credential. The chain is shown as far as it was followed, so that a reader sees which
link it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from verifier.identity.vlei.kel import KeyState
from verifier.identity.vlei.models import Kind
from verifier.reasons import REASONS
from verifier.verdict import Check, Word, fold, stamp


class Outcome(StrEnum):
    """The three answers."""

    ACCEPT = "accept"
    REJECT = "reject"
    COULD_NOT_CHECK = "could_not_check"


_OUTCOMES = {
    Word.GENUINE: Outcome.ACCEPT,
    Word.GENUINE_WITH_NOTES: Outcome.ACCEPT,
    Word.COULD_NOT_CHECK: Outcome.COULD_NOT_CHECK,
    Word.NOT_GENUINE: Outcome.REJECT,
}


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One credential of the chain. `state` is `issued`, `revoked`, `not_yet_issued`, or `unknown` when it could not be told."""

    kind: Kind
    said: str
    issuer: str
    issuee: str
    lei: str
    issued_at: datetime | None
    revoked_at: datetime | None
    state: str

    def as_dict(self) -> dict[str, Any]:
        """The link as JSON."""
        return {
            "kind": self.kind.value,
            "said": self.said,
            "issuer": self.issuer,
            "issuee": self.issuee or None,
            "lei": self.lei or None,
            "issued_at": _stamp(self.issued_at),
            "revoked_at": _stamp(self.revoked_at),
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class VleiResult:
    """The whole answer about a stream.

    `chain` begins with the leaf, the credential that no other points to; `attributes` are its own, `above` those of the one it
    points to. `as_of` is the time up to which the stream is known to tell the state of every link; nothing is said about later.
    """

    outcome: Outcome
    checks: tuple[Check, ...]
    at: datetime
    kind: Kind | None = None
    lei: str = ""
    leaf: str = ""
    issuee: str = ""
    chain: tuple[ChainLink, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    above: Mapping[str, Any] = field(default_factory=dict, repr=False)
    as_of: datetime | None = None
    key_states: Mapping[str, KeyState] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPT

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reason codes of what failed or could not be checked, in their order."""
        return tuple(dict.fromkeys(check.reason for check in self.checks if check.result != "pass"))

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "verdict": self.outcome.value,
            "checks": [check.as_dict() for check in self.checks],
            "kind": self.kind.value if self.kind else None,
            "lei": self.lei or None,
            "leaf": self.leaf or None,
            "issuee": self.issuee or None,
            "chain": [link.as_dict() for link in self.chain],
            "attributes": dict(self.attributes),
            "as_of": _stamp(self.as_of),
            "at": _stamp(self.at),
            "key_states": [state.as_dict() for state in self.key_states.values()],
        }


class Findings:
    """The checks made so far."""

    def __init__(self) -> None:
        self._checks: dict[object, Check] = {}

    def add(self, code: str, reason: str, about: str = "", **facts: str) -> None:
        """Note a finding; the same one counts once."""
        meaning = REASONS[reason]
        check = Check(code, meaning.result, reason, meaning.weight, about, facts)
        self._checks.setdefault((code, reason, about, *sorted(facts.items())), check)

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(self._checks.values())

    @property
    def outcome(self) -> Outcome:
        return _OUTCOMES[fold(self._checks.values())]


def _stamp(at: datetime | None) -> str | None:
    return stamp(at.astimezone(UTC)) if at else None

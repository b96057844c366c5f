"""What was seen of each log before: a log may only grow, and whoever remembers can tell.

    same size, same root      nothing new
    larger                    believed with a consistency proof from the head remembered; then remembered instead
    smaller                   believed with a consistency proof to the head remembered; the memory stays
    same size, other root     FORK: two heads of one log that cannot both be true; a rewritten log or a split view
    a proof that fails        INCONSISTENT
    no proof at hand          UNPROVEN, which is not the same as wrong

Only heads whose signatures were verified may be met here: `verify_receipt` first, then the memory. Where heads are kept is
the caller's choice (`HeadStore`): a dictionary, a file, a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ledger.finding import LedgerFinding
from ledger.merkle import SHA256, verify_consistency


@dataclass(frozen=True, slots=True)
class LogHead:
    """The size and root of a log at one time."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def of(cls, finding: LedgerFinding) -> "LogHead":
        """The head under which a receipt was found established."""
        return cls(finding.origin, finding.size, finding.root)


class HeadStore(Protocol):
    """Keeps one head for each log."""

    def recall(self, origin: str) -> LogHead | None:
        """The head remembered of this log."""
        ...

    def remember(self, head: LogHead) -> None:
        """Keep this head instead of any earlier one of its log."""
        ...


class Continuity(StrEnum):
    """How a head relates to what was remembered; a stable reason code."""

    FIRST = "log_first_seen"
    SAME = "log_unchanged"
    GROWN = "log_grown"
    EARLIER = "log_earlier_head"
    UNPROVEN = "log_growth_unproven"
    INCONSISTENT = "log_inconsistent"
    FORK = "log_fork"

    @property
    def holds(self) -> bool:
        """Whether the head agrees with everything seen before."""
        return self in (Continuity.FIRST, Continuity.SAME, Continuity.GROWN, Continuity.EARLIER)


class LogMemory:
    """Remembers a head for each log and demands that every other head agrees with it."""

    def __init__(self, store: HeadStore) -> None:
        self._store = store

    def proof_needed(self, head: LogHead) -> tuple[int, int] | None:
        """The sizes (old, new) between which a consistency proof must be fetched before `meet`; None when none is needed."""
        known = self._store.recall(head.origin)
        if known is None or known.size == head.size or 0 in (known.size, head.size):
            return None
        return min(known.size, head.size), max(known.size, head.size)

    def meet(self, head: LogHead, proof: Sequence[bytes] | None = None) -> Continuity:
        """Compare a verified head with the memory; the memory moves forward only when growth is proven."""
        known = self._store.recall(head.origin)
        if known is None:
            self._store.remember(head)
            return Continuity.FIRST
        if known.size == head.size:
            return Continuity.SAME if known.root == head.root else Continuity.FORK
        if proof is None and self.proof_needed(head):
            return Continuity.UNPROVEN
        old, new = sorted((known, head), key=lambda one: one.size)
        if not verify_consistency(SHA256, old.size, old.root, new.size, new.root, proof or ()):
            return Continuity.INCONSISTENT
        if new is head:
            self._store.remember(head)
            return Continuity.GROWN
        return Continuity.EARLIER

"""What checking a receipt found: data, not an exception. Programs read `reason`; it never changes its meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.notes import VerifierKey


class Reason(StrEnum):
    """Why a receipt establishes that a commitment was witnessed, or why it does not."""

    WITNESSED = "witnessed"
    """Logged under a trusted log's checkpoint that enough trusted witnesses cosigned."""

    MALFORMED = "receipt_malformed"
    """Not a receipt at all, or one with parts that do not fit together."""

    UNKNOWN_DRIVER = "driver_unknown"
    """A receipt of a kind of ledger this program cannot check."""

    OTHER_ALGORITHM = "algorithm_mismatch"
    """The receipt is for a commitment made with another hash algorithm."""

    OTHER_COMMITMENT = "commitment_mismatch"
    """The path does not lead from this commitment to the epoch's root: another record's receipt, or an altered record."""

    UNKNOWN_LOG = "log_unknown"
    """The checkpoint is of a log that is not trusted here."""

    UNSIGNED = "log_signature_missing"
    """The checkpoint names a trusted log but carries no signature by that log's key."""

    BAD_SIGNATURE = "signature_bad"
    """A signature in a trusted log's or witness's name does not hold."""

    NOT_IN_LOG = "not_in_log"
    """The epoch's root is not in the tree that the checkpoint describes."""

    NO_QUORUM = "quorum_missing"
    """Too few trusted witnesses cosigned the checkpoint."""


@dataclass(frozen=True, slots=True)
class LedgerTrust:
    """Whom a verifier believes: logs by origin and key, witnesses, and how many of them must agree."""

    logs: Sequence[VerifierKey]
    witnesses: Sequence[VerifierKey]
    quorum: int


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """The answer to "was this commitment witnessed?".

    `origin`, `size` and `root` are the checkpoint's and are filled once the log's own signature holds; `ledger.memory` wants
    them. `integrated_at` is the earliest time at which a trusted witness vouches for the checkpoint. `witnesses` are the names
    of trusted witnesses whose cosignatures hold.
    """

    established: bool
    reason: Reason
    origin: str = ""
    size: int = 0
    root: bytes = b""
    integrated_at: datetime | None = None
    witnesses: tuple[str, ...] = ()

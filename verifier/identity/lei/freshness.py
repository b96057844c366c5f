"""How old an LEI record may be: fresh up to 24 hours, a note beyond, and from 72 hours on nothing new is issued on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.errors import RefusedError


class Age(StrEnum):
    """What the age of a record means."""

    FRESH = "fresh"
    NOTED = "noted"
    STALE = "stale"

    @property
    def reason(self) -> str:
        """The reason code that `verifier.reasons` has for it."""
        return {Age.FRESH: "lei.active", Age.NOTED: "lei.old_record", Age.STALE: "lei.stale_record"}[self]


@dataclass(frozen=True, slots=True)
class LeiFreshness:
    """The policy. A record older than `note` is shown with its age; one of `stop` or older carries nothing new."""

    note: timedelta = timedelta(hours=24)
    stop: timedelta = timedelta(hours=72)

    def of(self, as_of: datetime, at: datetime) -> Age:
        """What the age at `at` of a record that the register gave at `as_of` means. One from the future is fresh."""
        age = at - as_of
        if age >= self.stop:
            return Age.STALE
        return Age.NOTED if age > self.note else Age.FRESH

    def require_for_issuing(self, as_of: datetime, at: datetime) -> None:
        """Make sure that something new may rest on a record of this age.

        Raises:
            RefusedError: `lei.stale`.
        """
        if self.of(as_of, at) is Age.STALE:
            raise RefusedError(
                "lei.stale",
                f"The LEI record was last read {(at - as_of).total_seconds() / 3600:.0f} hours ago.",
                "Reach the register, or import its latest file; then check again.",
            )


LEI_FRESHNESS = LeiFreshness()

"""What somebody accepts, kept apart from what is true (`verifier.verdict`).

A policy has three kinds of words: how old things may be, which doubts it is willing to live with (`tolerates`: they become
notes), and which notes it does not accept (`refuses`). It can make nothing genuine that is not, and nothing false that is.
"""

from dataclasses import dataclass
from datetime import timedelta

from verifier.identity.lei.freshness import LEI_FRESHNESS, LeiFreshness
from verifier.reasons import REASONS
from verifier.verdict import Weight


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom and what a verifier accepts.

    Args:
        name: shown in the verdict.
        refuses: reason codes of notes with which a document is not accepted.
        tolerates: reason codes of doubts that become notes.
        clock_skew: how far two clocks may differ.
        status_note: a status list older than this is a note.
        status_limit: a status list older than this is doubt.
        trust_grace: how long a trust list past its date is still believed, with a note.
        lei: how old an LEI record may be before its age is a note, and before nothing new may rest on it.

    Raises:
        ValueError: `refuses` names a code that is no note, or `tolerates` one that is no doubt.
    """

    name: str
    refuses: frozenset[str] = frozenset()
    tolerates: frozenset[str] = frozenset()
    clock_skew: timedelta = timedelta(minutes=5)
    status_note: timedelta = timedelta(hours=24)
    status_limit: timedelta = timedelta(days=30)
    trust_grace: timedelta = timedelta(days=7)
    lei: LeiFreshness = LEI_FRESHNESS

    def __post_init__(self) -> None:
        doubts = {code for code in self.tolerates if REASONS[code].weight is not Weight.DOUBT}
        notes = {code for code in self.refuses if REASONS[code].weight is not Weight.NOTE and code not in self.tolerates}
        if doubts or notes:
            raise ValueError(f"tolerates needs doubts and refuses needs notes, not {sorted(doubts | notes)}")


# A person stands at the desk and can share again: what is out of date or not what was asked for is refused.
LIVE_DESK = Policy(
    name="desk",
    refuses=frozenset({"validity.expired", "validity.not_yet", "request.not_answered"}),
    status_limit=timedelta(hours=72),
)

# A file may be read months later, far from any network: the reader sees what it was when it was issued, and what is not known
# since.
CARRIED_FILE = Policy(name="file", refuses=frozenset({"validity.not_yet"}))

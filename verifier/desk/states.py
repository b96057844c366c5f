"""The life of one request at the desk.

    waiting ──scan──▶ scanned ──answer──▶ checking ──▶ shared        there is a verdict, good or bad
       │                 │                    └──────▶ failed        the check itself broke
       ├─────────────────┼──▶ declined        the patient said no
       ├─────────────────┼──▶ expired         nobody answered in time
       └─────────────────┴──▶ failed          the agent could not ask, or lost the request

An answer may come without a scan being seen (waiting ▶ checking): the wallet may know the address by other means.
The four on the right are final. Every move is one conditional UPDATE, so two processes cannot both make it and a second
answer to the same challenge finds the door closed.
"""

from enum import StrEnum


class SessionState(StrEnum):
    WAITING = "waiting"
    SCANNED = "scanned"
    CHECKING = "checking"
    SHARED = "shared"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN = frozenset({SessionState.WAITING, SessionState.SCANNED})
FINAL = frozenset({SessionState.SHARED, SessionState.DECLINED, SessionState.EXPIRED, SessionState.FAILED})

COMES_FROM: dict[SessionState, frozenset[SessionState]] = {
    SessionState.SCANNED: frozenset({SessionState.WAITING}),
    SessionState.CHECKING: OPEN,
    SessionState.SHARED: frozenset({SessionState.CHECKING}),
    SessionState.DECLINED: OPEN,
    SessionState.EXPIRED: OPEN,
    SessionState.FAILED: OPEN | {SessionState.CHECKING},
}
"""For each state that can be entered, the states it can be entered from."""

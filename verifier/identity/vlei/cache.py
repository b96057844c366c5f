"""Verified logs, kept in memory of the process: a log that comes again costs no signature, a longer one only its new events.

What is kept depends on nothing but the events themselves. An event whose bytes were changed has another SAID, and a log counts as
known only when every one of its SAIDs is the same. Delegation is looked at anew each time, against the
delegator's log of the day. Bounded by the number of events kept; the log used longest ago goes first. Threads may share it.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from verifier.identity.vlei.kel import History

MAX_EVENTS = 50_000


class KeyStateCache:
    """Verified histories by the SAID of their last event.

    Args:
        max_events: how many events all histories kept may have together.
    """

    def __init__(self, max_events: int = MAX_EVENTS) -> None:
        self._max_events = max_events
        self._histories: OrderedDict[tuple[str, str], History] = OrderedDict()
        self._events = 0
        self._lock = threading.Lock()

    def longest(self, aid: str, saids: Sequence[str]) -> History | None:
        """The history of as many of these events, from the first on, as were verified before."""
        with self._lock:
            for place in range(len(saids), 0, -1):
                history = self._histories.get((aid, saids[place - 1]))
                # The last event names the one before it; whether that is also the one shown is for the comparison to tell.
                if history is not None and history.saids == tuple(saids[:place]):
                    self._histories.move_to_end((aid, history.state.said))
                    return history
        return None

    def keep(self, history: History) -> None:
        """Keep a verified history."""
        key = (history.state.aid, history.state.said)
        with self._lock:
            if key in self._histories:
                return
            self._histories[key] = history
            self._events += len(history.saids)
            while self._events > self._max_events:
                _, oldest = self._histories.popitem(last=False)
                self._events -= len(oldest.saids)

    @property
    def events(self) -> int:
        """How many events are kept."""
        return self._events

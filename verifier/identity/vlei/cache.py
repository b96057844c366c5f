"""Verified logs, kept in memory of the process: a log that comes again costs no signature, a longer one only its new events.

What is kept depends on nothing but the events themselves. An event whose bytes were changed has another SAID, and a log counts as
known only when every one of its SAIDs is the same. Delegation is looked at anew each time, against the
delegator's log of the day. Bounded by all that is kept, seals and keys counted like events, because a stranger may put thousands
into one event; the log used longest ago goes first. Threads may share it.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from verifier.identity.vlei.kel import History

# About 400 bytes each.
MAX_SIZE = 100_000


class KeyStateCache:
    """Verified histories by the SAID of their last event.

    Args:
        max_size: how many events, seals and keys all histories kept may have together.
    """

    def __init__(self, max_size: int = MAX_SIZE) -> None:
        self._max_size = max_size
        self._histories: OrderedDict[tuple[str, str], History] = OrderedDict()
        self._size = 0
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
            self._size += _size(history)
            while self._size > self._max_size:
                _, oldest = self._histories.popitem(last=False)
                self._size -= _size(oldest)

    @property
    def size(self) -> int:
        """How many events, seals and keys are kept."""
        return self._size


def _size(history: History) -> int:
    state = history.state
    keys = len(state.keys) + len(state.next_digests) + len(state.witnesses)
    return len(history.saids) + sum(len(seals) for seals in history.seals.values()) + keys

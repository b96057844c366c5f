"""How often one address may knock at the public doors: the file check, the short addresses and the sign-in.

Kept in memory and per process: it slows a guesser or a flood from one place down, it is no defence against many places.
The address is the peer's; a forwarded-for header is not believed.
"""

import math
from collections import OrderedDict

from fastapi import Request

from schemas.errors import TooOftenError
from storage import Clock

ADDRESSES_KEPT = 10_000


class RateLimit:
    """A bucket of `burst` knocks for each address that fills up again evenly within `seconds`."""

    def __init__(self, clock: Clock, *, burst: int, seconds: float) -> None:
        self.clock = clock
        self.burst = burst
        self.seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, address: str) -> bool:
        """Whether this knock is within the limit; it is counted when it is."""
        now = self.clock.now().timestamp()
        left, at = self._buckets.pop(address, (float(self.burst), now))
        left = min(float(self.burst), left + max(0.0, now - at) * self.burst / self.seconds)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > ADDRESSES_KEPT:
            self._buckets.popitem(last=False)  # the one heard of least recently
        return allowed

    async def __call__(self, request: Request) -> None:
        """The limit as a route's dependency. Raises TooOftenError `desk.too_often`."""
        if not self.allow(request.client.host if request.client else ""):
            raise TooOftenError(
                "desk.too_often",
                "Too many requests came from this address.",
                "Wait a minute and try again.",
                retry_after=math.ceil(self.seconds / self.burst),
            )

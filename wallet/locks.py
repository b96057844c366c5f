"""One step at a time for one patient: a decision and a re-reading of the agent never run side by side."""

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager


class Locks:
    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(self, account_id: str) -> AbstractAsyncContextManager[None]:
        """Held with `async with`."""
        return self._locks[account_id]

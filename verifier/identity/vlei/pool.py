"""Verifying many streams at once beside an event loop.

Judging a chain is arithmetic for some milliseconds: done in the loop it would hold up everybody. It is done by a few threads,
and no more streams wait for them than `waiting`; the next one is told so at once, instead of joining a queue that grows for ever.
Threads are enough: no single step holds the interpreter for long, and the signatures let go of it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

from schemas.errors import UnavailableError
from verifier.identity.vlei.pins import Pins
from verifier.identity.vlei.result import VleiResult
from verifier.identity.vlei.verify import verify_vlei


class VleiPool:
    """Threads that judge streams. Close it, or use it with `with`.

    Args:
        workers: how many threads; more than cores gain nothing.
        waiting: how many streams may be at work or in line.
    """

    def __init__(self, workers: int = 2, waiting: int = 1_000) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="vlei")
        self._waiting = waiting
        self._taken = 0

    async def verify(self, stream: bytes, pins: Pins, **options: Any) -> VleiResult:
        """`verify_vlei`, elsewhere; the same arguments.

        Raises:
            UnavailableError: `vlei.busy`, too many are in line.
        """
        if self._taken >= self._waiting:
            raise UnavailableError("vlei.busy", "Too many vLEI chains are being checked.", "Try again in a moment.")
        self._taken += 1
        try:
            work = partial(verify_vlei, stream, pins, **options)
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1

    def close(self) -> None:
        """End the threads; what waits is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

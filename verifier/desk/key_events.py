"""The key events the desk has seen, in its database: the first event seen at a number is the only one it will ever take.

The verifier's `KeyStateMemory` for a verdict that is given in a thread, while the database belongs to the service's event loop.
What was told is in the database when `remember` returns. Two processes that learn at once agree, since a number is a row.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from schemas.errors import SourceError
from storage import Database
from verifier.desk.tables import SeenKeyEvent
from verifier.identity.vlei.memory import contradicts

_SECONDS = 10.0


class SeenKeyEvents:
    """First-seen KERI key events.

    Args:
        loop: where the database's connections live; the methods are called from other threads.

    Raises (every method):
        SourceError: `vlei.memory`, the database did not answer. A memory that fails must not look like one that knows nothing.
    """

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self._database, self._loop = database, loop

    def recall(self, aids: Iterable[str]) -> dict[str, list[str]]:
        """For each identifier that is known, the SAIDs of its events by number."""
        return self._run(self._recall(sorted(set(aids))))

    def remember(self, logs: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """Keep the SAIDs of logs, all or none; the identifiers of which another event was kept meanwhile."""
        try:
            return self._run(self._remember(logs))
        except IntegrityError:
            return self._run(self._remember(logs))  # another process kept some of them just now

    async def _recall(self, aids: Sequence[str]) -> dict[str, list[str]]:
        seen: dict[str, list[str]] = {}
        async with self._database.begin() as session:
            chosen = select(SeenKeyEvent).where(SeenKeyEvent.aid.in_(aids)).order_by(SeenKeyEvent.aid, SeenKeyEvent.sn)
            for row in await session.scalars(chosen):
                seen.setdefault(row.aid, []).append(row.said)
        return seen

    async def _remember(self, logs: Mapping[str, Sequence[str]]) -> frozenset[str]:
        async with self._database.begin() as session:
            chosen = select(SeenKeyEvent).where(SeenKeyEvent.aid.in_(list(logs))).order_by(SeenKeyEvent.sn)
            seen: dict[str, list[str]] = {}
            for row in await session.scalars(chosen):
                seen.setdefault(row.aid, []).append(row.said)
            forked = {aid for aid, saids in logs.items() if contradicts(seen.get(aid, ()), saids) == "fork"}
            if not forked:
                session.add_all(
                    SeenKeyEvent(aid=aid, sn=sn, said=said)
                    for aid, saids in logs.items()
                    for sn, said in enumerate(saids)
                    if sn >= len(seen.get(aid, ()))
                )
        return frozenset(forked)

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(_SECONDS)
        except IntegrityError:
            raise
        except Exception as error:
            waiting.cancel()
            raise SourceError(
                "vlei.memory", "The desk could not read which key events it has seen.", "See the desk's health page."
            ) from error

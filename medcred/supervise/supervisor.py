"""All processes of a house together: started in order, each as soon as what it needs is ready, stopped in reverse.

async with Supervisor(plans, changed) as house:
    await house.all_ready()
"""

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from medcred.supervise.process import Plan, Process
from schemas.errors import SetupError

# A process that ended this often without ever having been ready will not be ready by waiting.
HOPELESS_STARTS = 3


class Supervisor:
    """Keeps planned processes alive.

    Args:
        plans: what to run.
        changed: told after each change of state of a process; prints it, in `medcred up`.

    Raises:
        SetupError: `plan.circular`, a process waits for itself or for one that is not planned.
    """

    def __init__(self, plans: Iterable[Plan], changed: Callable[[Process], None]) -> None:
        self._moved = asyncio.Event()

        def moved(process: Process) -> None:
            self._moved.set()
            changed(process)

        self.processes = {plan.name: Process(plan, moved) for plan in _in_order(plans)}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        for name, process in self.processes.items():
            self._tasks[name] = asyncio.create_task(self._start(process), name=name)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for name in reversed(self._tasks):
            self._tasks[name].cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def all_ready(self, *, patience: float = 180.0) -> None:
        """Wait until every process has been ready.

        Raises:
            SetupError: `process.not_ready`, one of them has ended HOPELESS_STARTS times, or is not ready after `patience`
                seconds; says which, why, and where its log is.
        """
        try:
            async with asyncio.timeout(patience):
                while late := [process for process in self.processes.values() if not process.ready.is_set()]:
                    for process in late:
                        if process.starts > HOPELESS_STARTS:
                            raise _not_ready(process)
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise _not_ready(next(process for process in self.processes.values() if not process.ready.is_set())) from None

    async def stop(self, name: str) -> None:
        """Stop one process and leave it stopped."""
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)

    async def start(self, name: str) -> None:
        """Start a process again that `stop` has stopped, and wait until it is ready."""
        self._tasks[name] = asyncio.create_task(self._start(self.processes[name]), name=name)
        await self.processes[name].ready.wait()

    async def _start(self, process: Process) -> None:
        for name in process.plan.after:
            await self.processes[name].ready.wait()
        await process.keep_alive()


def _not_ready(process: Process) -> SetupError:
    why = process.why or process.state
    return SetupError("process.not_ready", f"{process.plan.name} is not ready: {why}.", f"Its log is {process.plan.log}")


def _in_order(plans: Iterable[Plan]) -> list[Plan]:
    """The plans, each after those it waits for."""
    waiting = {plan.name: plan for plan in plans}
    ordered: dict[str, Plan] = {}
    while waiting:
        free = [plan for plan in waiting.values() if all(name in ordered for name in plan.after)]
        if not free:
            raise SetupError("plan.circular", f"These processes wait for each other: {', '.join(sorted(waiting))}.", "")
        for plan in free:
            ordered[plan.name] = waiting.pop(plan.name)
    return list(ordered.values())

"""One process under supervision: started, watched, restarted with back-off, stopped cleanly.

    waiting ─→ starting ─→ ready ─→ stopped          asked to stop
                 ↑  └────────┴──→ broken ─→ (back-off) starting        it ended, or was never ready

The child is in a session of its own, so that Ctrl-C reaches the supervisor first, and is told by the kernel when the
supervisor dies, so that nothing is left running. Its output goes to one log file.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from medcred.doctor.settings import taken_by
from schemas.errors import MedcredError, SetupError

BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
STEADY_SECONDS = 60.0
GRACE_SECONDS = 10.0
LOG_BYTES = 20 << 20


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BROKEN = "broken"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Plan:
    """What to run and how to know that it works.

    Args:
        ready: returns when the process does its work, raises MedcredError while it does not.
        prepare: called before each start; writes what the process reads.
        ports: where it listens. A start waits while somebody else does: what answers there would be taken for this process.
        after: names of the processes that must be ready before this one starts.
        patience: seconds that a start may take.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    patience: float = 90.0
    ports: tuple[int, ...] = ()


@dataclass
class Process:
    """The life of one planned process. `changed` is called after each change of state."""

    plan: Plan
    changed: Callable[["Process"], None]
    state: State = State.WAITING
    starts: int = 0
    why: str = ""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self._child.returncode is None else None

    async def keep_alive(self) -> None:
        """Start the process and start it again whenever it ends, until this task is cancelled; then stop it."""
        failures = 0
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                self.why = await self._once()
                self.ready.clear()
                failures = 1 if loop.time() - began > STEADY_SECONDS else failures + 1
                self._become(State.BROKEN)
                await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1])
        finally:
            self.ready.clear()
            await self.stop()
            self._become(State.STOPPED)

    async def stop(self) -> None:
        """Ask the process to end, and end it after GRACE_SECONDS."""
        child = self._child
        if child is None or child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.wait(), GRACE_SECONDS)
            except TimeoutError:
                os.killpg(child.pid, signal.SIGKILL)
                await child.wait()

    async def _once(self) -> str:
        """Run the process to its end; the reason that it ended or never became ready."""
        self.starts += 1
        self._become(State.STARTING)
        if self.plan.prepare:
            try:
                await self.plan.prepare()
            except MedcredError as error:
                return error.message
        if taken := self._taken():
            return taken
        self._child = await self._spawn()
        ended = asyncio.create_task(self._child.wait())
        ready = asyncio.create_task(self._until_ready())
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and (why := ready.result()):
                await self.stop()
                return why
            if not ended.done():
                self.ready.set()
                self._become(State.READY)
            code = await ended
            return self._taken() or f"it ended with exit code {code}"
        finally:
            ready.cancel()
            ended.cancel()

    def _taken(self) -> str:
        """Who else listens on a port of this process; empty when nobody does."""
        for port in self.plan.ports:
            if holder := taken_by(port):
                return f"port {port} is taken by {holder}"
        return ""

    async def _spawn(self) -> asyncio.subprocess.Process:
        self.plan.log.parent.mkdir(parents=True, exist_ok=True)
        if self.plan.log.exists() and self.plan.log.stat().st_size > LOG_BYTES:
            self.plan.log.replace(self.plan.log.with_suffix(".old.log"))
        with self.plan.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *_with_parent_death_signal(self.plan.argv),
                env=dict(self.plan.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _until_ready(self) -> str:
        """Ask until the process says that it works. An empty answer is good; otherwise the reason it is not ready."""
        why = "it did not answer"
        try:
            async with asyncio.timeout(self.plan.patience):
                while True:
                    try:
                        await self.plan.ready()
                    except SetupError as error:
                        return error.message
                    except MedcredError as error:
                        why = error.message
                    else:
                        return ""
                    await asyncio.sleep(0.15)
        except TimeoutError:
            return f"it was not ready after {self.plan.patience:.0f} s: {why}"

    def _become(self, state: State) -> None:
        self.state = state
        self.changed(self)


def _with_parent_death_signal(argv: Sequence[str]) -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *argv] if setpriv else list(argv)

"""What runs the steps: lanes, each a loop of its own, so that an agent that hangs holds up only its own hospital.

    issuing:<slug>   offer, watch, sign, send, close         through the hospital's agent
    sweep:<slug>     the agent's exchanges against the rows, at start and every minute
    status:<slug>    the hospital's status lists
    ledger           submit, receipts                        for all hospitals at once
    bindings         wallets that are being bound
    hospitals        LEI records, activations, the trust list
    files            attachments whose time is over
    previews         records that someone uploaded at the console and did not confirm

A lane runs until nothing is due, then waits to be nudged, at most a second: another process may have made something due.
Everything a lane needs to know is in rows, so any number of processes may run the same lanes, and any of them may die.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from issuer.console import previews
from issuer.context import IssuerContext
from issuer.issuing import attachments
from issuer.issuing.closing import close_due
from issuer.issuing.delivering import send_witnessed
from issuer.issuing.offering import offer_drafts
from issuer.issuing.signing import sign_accepted
from issuer.issuing.sweep import SWEEP_SECONDS, sweep
from issuer.issuing.watching import watch_exchanges
from issuer.issuing.witnessing import collect_receipts, submit_signed
from issuer.onboarding.watch import tick
from issuer.patients.binding import reconcile
from issuer.status.publishing import publish_lists
from schemas.errors import MedcredError

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
FAULT_SECONDS = 5.0
STOP_SECONDS = 10.0
FILES_SECONDS = 600.0
PREVIEWS_SECONDS = 60.0
HOSPITALS_SECONDS = 5.0


@dataclass
class Lane:
    """A loop around `round`, which does what is due and answers how much that was."""

    name: str
    round: Callable[[], Awaitable[int]]
    every: float = IDLE_SECONDS
    waits_out: bool = False
    """Whether it runs once in `every` seconds, however much there was to do and whoever nudges."""
    nudged: asyncio.Event = field(default_factory=asyncio.Event)


class Worker:
    """All lanes of one issuer service."""

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._stopping = asyncio.Event()
        self.lanes = [
            Lane("ledger", self._ledger),
            Lane("bindings", partial(reconcile, context)),
            Lane("hospitals", self._hospitals, HOSPITALS_SECONDS, waits_out=True),
            Lane("files", partial(attachments.forget_old, context), FILES_SECONDS, waits_out=True),
            Lane("previews", partial(previews.forget_old, context), PREVIEWS_SECONDS, waits_out=True),
        ]
        for slug in context.agents:
            self.lanes += [
                Lane(f"issuing:{slug}", partial(self._issuing, slug)),
                Lane(f"status:{slug}", partial(publish_lists, context, slug)),
                Lane(f"sweep:{slug}", partial(sweep, context, slug), SWEEP_SECONDS, waits_out=True),
            ]

    def nudge(self) -> None:
        """Something may be due: look now."""
        for lane in self.lanes:
            lane.nudged.set()

    async def run(self) -> None:
        """Run all lanes until stopped."""
        async with asyncio.TaskGroup() as group:
            for lane in self.lanes:
                group.create_task(self._loop(lane), name=lane.name)

    async def stop(self, running: asyncio.Task[None]) -> None:
        """Let the lanes of `run` finish their rounds; cancel what takes longer than STOP_SECONDS."""
        self._stopping.set()
        self.nudge()
        _, late = await asyncio.wait([running], timeout=STOP_SECONDS)
        if late:
            running.cancel()
            await asyncio.wait([running])

    async def _loop(self, lane: Lane) -> None:
        while not self._stopping.is_set():
            lane.nudged.clear()
            wait = lane.every
            try:
                if await lane.round():
                    self.nudge()
            except Exception as error:
                code = error.code if isinstance(error, MedcredError) else "issuer.fault"
                log.warning("lane will try again", extra={"step": lane.name, "code": code, "error": type(error).__name__})
                wait = FAULT_SECONDS
            if not self._stopping.is_set():
                await _wait(self._stopping if lane.waits_out or wait == FAULT_SECONDS else lane.nudged, wait)

    async def _issuing(self, slug: str) -> int:
        steps = (offer_drafts, watch_exchanges, sign_accepted, send_witnessed, close_due)
        return sum(await asyncio.gather(*(step(self._context, slug) for step in steps)))

    async def _hospitals(self) -> int:
        await tick(self._context)
        return 0

    async def _ledger(self) -> int:
        return await submit_signed(self._context) + await collect_receipts(self._context)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

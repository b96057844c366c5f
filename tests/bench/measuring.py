"""How things are measured: alternatives take turns in one run (A B A B …), and medians are kept.

A rate alone says little on a machine that others use as well, so beside it stands the processor time of the process that did the
work, which hardly depends on the load.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Alternative = Callable[[], Awaitable[Sample]]

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Effort:
    """How long to measure. `scale` stretches samples and counts; the number of turns stays."""

    scale: float = 1.0
    turns: int = 3
    seconds: float = 1.5

    @property
    def sample_seconds(self) -> float:
        return self.seconds * self.scale

    def count(self, number: int) -> int:
        return max(1, round(number * self.scale))


@dataclass(frozen=True)
class Sample:
    """One turn: how much was done, in which time, with how much processor time; `lost` is what never ended."""

    done: int
    seconds: float
    cpu_seconds: float
    lost: int = 0

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_seconds / self.done if self.done else 0.0


@dataclass(frozen=True)
class Comparison:
    """Ours against another way of doing the same, sample by sample of the same turn.

    `aim` is the ratio we want, `aim_per_second` the rate of ours.
    """

    subject: str
    case: str
    ours: str
    theirs: str
    our_samples: Sequence[Sample]
    their_samples: Sequence[Sample]
    aim: float | None = None
    aim_per_second: float | None = None

    @property
    def ratio(self) -> float:
        """How many times our rate is theirs: the median over the turns."""
        pairs = zip(self.our_samples, self.their_samples, strict=True)
        return statistics.median(one.per_second / other.per_second for one, other in pairs if other.done)

    @property
    def cpu_ratio(self) -> float:
        """How many times our processor time an operation fits into theirs."""
        pairs = zip(self.our_samples, self.their_samples, strict=True)
        return statistics.median(other.cpu_ms / one.cpu_ms for one, other in pairs if one.cpu_ms)

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.aim is not None:
            return self.ratio >= self.aim
        return self.aim_per_second and median_rate(self.our_samples) >= self.aim_per_second

    def as_dict(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "case": self.case,
            "ours": _series(self.ours, self.our_samples),
            "theirs": _series(self.theirs, self.their_samples),
            "ratio": round(self.ratio, 2),
            "cpu_ratio": round(self.cpu_ratio, 2),
            "aim": self.aim,
            "aim_per_second": self.aim_per_second,
            "met": self.met,
        }


async def side_by_side(effort: Effort, ours: Alternative, theirs: Alternative) -> tuple[list[Sample], list[Sample]]:
    """The samples of both, taken in turns. Neither runs while the other is measured."""
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for _ in range(effort.turns):
        samples[0].append(await ours())
        samples[1].append(await theirs())
    return samples


async def closed_loop(call: Callable[[], Awaitable[int]], in_flight: int, seconds: float, process: int) -> Sample:
    """Call again as soon as an answer is there, `in_flight` callers at once. `call` says how much it did."""
    done = 0
    used, start = cpu_seconds(process), time.perf_counter()
    end = start + seconds

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            # Not `done += await …`: that reads the sum before it waits, and loses what others added meanwhile.
            just_done = await call()
            done += just_done

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return Sample(done, time.perf_counter() - start, cpu_seconds(process) - used)


def repeat(work: Callable[[], object], seconds: float) -> Sample:
    """Do something in this process over and over."""
    done = 0
    used, start = time.process_time(), time.perf_counter()
    while time.perf_counter() < start + seconds:
        work()
        done += 1
    return Sample(done, time.perf_counter() - start, time.process_time() - used)


def cpu_seconds(*processes: int) -> float:
    """The processor time that processes have used so far."""
    ticks = 0
    for process in processes:
        # Fields 14 and 15 of proc(5), counted after the name, which may hold blanks.
        user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks / _TICKS


def median_rate(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.per_second for sample in samples)


def _series(name: str, samples: Sequence[Sample]) -> dict[str, Any]:
    return {
        "name": name,
        "per_second": round(median_rate(samples), 1),
        "cpu_ms": round(statistics.median(sample.cpu_ms for sample in samples), 3),
        "lost": sum(sample.lost for sample in samples),
        "samples_per_second": [round(sample.per_second, 1) for sample in samples],
    }

"""From bytes to a verdict: reading the JSON and every check of `verifier.verify`, with trust list and status lists at hand.

The status lists are read and checked once, as at a desk; nothing is remembered from one record to another.
"""

import itertools
import multiprocessing
import time

from tests.bench.credentials import DIFFERENT, SMALL, Size, bytes_of, carried
from tests.bench.measuring import Comparison, Effort, Sample, repeat, side_by_side
from tests.verifier import world
from verifier.documents import read_document
from verifier.policy import CARRIED_FILE
from verifier.verdict import Verdict, Word
from verifier.verify import verify

PROCESSES = 2


class Judge:
    """Judges record after record of one size."""

    def __init__(self, size: Size, different: int = DIFFERENT) -> None:
        self._evidence = world.evidence()
        self._files = itertools.cycle([bytes_of(carried(size, number)) for number in range(different)])
        first = self.judge()
        assert first.verdict is Word.GENUINE, first.as_dict()

    def judge(self) -> Verdict:
        return verify(read_document(next(self._files)), self._evidence, CARRIED_FILE, world.AT)

    def sample(self, seconds: float) -> Sample:
        return repeat(self.judge, seconds)


async def processes(effort: Effort) -> Comparison:
    """Two processes against one: what a second core brings."""
    judge = Judge(SMALL)
    # Started once, each with its own records; a fresh interpreter, because this one has threads.
    with multiprocessing.get_context("spawn").Pool(PROCESSES, _prepare) as pool:
        pool.map(_together, [0.01] * PROCESSES, chunksize=1)

        async def one() -> Sample:
            return judge.sample(effort.sample_seconds)

        async def several() -> Sample:
            start = time.perf_counter()
            samples = pool.map(_together, [effort.sample_seconds] * PROCESSES, chunksize=1)
            done, cpu = sum(each.done for each in samples), sum(each.cpu_seconds for each in samples)
            return Sample(done, time.perf_counter() - start, cpu)

        ours, theirs = await side_by_side(effort, several, one)
    return Comparison("verdict", SMALL.label, "two processes", "one process", ours, theirs)


_judge: Judge | None = None


def _prepare() -> None:
    global _judge
    _judge = Judge(SMALL)


def _together(seconds: float) -> Sample:
    assert _judge
    return _judge.sample(seconds)

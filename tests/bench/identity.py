"""A chain of vLEI credentials judged: by this verifier against keripy, and against itself with a cache.

The chain is that of an engagement role under an authorisation, with five keys and five witnesses for everybody but the person.
Both judge the same bytes. keripy begins with an empty store each time, as it must with a stranger's stream, in memory
instead of on a disk; it does not look at what the policy demands.
"""

import json

from tests.bench.measuring import Comparison, Effort, Sample, repeat, side_by_side
from tests.conftest import DATA
from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import World
from tests.verifier.identity.vlei.oracle import Oracle
from verifier.identity.vlei import KeyStateCache, verify_vlei

AIM = 3.0
CASE = "ECR chain, 5 keys, 5 witnesses"


class Chain:
    """The chain, judged in three ways."""

    def __init__(self) -> None:
        world = World("bench", keys=5, witnesses=5).issue_all()
        self._stream, self._pins = world.stream("ECR"), pins(world)
        self._cache = KeyStateCache()
        # Without GLEIF's documents at hand keripy judges the logs and registries only, which is less work.
        documents = [json.loads(file.read_bytes()) for file in sorted((DATA / "vlei" / "schema").glob("*.json"))]
        self._oracle = Oracle(documents)
        self.fresh()
        self.again()

    def fresh(self) -> None:
        assert verify_vlei(self._stream, self._pins, at=AT).accepted

    def again(self) -> None:
        assert verify_vlei(self._stream, self._pins, at=AT, cache=self._cache).accepted

    def keripy(self) -> None:
        assert self._oracle.judge(self._stream).complete

    def close(self) -> None:
        self._oracle.close()


async def chains(effort: Effort) -> list[Comparison]:
    """Fresh against keripy; with a cache against fresh."""
    chain = Chain()

    async def fresh() -> Sample:
        return repeat(chain.fresh, effort.sample_seconds)

    async def keripy() -> Sample:
        return repeat(chain.keripy, effort.sample_seconds)

    async def again() -> Sample:
        return repeat(chain.again, effort.sample_seconds)

    try:
        first = await side_by_side(effort, fresh, keripy)
        second = await side_by_side(effort, again, fresh)
    finally:
        chain.close()
    return [
        Comparison("vLEI chain", CASE, "verify_vlei", "keripy 1.3", *first, aim=AIM),
        Comparison("vLEI chain", f"{CASE}, seen before", "with a cache", "without", *second),
    ]

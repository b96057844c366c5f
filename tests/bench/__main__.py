"""`make bench`: measure everything side by side in one run, print the ratios, write `bench/results.json`.

    MEDCRED_TEST_POSTGRES=postgresql://… python -m tests.bench         MEDCRED_BENCH_SCALE=3 measures three times as long
    … python -m tests.bench issuing        only whole exchanges over DIDComm: prints the ratios, writes nothing

Ends with 1 when a credential was lost on our way. A missed aim is said in the table and is no failure: a rate depends on what
else the machine does.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import nest_asyncio

from tests.bench import identity, lei, results, signing, verdicts
from tests.bench.canonical import canonical
from tests.bench.credentials import SMALL
from tests.bench.delivering import OurWay, StockWay
from tests.bench.measuring import Comparison, Effort, side_by_side
from tests.bench.patients import Bench, bench

FILE = Path(__file__).parents[2] / "bench" / "results.json"
AIM_ISSUED_PER_SECOND = 20.0
# How many at once, and how many credentials a sample has.
IN_FLIGHT = {1: 12, 8: 40, 32: 64, 100: 110}
ISSUING_TURNS = 2


async def measure(effort: Effort, server: str, *, only_issuing: bool = False) -> list[Comparison]:
    """All comparisons, in the order of the table."""
    with tempfile.TemporaryDirectory(prefix="medcred-bench-", ignore_cleanup_errors=True) as folder:
        first: list[Comparison] = []
        if not only_issuing:
            say("canonical bytes, and verdicts in two processes …")
            first = [await verdicts.processes(effort), await canonical(effort)]
            say("an LEI index …")
            first += await lei.lei(effort)
            say("a vLEI chain …")
            first += await identity.chains(effort)
        say("starting agents …")
        async with bench(Path(folder), server) as ready:
            found = [] if only_issuing else await signing_and_judging(effort, ready)
            found += first
            for in_flight, number in IN_FLIGHT.items():
                say(f"issuing over DIDComm, {in_flight} in flight …")
                found.append(await issuing(effort, ready, in_flight, effort.count(number)))
    return found


async def signing_and_judging(effort: Effort, ready: Bench) -> list[Comparison]:
    """What a hospital and a clinic do without each other."""
    found: list[Comparison | None] = []
    for in_flight in (1, 8):
        say(f"signing, {in_flight} in flight …")
        found.append(await signing.signing(effort, ready.signers, SMALL, in_flight))
    found.append(await signing.signing(effort, ready.signers, SMALL, 8, batch_size=1))
    say("signing with Node.js …")
    found.append(await signing.digital_bazaar(effort, ready.signers))
    for size in signing.SIZES:
        say(f"verdicts, {size.label} …")
        found.append(await signing.judging(effort, ready.signers, size))
    return [comparison for comparison in found if comparison]


async def issuing(effort: Effort, ready: Bench, in_flight: int, number: int) -> Comparison:
    """Whole exchanges, ours against stock."""
    turns = Effort(effort.scale, ISSUING_TURNS)
    samples = await side_by_side(
        turns, lambda: ready.ours.sample(in_flight, number), lambda: ready.stock.sample(in_flight, number)
    )
    aim = AIM_ISSUED_PER_SECOND if in_flight > 1 else None
    return Comparison("issue", f"{in_flight} in flight", OurWay.name, StockWay.name, *samples, aim_per_second=aim)


def lost(comparisons: Sequence[Comparison]) -> int:
    """How many credentials our way lost."""
    return sum(sample.lost for comparison in comparisons for sample in comparison.our_samples)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    server = os.environ.get("MEDCRED_TEST_POSTGRES", "")
    if not server:
        say("error: MEDCRED_TEST_POSTGRES is not set\nhint: `make bench` starts a PostgreSQL server and sets it")
        return 64
    # Importing ACA-Py would rebuild this process's event loop as well.
    nest_asyncio.apply = lambda loop=None: None
    scale = float(os.environ.get("MEDCRED_BENCH_SCALE", "1"))
    started_on = results.machine()
    say(f"load average {started_on['load_average']}; figures from a busy machine are worth little")
    only_issuing = sys.argv[1:] == ["issuing"]
    comparisons = asyncio.run(measure(Effort(scale), server, only_issuing=only_issuing))
    found = results.document(comparisons, at=datetime.now(UTC), scale=scale, started_on=started_on)
    if not only_issuing:
        results.write(FILE, found)
    print(results.table(found))
    if number := lost(comparisons):
        say(f"error: {number} credentials were lost\nhint: agents' pools must hold every exchange in flight")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

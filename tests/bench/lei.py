"""An LEI index of invented entities: importing it, looking up an LEI, searching by name.

    python -m tests.bench.lei             alone; MEDCRED_BENCH_LEI_ROWS=3000000 is the whole world (3 GB on the disk, 5 minutes)

The other way is what one would do without it: the bare row by sqlite3 for a look-up (the floor), LIKE over all names for a
search, and the csv module reading the same file for an import. Names and LEIs are other ones at every question.
"""

import asyncio
import csv
import itertools
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from storage.clock import SystemClock
from tests.bench import results
from tests.bench.measuring import Comparison, Effort, Sample, repeat, side_by_side
from tests.verifier.identity.lei_files import PUBLISHED, some, synthetic, write_csv
from verifier.identity.lei.index import LeiIndex

AIM_LOOKUPS_PER_SECOND = 20_000.0
AIM_SEARCHES_PER_SECOND = 200.0
AIM_MEGABYTES = 300
ROOT = Path(__file__).parents[2]


async def lei(effort: Effort) -> list[Comparison]:
    """Import, look up, search. Says on stderr how much memory the import took at most."""
    rows = int(os.environ.get("MEDCRED_BENCH_LEI_ROWS", "200000"))
    with tempfile.TemporaryDirectory(prefix="medcred-bench-lei-") as folder:
        file = write_csv(Path(folder) / f"{PUBLISHED}.csv", some(rows))
        path = Path(folder) / "lei.db"
        imported = Comparison(
            "LEI import", f"{rows} rows", "medcred lei import", "csv module alone", [_import(file, path)], [_read(file)]
        )
        with (
            LeiIndex(path, SystemClock()) as index,
            closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as bare,
        ):
            looked_up = await _look_up(effort, index, bare, rows)
            return [imported, looked_up, await _search(effort, index, bare, rows)]


def _import(file: Path, path: Path) -> Sample:
    call = [sys.executable, "-m", "medcred", "lei", "import", str(file), "--index", str(path), "--json"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    # In a process of its own, started by a small one: the memory of a child is counted from its parent's on.
    watched = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    watched += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    said = subprocess.run([sys.executable, "-c", watched, *call], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = int(said.splitlines()[-1]) / 1024
    size = path.stat().st_size / 1e6
    rows = sum(1 for _ in file.open(encoding="utf-8")) - 1
    print(
        f"LEI import: {rows} rows in {seconds:.1f} s, at most {megabytes:.0f} MB of memory (aim {AIM_MEGABYTES}), "
        f"index {size:.0f} MB",
        file=sys.stderr,
    )
    return Sample(rows, seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _read(file: Path) -> Sample:
    used, start = time.process_time(), time.perf_counter()
    with file.open(encoding="utf-8", newline="") as text:
        rows = sum(1 for _ in csv.reader(text)) - 1
    return Sample(rows, time.perf_counter() - start, time.process_time() - used)


async def _look_up(effort: Effort, index: LeiIndex, bare: sqlite3.Connection, rows: int) -> Comparison:
    dice = random.Random(1)
    leis = itertools.cycle([synthetic(dice.randrange(rows)).lei for _ in range(min(rows, 50_000))])

    async def ours() -> Sample:
        return await _sample(lambda: index.record(next(leis)), effort.sample_seconds)

    async def theirs() -> Sample:
        row = "SELECT * FROM record WHERE lei = ?"
        return repeat(lambda: bare.execute(row, (next(leis),)).fetchone(), effort.sample_seconds)

    samples = await side_by_side(effort, ours, theirs)
    return Comparison("LEI look-up", f"{rows} rows", "LeiIndex", "bare row", *samples, aim_per_second=AIM_LOOKUPS_PER_SECOND)


async def _search(effort: Effort, index: LeiIndex, bare: sqlite3.Connection, rows: int) -> Comparison:
    words = _words(rows)

    async def ours() -> Sample:
        return repeat(lambda: index.search(next(words)), effort.sample_seconds)

    async def theirs() -> Sample:
        like = "SELECT lei FROM name WHERE folded LIKE ? LIMIT 20"
        return repeat(lambda: bare.execute(like, (f"%{next(words).casefold()}%",)).fetchall(), effort.sample_seconds)

    samples = await side_by_side(effort, ours, theirs)
    return Comparison("LEI name search", f"{rows} rows", "LeiIndex", "LIKE", *samples, aim_per_second=AIM_SEARCHES_PER_SECOND)


def _words(rows: int) -> Iterator[str]:
    """What people type: a name's beginning, its middle, two characters of Chinese, a common word, something nobody is called."""
    dice = random.Random(2)
    while True:
        name = synthetic(dice.randrange(rows)).name
        words = name.split()
        middle = dice.randrange(max(1, len(name) - 6))
        yield from (
            " ".join(words[:2]),
            words[-2] if len(words) > 2 else name[:2],
            name[middle : middle + 6],
            "hospital",
            "xylo qua",
        )


async def _sample(work: Callable[[], Awaitable[object]], seconds: float) -> Sample:
    done = 0
    used, start = time.process_time(), time.perf_counter()
    while time.perf_counter() < start + seconds:
        await work()
        done += 1
    return Sample(done, time.perf_counter() - start, time.process_time() - used)


def main() -> None:
    started_on = results.machine()
    comparisons = asyncio.run(lei(Effort()))
    print(results.table(results.document(comparisons, at=datetime.now(UTC), scale=1.0, started_on=started_on)))


if __name__ == "__main__":
    main()

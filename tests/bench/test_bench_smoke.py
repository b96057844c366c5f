"""The harness runs, counts right, and writes what it says it writes. No test here looks at how long anything took."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench import results
from tests.bench.__main__ import lost, main
from tests.bench.canonical import canonical
from tests.bench.credentials import LARGE, SMALL, bytes_of, carried
from tests.bench.measuring import Comparison, Effort, Sample, closed_loop, cpu_seconds, side_by_side
from tests.bench.verdicts import Judge
from verifier.verdict import Word

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
QUICK = Effort(scale=0.01, turns=2, seconds=1.0)


def comparison(ours: list[Sample], theirs: list[Sample], **more: float) -> Comparison:
    return Comparison("sign", "3 kB", "batch", "one by one", ours, theirs, **more)


def test_the_records_are_different_and_of_the_sizes_they_say() -> None:
    for size, least, most in ((SMALL, 2500, 3500), (LARGE, 5500, 6500)):
        one, other = carried(size, 1), carried(size, 2)
        assert least < len(bytes_of(one)) < most
        assert one["id"] != other["id"]
        assert one["fingerprint"]["salt"] != other["fingerprint"]["salt"]


async def test_a_verdict_is_measured_beside_another() -> None:
    judge = Judge(SMALL, different=2)
    assert judge.judge().verdict is Word.GENUINE

    async def sample() -> Sample:
        return judge.sample(QUICK.sample_seconds)

    ours, theirs = await side_by_side(QUICK, sample, sample)
    assert len(ours) == len(theirs) == 2
    assert all(each.done > 0 and each.seconds > 0 for each in [*ours, *theirs])


async def test_canonical_bytes_are_measured() -> None:
    found = await canonical(QUICK)
    assert min(each.done for each in [*found.our_samples, *found.their_samples]) > 0
    assert found.ratio > 0


async def test_the_loop_counts_what_every_caller_did() -> None:
    calls = 0

    async def call() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return 3

    sample = await closed_loop(call, 8, 0.02, os.getpid())
    assert sample.done == 3 * calls > 0


def test_processor_time_is_read() -> None:
    assert cpu_seconds(os.getpid()) > 0
    assert cpu_seconds(os.getpid(), os.getpid()) >= cpu_seconds(os.getpid())


def test_a_ratio_is_the_median_of_the_turns() -> None:
    ours = [Sample(100, 1.0, 1.0), Sample(300, 1.0, 1.0), Sample(900, 1.0, 1.0)]
    theirs = [Sample(10, 1.0, 1.0)] * 3
    assert comparison(ours, theirs).ratio == 30
    assert comparison(ours, theirs).cpu_ratio == 30
    assert [comparison(ours, theirs, aim=aim).met for aim in (30, 31)] == [True, False]
    assert [comparison(ours, theirs, aim_per_second=aim).met for aim in (300, 301)] == [True, False]
    assert comparison(ours, theirs).met is None


def test_what_a_run_leaves(tmp_path: Path) -> None:
    found = [
        comparison([Sample(50, 1.0, 0.5)], [Sample(2, 1.0, 1.0)], aim=15.0),
        comparison([Sample(10, 1.0, 0.5)], [Sample(9, 1.0, 1.0, lost=1)], aim_per_second=20.0),
    ]
    made = results.document(found, at=AT, scale=1.0, started_on=results.machine())
    results.write(tmp_path / "bench" / "results.json", made)
    read = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert read == made
    assert read["version"] == results.VERSION
    assert read["machine"].keys() == {"processor", "cores", "python", "load_average"}
    first, second = read["comparisons"]
    assert (first["ratio"], first["cpu_ratio"], first["met"]) == (25, 50, True)
    assert first["ours"] == {"name": "batch", "per_second": 50, "cpu_ms": 10, "lost": 0, "samples_per_second": [50]}
    assert (second["met"], second["theirs"]["lost"]) == (False, 1)
    shown = results.table(read)
    assert "≥ 15× met" in shown
    assert "≥ 20/s MISSED" in shown
    assert "25.0×" in shown


def test_only_what_we_lose_fails_a_run() -> None:
    ours, theirs = [Sample(9, 1.0, 1.0, lost=1)], [Sample(5, 1.0, 1.0, lost=5)]
    assert lost([comparison(ours, theirs)]) == 1
    assert lost([comparison(theirs[:0], theirs[:0])]) == 0


def test_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MEDCRED_TEST_POSTGRES", raising=False)
    assert main() == 64
    assert "make bench" in capsys.readouterr().err

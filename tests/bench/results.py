"""What a run leaves: `bench/results.json` for programs, a table of ratios for people."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.measuring import Comparison

VERSION = 1


def machine() -> dict[str, Any]:
    """Where this is measured, and how busy it is just now."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def document(comparisons: Sequence[Comparison], *, at: datetime, scale: float, started_on: dict[str, Any]) -> dict[str, Any]:
    """The content of results.json. `started_on` is `machine()` as it was before the first sample."""
    return {
        "version": VERSION,
        "at": at.isoformat(timespec="seconds"),
        "scale": scale,
        "machine": started_on,
        "load_average_at_end": machine()["load_average"],
        "comparisons": [comparison.as_dict() for comparison in comparisons],
    }


def write(path: Path, results: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def table(results: dict[str, Any]) -> str:
    """The ratios as text."""
    head = ("what", "case", "ours/s", "theirs/s", "ratio", "CPU ratio", "lost", "aim")
    rows = [head, *(_row(comparison) for comparison in results["comparisons"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    here = results["machine"]
    loads = f"load average {here['load_average'][0]} at start, {results['load_average_at_end'][0]} at end"
    return "\n".join(
        [
            f"{here['processor']}, {here['cores']} cores, Python {here['python']}, {results['at']}, {loads}",
            "",
            lines[0],
            *lines[1:],
            "",
            "ratio: ours to theirs a second. CPU ratio: their processor time an operation to ours. Both are medians of turns in",
            "this one run; figures of different runs or machines are not comparable.",
        ]
    )


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    aim = f"≥ {one['aim']:g}×" if one["aim"] else f"≥ {one['aim_per_second']:g}/s" if one["aim_per_second"] else ""
    if aim:
        aim += " met" if one["met"] else " MISSED"
    return (
        f"{one['subject']}: {one['ours']['name']} / {one['theirs']['name']}",
        one["case"],
        f"{one['ours']['per_second']:.1f}",
        f"{one['theirs']['per_second']:.1f}",
        f"{one['ratio']:.1f}×",
        f"{one['cpu_ratio']:.1f}×",
        f"{one['ours']['lost']}/{one['theirs']['lost']}",
        aim,
    )

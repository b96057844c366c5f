"""`medcred lei`: exit codes, one JSON object, an index made, searched, served, and used when the register is silent."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from medcred.cli import run
from tests.verifier.identity.lei_files import BAY, HARBOUR, LATER, MERCY, PUBLISHED, some, write_csv

PORT = 26601
NOBODY = "http://127.0.0.1:26799/api/v1"
UNKNOWN = "5493001KJTIIGC8Y1R12"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = write_csv(tmp_path / f"{PUBLISHED}.csv", some(100))
    assert run(["lei", "import", str(file), "--index", str(tmp_path / "lei.db")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "OK: 103 records of the whole world, as of 2026-11-24 08:00 UTC"
    return tmp_path / "lei.db"


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> Any:
    assert run(["lei", *map(str, arguments)]) == code
    return json.loads(capsys.readouterr().out)


def test_check_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lei", "check", HARBOUR.lei]) == 0
    assert capsys.readouterr().out == f"OK: {HARBOUR.lei}\n"
    assert run(["lei", "check", HARBOUR.lei, "984500HKTESTHOSP0165", HARBOUR.lei.lower()]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "FAIL: 984500HKTESTHOSP0165 check digits do not fit (ISO 7064 MOD 97-10)",
        f"FAIL: {HARBOUR.lei.lower()} an LEI has capital letters only",
    ]
    checks = said(capsys, "check", "--json", "984500HKTESTHOSP0165", code=1)["checks"]
    assert checks == [{"code": "check_digits", "result": "fail", "about": "984500HKTESTHOSP0165", "reason": "lei.check_digits"}]


def test_lookup_offline(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ("lookup", "--offline", "--index", index, "--json")
    one = said(capsys, *call, HARBOUR.lei)
    assert (one["legalName"], one["source"], one["asOf"]) == (HARBOUR.name, "index", "2026-11-24T08:00:00+00:00")
    assert one["age"] in ("fresh", "noted", "stale")
    both = said(capsys, *call, HARBOUR.lei, BAY.lei)
    assert [record["lei"] for record in both["records"]] == [HARBOUR.lei, BAY.lei]
    delta = write_csv(index.with_name(f"{LATER}.csv"), [BAY.but(registration="RETIRED")])
    assert run(["lei", "import", str(delta), "--index", str(index), "--delta"]) == 0
    capsys.readouterr()
    assert said(capsys, *call, HARBOUR.lei, BAY.lei, code=1)["records"][1]["standing"] == "ended"
    assert run(["lei", "lookup", "--offline", "--index", str(index), HARBOUR.lei]) == 0
    assert capsys.readouterr().out.startswith(f"OK: {HARBOUR.lei} {HARBOUR.name}\n")


def test_what_a_part_of_the_world_does_not_have_could_not_be_looked_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_csv(tmp_path / "lei2.csv", [HARBOUR, BAY, MERCY])
    made = said(
        capsys, "import", file, "--index", tmp_path / "hk.db", "--country", "hk, mo", "--published", "2026-11-24T08:00Z", "--json"
    )
    assert (made["countries"], made["records"], made["passed_over"]) == (["HK", "MO"], 2, 0)
    assert run(["lei", "lookup", "--offline", "--index", str(tmp_path / "hk.db"), BAY.lei]) == 2
    assert "HK, MO" in capsys.readouterr().err
    found = said(capsys, "lookup", "--offline", "--index", tmp_path / "hk.db", "--json", HARBOUR.lei, BAY.lei, code=2)
    assert found["records"][1] == {"lei": BAY.lei, "standing": "unknown", "reason": "lei.not_in_index"}


def test_the_index_answers_when_the_register_does_not(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ("lookup", HARBOUR.lei, "--api", NOBODY, "--cache", tmp_path / "cache", "--json")
    assert run(["lei", *map(str, call)]) == 2
    assert capsys.readouterr().err.startswith("error: The remote source could not be reached.")
    assert said(capsys, *call, "--index", index)["source"] == "index"


def test_search(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "search", "--index", index, "--json", "harbour", "demonstration")
    assert [record["lei"] for record in found["records"]] == [HARBOUR.lei]
    assert run(["lei", "search", "--index", str(index), "示範", "--country", "mo"]) == 0
    assert capsys.readouterr().out.startswith(f"{MERCY.lei} MO active Santa Casa")
    assert run(["lei", "search", "--index", str(index), "nobody of this name"]) == 1
    assert run(["lei", "search", "--api", NOBODY, "harbour"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["lookup"],
        ["lookup", "984500HKTESTHOSP0165", "--offline"],
        ["lookup", "--offline", HARBOUR.lei],
        ["lookup", "--index", "/no/such/index", HARBOUR.lei],
        ["search"],
        ["import", __file__],
        ["import", __file__, "--index", "x.db", "--country", "Hong Kong"],
        ["import", __file__, "--index", "x.db", "--country", "HK", "--delta"],
        ["import", __file__, "--index", "x.db", "--published", "yesterday"],
        ["serve", "--port", "1"],
    ],
)
def test_a_wrong_call_is_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lei", *arguments]) == 64
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_that_is_no_golden_copy_is_64(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["lei", "import", __file__, "--index", str(tmp_path / "lei.db"), "--published", "2026-11-24"]
    assert run(call) == 64
    assert "has no column LEI" in capsys.readouterr().err
    assert not (tmp_path / "lei.db").exists()


def test_served_it_stands_in_for_the_register(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{PORT}/api/v1"
    call = [sys.executable, "-m", "medcred", "lei", "serve", "--index", str(index), "--port", str(PORT)]
    with subprocess.Popen(call, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    assert httpx.get(f"http://127.0.0.1:{PORT}/health").status_code == 200
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            kept = ("--cache", tmp_path / "cache", "--json")
            call = ["lei", "lookup", "--api", url, *map(str, kept), HARBOUR.lei, UNKNOWN, BAY.lei]
            # Whether the service knows that there is no such LEI depends on how old the file is today.
            assert run(call) in (1, 2)
            found = json.loads(capsys.readouterr().out)["records"]
            assert [record["lei"] for record in found] == [HARBOUR.lei, UNKNOWN, BAY.lei]
            assert found[1]["reason"] in ("lei.not_found", "lei.not_in_index")
            assert found[2]["asOf"] == "2026-11-24T08:00:00+00:00"
            assert said(capsys, "search", "--api", url, "--json", "維港示範")["records"][0]["lei"] == HARBOUR.lei
        finally:
            process.terminate()
    assert said(capsys, "lookup", "--api", url, *kept, HARBOUR.lei)["asOf"] == "2026-11-24T08:00:00+00:00", "answers are kept"

"""`medcred inspect`: says what a file is, believes nothing in it, shows nothing of the patient."""

import io
import json
from pathlib import Path

import pytest

from medcred.cli import run
from tests.verifier import world
from verifier.documents import MAX_BYTES


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "record.medcred.json"
    file.write_bytes(world.text(world.carried()))
    return file


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    file = tmp_path / "letter.txt"
    file.write_text("Dear doctor")
    return file


def test_a_known_kind_is_0_with_what_it_claims(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(record)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{record}: a medcred record as a patient carries it")
    assert f"    claimed_issuer: {world.HK}\n" in shown
    assert shown.splitlines()[-1] == "    hint: nothing of this was verified; medcred verify judges it"
    assert "CANARY" not in shown
    assert world.HOLDER not in shown


def test_an_altered_record_is_still_what_it_is(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record.write_bytes(world.text(world.carried(world.issued() | {"validUntil": "2099-01-01T00:00:00Z"})))
    assert run(["inspect", "--json", str(record)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["file"], shown["kind"]) == (str(record), "carried_record")
    assert set(shown) == {"file", "kind", "description", "facts"}, "no verdict"


def test_an_unknown_kind_is_2(letter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(letter)]) == 2
    assert capsys.readouterr().out == f"{letter}: text of no kind known here\n"


def test_several_files_each_have_their_kind(record: Path, letter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "--json", str(record), str(letter)]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert [file["kind"] for file in shown["files"]] == ["carried_record", "text"]


def test_standard_input(record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(record.read_bytes())))
    assert run(["inspect", "-"]) == 0
    assert capsys.readouterr().out.startswith("-: a medcred record")


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.write(b"{")
        stream.truncate(MAX_BYTES * 1000)
    assert run(["inspect", str(huge)]) == 2
    assert "a file of no kind known here" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["/no/such/file"], ["--colour"]])
def test_a_wrong_call_is_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", *arguments]) == 64
    assert capsys.readouterr().err.startswith("error: ")

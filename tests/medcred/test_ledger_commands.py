"""`medcred ledger`: a real ledger and its witness have a file witnessed; it is judged by its receipt, and so is the ledger."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.keys import KeyType, SigningKey
from ledger.notes import SignedNote, VerifierKey
from medcred.cli import run
from medcred.house import read_house
from tests.flows.running import RunningHouse
from tests.verifier import world

HOUSE = """
version: 1
agents: []
services:
  ledger:
    port: 18950
    origin: ledger.example/test
    key: "file:secrets/ledger.key"
    token: "file:secrets/ledger.token"
    epoch_seconds: 0.2
  witness:
    port: 18951
    name: witness.example/test
    key: "file:secrets/witness.key"
"""
OTHER_WITNESS = SigningKey.from_seed("witness.example/other", KeyType.COSIGNATURE, "22" * 32).verifier_key
OTHER_LOG = SigningKey.from_seed("ledger.example/other", KeyType.NOTE, "33" * 32).verifier_key


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house that is nothing but a ledger and its witness."""
    file = tmp_path_factory.mktemp("ledger") / "agents.yml"
    file.write_text(HOUSE)
    house = RunningHouse(read_house(file))
    yield house
    house.stop()


@pytest.fixture
def house(running: RunningHouse) -> str:
    """The option that names the house's file."""
    return f"--house={running.house.state.parent / 'agents.yml'}"


@pytest.fixture
def witnessed(house: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A file that was witnessed."""
    file = tmp_path / "letter.pdf"
    file.write_bytes(b"%PDF-1.7 a letter")
    assert run(["ledger", "append", str(file), house]) == 0
    capsys.readouterr()
    return file


@pytest.fixture
def trust(running: RunningHouse, tmp_path: Path) -> Callable[..., str]:
    """Writes a trust list that names this ledger, or whichever is given, and gives the option that names it."""

    def write(*, logs: tuple[str, ...] = (), witnesses: tuple[str, ...] = (), quorum: int = 1) -> str:
        log_keys = [VerifierKey.parse(key) for key in logs or (running.settings.log_key(),)]
        witness_keys = [VerifierKey.parse(key) for key in witnesses or running.settings.witness_keys()]
        document = world.trust_document(
            logs=[{"origin": key.name, "verifierKey": str(key), "jurisdiction": "HK"} for key in log_keys],
            witnesses=[{"name": key.name, "verifierKey": str(key)} for key in witness_keys],
            witnessQuorum=quorum,
        )
        file = tmp_path / "trust.json"
        file.write_text(json.dumps(document))
        return f"--trust={file}"

    return write


@pytest.mark.parametrize("algorithm", ["sha-256", "sm3"])
def test_a_file_is_witnessed_and_judged(
    algorithm: str, house: str, trust: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scan.dcm"
    file.write_bytes(bytes(range(256)) * 100)
    assert run(["ledger", "append", str(file), "--algorithm", algorithm, "--json", house]) == 0
    appended = json.loads(capsys.readouterr().out)
    receipt = Path(appended["receipt"])
    assert receipt == tmp_path / "scan.dcm.receipt.json"
    assert receipt.stat().st_mode & 0o077 == 0, "the salt is in it"
    assert run(["inspect", str(receipt)]) == 0
    assert "ledger receipt of a witnessed file" in capsys.readouterr().out
    assert run(["ledger", "verify", str(file), trust(), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["verdict"] == "genuine"
    assert [(check["code"], check["result"], check["reason"]) for check in shown["checks"]] == [("ledger", "pass", "witnessed")]
    assert shown["checks"][0]["witnessedAt"]


def test_the_ledger_proves_a_commitment_again(
    running: RunningHouse, house: str, witnessed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = json.loads(witnessed.with_name("letter.pdf.receipt.json").read_text())
    assert run(["ledger", "append", str(witnessed), "--json", house]) == 0
    commitment = json.loads(capsys.readouterr().out)["commitment"]
    assert run(["ledger", "prove", commitment, house]) == 0
    proved = json.loads(capsys.readouterr().out)
    assert proved["type"] == kept["receipt"]["type"] == "LedgerReceipt"
    assert run(["ledger", "prove", Commitment(Algorithm.SHA_256, bytes(32)).text(), house]) == 1
    assert capsys.readouterr().err.startswith("error: The ledger has no receipt for this commitment.")
    assert run(["ledger", "prove", "uNothing", house]) == 64


def test_an_altered_file_fails(witnessed: Path, trust: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    witnessed.write_bytes(b"%PDF-1.7 another letter")
    assert run(["ledger", "verify", str(witnessed), trust()]) == 1
    assert capsys.readouterr().out == f"FAIL: {witnessed} commitment_mismatch\n"


def _change(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def test_a_receipt_of_another_file_fails(
    witnessed: Path, house: str, trust: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(b"%PDF-1.7 other")
    assert run(["ledger", "append", str(other), house]) == 0
    assert run(["ledger", "verify", str(witnessed), f"{other}.receipt.json", trust()]) == 1
    assert "commitment_mismatch" in capsys.readouterr().out


def test_a_ledger_that_is_not_trusted_fails(
    witnessed: Path, trust: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "verify", str(witnessed), trust(logs=(str(OTHER_LOG),))]) == 1
    assert "log_unknown" in capsys.readouterr().out


def test_what_could_not_be_checked_is_not_a_failure(
    running: RunningHouse, witnessed: Path, trust: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Too few known witnesses, a ledger of another kind, a damaged or missing receipt: exit code 2, never 1."""
    call = ["ledger", "verify", str(witnessed), "--json"]
    both = (*running.settings.witness_keys(), str(OTHER_WITNESS))
    assert run([*call, trust(witnesses=both, quorum=2)]) == 2
    assert _found(capsys) == ("could_not_check", "unknown", "quorum_missing")

    beside = witnessed.with_name("letter.pdf.receipt.json")
    _change(beside, lambda content: content["receipt"].update(driver="fisco-bcos"))
    assert run([*call, trust()]) == 2
    assert _found(capsys) == ("could_not_check", "unknown", "driver_unknown")

    _change(beside, lambda content: content.update(algorithm="md5"))
    assert run([*call, trust()]) == 2
    assert _found(capsys) == ("could_not_check", "unknown", "hash.unknown")

    beside.write_text("{")
    assert run([*call, trust()]) == 2
    assert _found(capsys) == ("could_not_check", "unknown", "receipt.malformed")

    beside.unlink()
    assert run([*call, trust()]) == 2
    assert _found(capsys) == ("could_not_check", "unknown", "receipt.missing")


def _found(capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    shown = json.loads(capsys.readouterr().out)
    (check,) = shown["checks"]
    return shown["verdict"], check["result"], check["reason"]


def test_without_a_trust_list_nothing_is_judged(
    witnessed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("medcred.commands.verify.TRUST_PLACES", ())
    assert run(["ledger", "verify", str(witnessed)]) == 64
    assert "hint: Name one with --trust." in capsys.readouterr().err


def test_the_published_checkpoints_can_be_exported(
    running: RunningHouse, house: str, witnessed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "export", house]) == 0
    printed = capsys.readouterr().out
    notes = [f"ledger.example/test\n{rest}".strip() + "\n" for rest in printed.split("ledger.example/test\n")[1:]]
    keys = [VerifierKey.parse(key) for key in (running.settings.log_key(), *running.settings.witness_keys())]
    sizes = []
    for text in notes:
        note = SignedNote.parse(text)
        assert {verified.key.name for verified in note.verify(keys)} == {"ledger.example/test", "witness.example/test"}
        sizes.append(Checkpoint.parse(note.body).size)
    assert sizes == sorted(sizes)
    assert sizes
    assert run(["ledger", "export", "--after", str(sizes[-1]), house]) == 0
    later = capsys.readouterr().out
    assert all(f"\n{size}\n" not in later for size in sizes)


def test_fsck_finds_what_was_changed(
    running: RunningHouse, house: str, witnessed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "fsck", "--json", house]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["counts"]["leaves"] > 0
    copy = _copy_of(running, tmp_path)
    database = copy / "databases" / "ledger.db"
    with closing(sqlite3.connect(database)) as connection:
        triggers = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for trigger in triggers:
            connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute("UPDATE log_leaf SET hash = zeroblob(32) WHERE position = 0")
        connection.commit()
    elsewhere = f"--house={copy.parent / 'agents.yml'}"
    assert run(["ledger", "fsck", elsewhere]) == 1
    assert "FAIL: leaf.hash at log_leaf 0" in capsys.readouterr().out.splitlines()


def test_a_ledger_that_is_not_there_could_not_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agents.yml").write_text(HOUSE)
    for command in ("fsck", "export"):
        assert run(["ledger", command, f"--house={tmp_path / 'agents.yml'}"]) == 2
        assert "There is no ledger in" in capsys.readouterr().err
    assert not (tmp_path / ".medcred" / "databases").exists(), "looking must not make a database"


def test_a_ledger_that_does_not_answer_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agents.yml").write_text(HOUSE.replace("18950", "18959"))
    file = tmp_path / "letter.txt"
    file.write_text("Dear doctor")
    assert run(["ledger", "append", str(file), f"--house={tmp_path / 'agents.yml'}"]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "letter.txt.receipt.json").exists()


def test_a_house_without_a_ledger_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agents.yml").write_text("version: 1\nagents: []\n")
    for command in (["fsck"], ["export"], ["serve"], ["append", __file__]):
        assert run(["ledger", *command, f"--house={tmp_path / 'agents.yml'}"]) == 64
        assert "no ledger" in capsys.readouterr().err


def _copy_of(running: RunningHouse, folder: Path) -> Path:
    """The house's state, copied while it runs; its own database stays as it is."""
    state = folder / "copy" / ".medcred"
    (state / "databases").mkdir(parents=True)
    (state.parent / "agents.yml").write_text(HOUSE)
    for file in (running.house.state / "secrets").iterdir():
        target = state / "secrets" / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(file.read_text())
        target.chmod(0o600)
    source = running.house.state / "databases" / "ledger.db"
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(state / "databases" / "ledger.db")) as here:
        there.backup(here)
    return state

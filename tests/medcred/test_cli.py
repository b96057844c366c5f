"""The command line: exit codes, error and hint lines, one JSON object, help for every command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from medcred.cli import COMMANDS, run


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["verify"], ["nonsense"], ["verify", "--at", "yesterday", __file__], ["verify", "/no/such/file"]]
)
def test_a_wrong_call_is_64_with_a_hint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("hint: ")


def test_a_mistake_in_agents_yml_is_64_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agents.yml").write_text("version: 1\nagents: nobody\n")
    assert run(["doctor", str(tmp_path / "agents.yml")]) == 64
    assert "line 2" in capsys.readouterr().err


def test_what_is_no_record_could_not_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 not a record")
    assert run(["verify", "--offline", "--json", "--cache", str(tmp_path / "cache"), str(tmp_path / "letter.pdf")]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert shown["verdict"] == "could_not_check"
    assert shown["checks"] == [{"code": "well_formed", "result": "unknown", "reason": "json.malformed"}]


def test_an_unsigned_credential_is_not_genuine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "credentialSubject": {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},
    }
    file, other = tmp_path / "self-made.json", tmp_path / "letter.txt"
    file.write_text(json.dumps(credential))
    other.write_text("Dear doctor")
    call = ["verify", "--offline", "--cache", str(tmp_path / "cache")]
    assert run([*call, str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"FAIL: {file} not_genuine")
    assert run([*call, str(other), str(file)]) == 1, "the heaviest word decides"
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["?", "FAIL"]


BASE_ONLY = """
import sys
for name in ("ruamel", "sqlalchemy", "fastapi", "uvicorn", "acapy_agent", "fhir", "keri"):
    sys.modules[name] = None
from medcred.cli import run
sys.exit(run(sys.argv[1:]))
"""


def base_only(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line on a machine that has the base package alone."""
    return subprocess.run([sys.executable, "-c", BASE_ONLY, *arguments], capture_output=True, text=True, check=False)


def test_the_base_package_lists_every_command_and_says_what_one_needs() -> None:
    listed = base_only("--help")
    assert listed.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in listed.stdout
    for arguments in (["up"], ["up", "--help"], ["issue", "somebody", "--json"]):
        called = base_only(*arguments)
        assert called.returncode == 70
        assert called.stderr.splitlines()[1] == "hint: pip install 'medcred[all]'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["lei", "check", "984500HKTESTHOSP0164"],
        ["verify", "--help"],
        ["inspect", "--help"],
        ["vlei", "--help"],
        ["trust", "--help"],
    ],
)
def test_what_the_base_package_is_for_works_with_it(arguments: list[str]) -> None:
    called = base_only(*arguments)
    assert (called.returncode, called.stderr) == (0, "")

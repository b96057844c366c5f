"""`medcred vlei verify`: exit codes, the JSON object, prose, files and addresses beside the stream, the memory."""

import http.server
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medcred.cli import run
from tests.verifier.identity.vlei.forge import HOSPITAL, World

type Captured = pytest.CaptureFixture[str]


@pytest.fixture
def world() -> World:
    return World("cli").issue_all()


@pytest.fixture
def file(world: World, tmp_path: Path) -> Path:
    found = tmp_path / "chain.cesr"
    found.write_bytes(world.stream("ECR"))
    return found


def judged(capsys: Captured, *arguments: object) -> tuple[int, dict[str, Any]]:
    code = run(["vlei", "verify", *map(str, arguments), "--json"])
    captured = capsys.readouterr()
    found: dict[str, Any] = json.loads(captured.out)
    return code, found


def test_accepted(world: World, file: Path, capsys: Captured) -> None:
    for root in (world.root.aid, world.geda.aid):
        code, told = judged(capsys, file, "--root", root, "--lei", HOSPITAL)
        assert (code, told["verdict"], told["kind"], told["lei"]) == (0, "accept", "ECR", HOSPITAL)
        assert told["leaf"] == world.issued["ECR"].said
        assert {check["result"] for check in told["checks"]} == {"pass"}


def test_rejected(world: World, file: Path, capsys: Captured) -> None:
    code, told = judged(capsys, file)
    assert (code, told["verdict"]) == (1, "reject")
    assert "vlei.root" in [check["reason"] for check in told["checks"]]
    code, told = judged(capsys, file, "--root", world.root.aid, "--lei", "984500SZTESTHOSP0194")
    assert (code, told["verdict"]) == (1, "reject")
    code, told = judged(capsys, file, "--root", world.root.aid, "--at", "2026-02-01T00:00:00Z")
    assert (code, next(check["reason"] for check in told["checks"] if check["result"] == "fail")) == (1, "vlei.not_yet_issued")
    file.write_bytes(b"no stream")
    assert judged(capsys, file)[0] == 1


def test_could_not_check(world: World, file: Path, capsys: Captured) -> None:
    root = ("--root", world.root.aid, "--at", "2026-03-05T00:00:00Z")
    code, told = judged(capsys, file, *root, "--max-age", "24")
    assert (code, told["verdict"]) == (2, "could_not_check")
    assert judged(capsys, file, *root, "--max-age", "24", "--as-of", "2026-03-04T20:00:00Z")[0] == 0
    assert judged(capsys, file, *root, "--max-age", "240")[0] == 0


def test_logs_from_a_file(world: World, file: Path, tmp_path: Path, capsys: Captured) -> None:
    world.parties.remove(world.root)
    file.write_bytes(world.stream("ECR"))
    code, told = judged(capsys, file, "--root", world.root.aid)
    assert (code, told["verdict"]) == (2, "could_not_check")
    root, other = tmp_path / "root.cesr", tmp_path / "other.cesr"
    root.write_bytes(b"".join(map(bytes, world.root.log)) + b"\n")
    other.write_bytes(b"".join(map(bytes, world.geda.log)) + b"\n")
    assert judged(capsys, file, "--root", world.root.aid, "--kel", other, "--kel", root)[0] == 0


@pytest.fixture
def oobi(world: World) -> Iterator[str]:
    """A web server that answers with the log of the root."""
    log = b"".join(map(bytes, world.root.log))

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.startswith("/oobi/")
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(log) if found else 0))
            self.end_headers()
            self.wfile.write(log if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_logs_from_an_address(world: World, file: Path, oobi: str, capsys: Captured) -> None:
    world.parties.remove(world.root)
    file.write_bytes(world.stream("ECR"))
    assert judged(capsys, file, "--root", world.root.aid, "--oobi", f"{oobi}/oobi/{world.root.aid}")[0] == 0
    assert run(["vlei", "verify", str(file), "--root", world.root.aid, "--oobi", f"{oobi}/elsewhere", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["verdict"] == "could_not_check"
    assert captured.err.startswith("error: ")
    assert "hint: " in captured.err


def test_a_memory_on_disk(world: World, file: Path, tmp_path: Path, capsys: Captured) -> None:
    memory = ("--root", world.root.aid, "--memory", tmp_path / "seen.db")
    assert judged(capsys, file, *memory)[0] == 0
    assert judged(capsys, file, *memory)[0] == 0
    world.le.log.pop()
    file.write_bytes(world.stream("LE"))
    code, told = judged(capsys, file, *memory)
    assert (code, "kel.duplicity" in [check["reason"] for check in told["checks"]]) == (1, True)
    assert judged(capsys, file, "--root", world.root.aid)[0] == 0


def test_a_memory_that_cannot_be_used_is_not_one_that_knows_nothing(
    world: World, file: Path, tmp_path: Path, capsys: Captured
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database " * 100)
    assert run(["vlei", "verify", str(file), "--root", world.root.aid, "--memory", str(broken)]) == 70
    assert "hint: " in capsys.readouterr().err


def test_prose(world: World, file: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["vlei", "verify", str(file), "--root", world.root.aid]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"OK: {file} accept\n")
    assert f"LE {world.issued['LE'].said}: issued, LEI {HOSPITAL}" in told
    assert "states as of 2026-03-01 09:00 UTC" in told
    assert "hint:" not in told
    world.revoke("LE")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(world.stream("ECR"))))
    assert run(["vlei", "verify", "-", "--root", world.root.aid, "--language", "zh-Hant"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("FAIL: - reject (vlei.revoked)\n")
    assert "hint: 不要採信。" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-file.cesr"],
        [],
        ["{file}", "--root", "GLEIF"],
        ["{file}", "--at", "yesterday"],
        ["{file}", "--max-age", "-1"],
        ["{file}", "--max-age", "nan"],
        ["{file}", "--max-age", "inf"],
        ["{file}", "--kel", "no-such-file"],
    ],
    ids=lambda arguments: "-".join(arguments) or "none",
)
def test_the_call_is_wrong(arguments: list[str], file: Path, capsys: Captured) -> None:
    assert run(["vlei", "verify", *(argument.format(file=file) for argument in arguments)]) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")

"""When the supervisor itself is killed, nothing it started stays behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.running import SHIPPED

STARTING_SECONDS = 120
ENDING_SECONDS = 30
PROCESSES = {"agent-hk", "lei_registry", "ledger", "witness", "issuer"}


def small_house(folder: Path) -> Path:
    """The shipped house on ports 18950 and up, with one hospital and no wallet and no desk."""
    text = SHIPPED.read_text()
    agents = re.split(r"(?m)^  - name: ", text[text.index("agents:") : text.index("\nservices:")])
    (hospital,) = [agent for agent in agents if agent.startswith("hk\n")]
    services = text[text.index("\nservices:") : text.index("\n  wallet:")].replace("[sz, hk]", "[hk]")
    services = re.sub(r"(?m)^ +clinics: .*\n", "", services)
    ports = iter(range(18950, 19000))
    given: dict[str, str] = {}
    content = f"version: 1\nstate: .medcred\nagents:\n  - name: {hospital.rstrip()}\n{services}\n"
    content = re.sub(r"\b81\d\d\b|(?<=%3A)81\d\d", lambda found: given.setdefault(found[0], str(next(ports))), content)
    file = folder / "agents.yml"
    file.write_text(content)
    return file


def children(pid: int) -> dict[int, str]:
    """The processes that have `pid` as their parent, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == pid:
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def test_nothing_stays_behind(tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    with log.open("wb") as stream:
        up = subprocess.Popen([sys.executable, "-m", "medcred", "up", str(small_house(tmp_path))], stderr=stream, stdout=stream)
    try:
        deadline = time.monotonic() + STARTING_SECONDS
        while "everything is ready" not in log.read_text():
            assert up.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        started = children(up.pid)
        assert len(started) == len(PROCESSES), started
        os.kill(up.pid, signal.SIGKILL)
        up.wait()
        deadline = time.monotonic() + ENDING_SECONDS
        while left := {pid: words for pid, words in started.items() if Path(f"/proc/{pid}").exists()}:
            if time.monotonic() > deadline:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                pytest.fail(f"still running: {left}")
            time.sleep(0.1)
    finally:
        if up.poll() is None:
            up.terminate()
            up.wait()

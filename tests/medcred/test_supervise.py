"""Processes are started in order, restarted when they end, and stopped without leaving anything behind."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from medcred.supervise import process as process_module
from medcred.supervise.process import Plan, Process, State
from medcred.supervise.supervisor import Supervisor
from schemas.errors import SetupError, UnavailableError

SLEEP = "import time; time.sleep(60)"


def plan(folder: Path, name: str, code: str, *, after: tuple[str, ...] = (), ready: str = "", patience: float = 20) -> Plan:
    """A process running `code`, ready as soon as the file `ready` exists (at once where it is empty)."""

    async def check() -> None:
        if ready and not (folder / ready).exists():
            raise UnavailableError("test.not_yet", "the file is not there yet")

    argv = [sys.executable, "-c", code]
    return Plan(name, argv, dict(os.environ), folder / f"{name}.log", check, after, patience=patience)


class Diary:
    """The states each process went through."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, State]] = []

    def __call__(self, process: Process) -> None:
        self.lines.append((process.plan.name, process.state))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_starts_what_is_needed_first_and_stops_everything(tmp_path: Path) -> None:
    diary = Diary()
    base = plan(tmp_path, "base", f"open({str(tmp_path / 'up')!r}, 'w'); {SLEEP}", ready="up")
    async with Supervisor([plan(tmp_path, "top", SLEEP, after=("base",)), base], diary) as house:
        await house.all_ready(patience=20)
        pids = [process.pid for process in house.processes.values()]
    assert diary.lines.index(("base", State.READY)) < diary.lines.index(("top", State.STARTING))
    assert all(pid is not None and not alive(pid) for pid in pids)
    assert [state for _, state in diary.lines[-2:]] == [State.STOPPED, State.STOPPED]


async def test_restarts_with_back_off_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (0.01,))
    diary = Diary()
    code = "import sys; print('going down'); sys.exit(3)"
    async with Supervisor([plan(tmp_path, "weak", code, ready="never")], diary) as house:
        await diary.until(lambda: house.processes["weak"].starts >= 3)
        assert house.processes["weak"].why == "it ended with exit code 3"
    assert "going down" in (tmp_path / "weak.log").read_text()


async def test_a_killed_process_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (0.01,))
    async with Supervisor([plan(tmp_path, "victim", SLEEP)], Diary()) as house:
        await house.all_ready(patience=20)
        victim = house.processes["victim"]
        first = victim.pid
        assert first is not None
        os.kill(first, 9)
        async with asyncio.timeout(20):
            while victim.pid in (first, None) or victim.state is not State.READY:
                await asyncio.sleep(0.02)
        assert victim.starts == 2


async def test_a_process_that_ran_steadily_comes_back_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (0.01, 60.0))
    monkeypatch.setattr(process_module, "STEADY_SECONDS", 0.0)
    diary = Diary()
    async with Supervisor([plan(tmp_path, "steady", "pass")], diary) as house:
        await diary.until(lambda: house.processes["steady"].starts >= 4)


async def test_a_process_that_never_becomes_ready_is_named_with_its_log(tmp_path: Path) -> None:
    async with Supervisor([plan(tmp_path, "slow", SLEEP, ready="never", patience=0.1)], Diary()) as house:
        with pytest.raises(SetupError) as caught:
            await house.all_ready(patience=1)
    assert caught.value.code == "process.not_ready"
    assert "slow" in caught.value.message
    assert "the file is not there yet" in caught.value.message
    assert "slow.log" in caught.value.hint


async def test_a_process_that_only_ends_is_given_up_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (0.01,))
    async with Supervisor([plan(tmp_path, "weak", "raise SystemExit(7)", ready="never")], Diary()) as house:
        with pytest.raises(SetupError, match="weak is not ready: it ended with exit code 7"):
            await house.all_ready(patience=60)


async def test_a_process_that_ignores_the_request_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "GRACE_SECONDS", 0.2)
    up = str(tmp_path / "up")
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({up!r}, 'w'); {SLEEP}"
    async with Supervisor([plan(tmp_path, "stubborn", code, ready="up")], Diary()) as house:
        await house.all_ready(patience=20)
        pid = house.processes["stubborn"].pid
    assert pid is not None
    assert not alive(pid)


async def test_one_process_can_be_stopped_and_started_again(tmp_path: Path) -> None:
    async with Supervisor([plan(tmp_path, "one", SLEEP), plan(tmp_path, "two", SLEEP)], Diary()) as house:
        await house.all_ready(patience=20)
        await house.stop("one")
        assert house.processes["one"].state is State.STOPPED
        assert house.processes["two"].pid is not None
        await house.start("one")
        assert house.processes["one"].pid is not None


def test_processes_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    plans = [plan(tmp_path, "a", SLEEP, after=("b",)), plan(tmp_path, "b", SLEEP, after=("a",))]
    with pytest.raises(SetupError) as caught:
        Supervisor(plans, Diary())
    assert caught.value.code == "plan.circular"


async def test_a_port_that_somebody_else_holds_is_named_with_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (0.01,))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        late = replace(plan(tmp_path, "late", SLEEP), ports=(port,))
        async with Supervisor([late], Diary()) as house:
            with pytest.raises(SetupError) as caught:
                await house.all_ready(patience=20)
            assert house.processes["late"].pid is None, "it would have been taken for ready by what answers there"
    assert f"port {port} is taken by " in caught.value.message
    assert f"pid {os.getpid()}" in caught.value.message


async def test_a_race_for_a_port_that_is_lost_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The port was free when it was looked at, and taken when the process wanted it."""
    monkeypatch.setattr(process_module, "BACK_OFF_SECONDS", (5.0,))
    answers = iter([None, "python -m medcred up (pid 7)"])
    monkeypatch.setattr(process_module, "taken_by", lambda port: next(answers))
    diary = Diary()
    lost = replace(plan(tmp_path, "lost", "import sys; sys.exit(1)", ready="never"), ports=(26201,))
    async with Supervisor([lost], diary) as house:
        await diary.until(lambda: house.processes["lost"].state is State.BROKEN)
        assert house.processes["lost"].why == "port 26201 is taken by python -m medcred up (pid 7)"

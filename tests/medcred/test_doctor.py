"""The doctor: each thing that can be wrong has its finding, says what to do, and stops no other check."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psycopg
import pytest

from medcred.cli import run
from medcred.doctor import Finding, Health, examine, machine, running, settings
from medcred.house import House, read_house
from medcred.house.secrets import Secrets, write_private
from schemas.errors import SetupError
from tests.medcred.answering import Answering

STRANGER_PORT = 18952
FREE_PORT = 18953
AGENT = """
  - name: hk
    role: hospital
    label: Harbour Demonstration Hospital
    lei: 984500HKTESTHOSP0164
    jurisdiction: HK
    did: did:web:localhost%3A8101:hospitals:hk
    ports: {didcomm: 18957, admin: ADMIN}
    storage: STORAGE
    secrets: {admin: "file:secrets/hk.admin", wallet: "file:secrets/hk.wallet", webhook: "file:secrets/hk.webhook"}
"""


type Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A house with at most one agent and one service, the rest of it free."""

    def build(
        *, admin: int | None = None, storage: str = "{kind: sqlite}", registry: int | None = None, wallet_database: str = ""
    ) -> House:
        text = "version: 1\nagents:"
        text += AGENT.replace("ADMIN", str(admin)).replace("STORAGE", storage) if admin else " []"
        text += f"\nservices:\n  lei_registry: {{port: {registry}}}\n" if registry else "\n"
        if wallet_database:
            text += (
                f"  ledger: {{port: 18954, origin: a.example, key: 'file:a', token: 'file:b', database: '{wallet_database}'}}\n"
            )
            text += "  witness: {port: 18955, name: b.example, key: 'file:c'}\n"
        file = tmp_path / "agents.yml"
        file.write_text(text)
        return read_house(file)

    return build


@pytest.fixture
def answering() -> Iterator[Answering]:
    with Answering() as server:
        yield server


async def one(findings: AsyncIterator[Finding], code: str) -> Finding:
    (found,) = [finding async for finding in findings if finding.code == code]
    return found


def test_this_machine_is_well() -> None:
    for check in (machine.python, machine.packages, machine.libcrypto, machine.askar, machine.plugin):
        finding = check()
        assert finding.health is Health.OK, finding


@pytest.mark.parametrize(
    ("version", "health"), [("1.7.0", Health.OK), ("1.6.0", Health.FAIL), (None, Health.FAIL)], ids=["right", "other", "missing"]
)
def test_the_agents_version_is_the_plugins(monkeypatch: pytest.MonkeyPatch, version: str | None, health: Health) -> None:
    def found(_: str) -> str:
        if version is None:
            raise machine.importlib.metadata.PackageNotFoundError
        return version

    monkeypatch.setattr(machine.importlib.metadata, "version", found)
    assert machine.packages().health is health


def test_a_plugin_that_does_not_import_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "acapy_agent.py").write_text("raise ImportError('CANARY-NOTE-5T8W')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = machine.plugin()
    assert finding.health is Health.FAIL
    assert "(ImportError)" in finding.says or "(ModuleNotFoundError)" in finding.says
    assert "CANARY" not in finding.says
    monkeypatch.setattr(machine, "PLUGIN_SECONDS", 0.001)
    assert "too long" in machine.plugin().says


def test_a_library_without_or_with_a_wrong_sm3_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ValueError("unsupported hash type sm3")

    monkeypatch.setattr(machine.hashlib, "new", lambda _, data: machine.hashlib.sha256(data))
    assert "wrongly" in machine.libcrypto().says
    monkeypatch.setattr(machine.hashlib, "new", missing)
    assert "no SM3" in machine.libcrypto().says
    assert machine.libcrypto().health is Health.FAIL


def test_a_clock_in_the_past_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "BUILT", datetime.now(UTC) + timedelta(days=1))
    finding = machine.clock()
    assert (finding.code, finding.health) == ("clock", Health.FAIL)
    assert "in the past" in finding.says


@pytest.mark.parametrize(
    ("script", "health"),
    [("echo no", Health.WARN), ("echo yes", Health.OK), ("exec sleep 60", Health.OK)],
    ids=["not synchronised", "synchronised", "silent"],
)
def test_the_time_service_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, health: Health) -> None:
    control = tmp_path / "timedatectl"
    control.write_text(f"#!/bin/sh\n{script}\n")
    control.chmod(0o755)
    call = subprocess.run
    monkeypatch.setattr(machine.shutil, "which", lambda _: str(control))
    monkeypatch.setattr(machine.subprocess, "run", lambda *args, **options: call(*args, **options | {"timeout": 0.5}))
    assert machine.clock().health is health


@pytest.mark.parametrize(
    ("free", "health"), [(100 << 20, Health.FAIL), (1 << 30, Health.WARN), (20 << 30, Health.OK)], ids=["full", "nearly", "room"]
)
def test_a_disk_that_fills_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, health: Health) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 << 30, 80 << 30, free))
    finding = machine.disk(tmp_path / "not" / "there" / "yet")
    assert finding.health is health
    assert str(tmp_path) in finding.says


async def test_a_secret_that_others_can_read_is_named(build: Build) -> None:
    house = build()
    write_private(house.state / "secrets" / "hk.admin", "hunter2hunter2")
    assert (await one(settings.all_of(house), "secrets")).health is Health.OK
    (house.state / "secrets" / "hk.admin").chmod(0o640)
    finding = await one(settings.all_of(house), "secrets")
    assert finding.health is Health.FAIL
    assert "hk.admin" in finding.says
    assert "hunter2" not in finding.says + finding.mend
    assert finding.mend.startswith("chmod 600")


def test_a_port_taken_by_a_stranger_is_named_with_its_process(build: Build, tmp_path: Path) -> None:
    """Also when the stranger lies in a folder called medcred."""
    folder = tmp_path / "medcred"
    folder.mkdir()
    (folder / "stranger.py").write_text(
        f"import socket, time\ns = socket.create_server(('127.0.0.1', {STRANGER_PORT}))\nprint('up', flush=True)\ntime.sleep(60)"
    )
    house = build(registry=STRANGER_PORT)
    with subprocess.Popen([sys.executable, str(folder / "stranger.py")], stdout=subprocess.PIPE) as stranger:
        try:
            assert stranger.stdout
            assert stranger.stdout.readline() == b"up\n"
            finding = settings.port_free(STRANGER_PORT, house.ports()[STRANGER_PORT])
        finally:
            stranger.kill()
    assert finding.health is Health.FAIL
    assert "service lei_registry" in finding.says
    assert f"(pid {stranger.pid})" in finding.says
    assert "stranger.py" in finding.says
    assert "agents.yml" in finding.mend


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        (("/opt/python", "-m", "medcred.supervise.run", "issuer", "x.json"), True),
        (("/opt/python", "-m", "agents.acapy", "start"), True),
        (("/opt/medcred/.venv/bin/python", "-m", "http.server", "8101"), False),
        (("vi", "agents.acapy"), False),
        ((), False),
    ],
)
def test_who_is_one_of_ours(words: tuple[str, ...], ours: bool) -> None:
    assert settings.Holder(words, "1").ours is ours


async def test_a_free_port_is_free(build: Build) -> None:
    finding = await one(settings.all_of(build(registry=FREE_PORT)), f"port.{FREE_PORT}")
    assert finding.health is Health.OK
    with closing(socket.create_server(("127.0.0.1", FREE_PORT))):
        assert settings.taken_by(FREE_PORT) is not None


async def test_a_postgresql_that_does_not_answer_is_named(build: Build) -> None:
    house = build(admin=18956, storage=f"{{kind: postgresql, url: 'postgresql://127.0.0.1:{FREE_PORT}'}}")
    finding = await one(settings.all_of(house), "database")
    assert finding.health is Health.FAIL
    assert f"PostgreSQL at 127.0.0.1:{FREE_PORT} does not answer" in finding.says


async def test_a_services_postgresql_is_looked_at_too(build: Build) -> None:
    url = f"postgresql://clerk:hunter2@127.0.0.1:{FREE_PORT}/ledger"
    finding = await one(settings.all_of(build(registry=18956, wallet_database=url)), "database")
    assert finding.health is Health.FAIL
    assert "hunter2" not in finding.says + finding.mend


@pytest.mark.postgres
async def test_a_pool_that_postgresql_does_not_allow_is_named(build: Build, postgres_server: str) -> None:
    server = postgres_server.removeprefix("postgresql://").rpartition("@")[2].split("/")[0]
    with psycopg.connect(postgres_server) as connection:
        row = connection.execute("SHOW max_connections").fetchone()
        assert row
        allowed = int(row[0])
    storage = f"{{kind: postgresql, url: 'postgresql://{server}', connections: COUNT}}"
    fits = await one(settings.all_of(build(admin=18956, storage=storage.replace("COUNT", "20"))), "pool")
    assert fits.health is Health.OK, fits
    assert 20 < allowed < 490, "the server allows more than agents.yml can ask for; lower its max_connections"
    too_many = str(allowed - settings.SPARE_CONNECTIONS + 1)
    finding = await one(settings.all_of(build(admin=18956, storage=storage.replace("COUNT", too_many))), "pool")
    assert finding.health is Health.FAIL
    assert finding.mend.startswith(f"max_connections = {allowed + 1}")


async def test_a_missing_database_password_stops_nothing(build: Build) -> None:
    storage = f"{{kind: postgresql, url: 'postgresql://127.0.0.1:{FREE_PORT}', password: 'env:MEDCRED_NO_SUCH_SECRET'}}"
    findings = [finding async for finding in examine(build(admin=18956, storage=storage))]
    (database,) = [finding for finding in findings if finding.code == "database"]
    assert database.health is Health.FAIL
    assert "MEDCRED_NO_SUCH_SECRET" in database.says
    assert findings[-1].code == "agent.hk"


async def test_what_is_not_running_is_no_fault(build: Build) -> None:
    house = build(admin=18956, registry=FREE_PORT)
    found = {finding.code: finding.health async for finding in running.all_of(house)}
    assert found == {"agent.hk": Health.UNKNOWN, "service.lei_registry": Health.UNKNOWN}


PLUGINS = {"result": ["agents.plugin", "acapy_agent.messaging"]}
HEALTH = {"database": True, "plugin_version": "1", "contexts": 9}


@pytest.mark.parametrize(
    ("answers", "health", "says"),
    [
        ({"/plugins": (200, {"result": ["acapy_agent.messaging"]})}, Health.FAIL, "without the medcred plugin"),
        ({"/plugins": (401, {})}, Health.FAIL, "refuses our key"),
        ({"/plugins": (500, {})}, Health.FAIL, "failed"),
        ({"/plugins": (200, PLUGINS), "/medcred/health": (200, HEALTH | {"database": False})}, Health.FAIL, "database"),
        ({"/plugins": (200, PLUGINS), "/medcred/health": (200, HEALTH)}, Health.OK, "has the plugin"),
    ],
    ids=["no plugin", "other key", "fault", "no database", "well"],
)
async def test_a_running_agent_is_asked(
    build: Build, answering: Answering, answers: dict[str, tuple[int, object]], health: Health, says: str
) -> None:
    answering.answers |= answers
    house = build(admin=answering.port)
    finding = await one(running.all_of(house), "agent.hk")
    assert finding.health is health, finding
    assert says in finding.says
    assert answering.seen["x-api-key"] == Secrets(house.state).text("file:secrets/hk.admin")


async def test_a_secret_that_cannot_be_used_stops_nothing(build: Build, answering: Answering) -> None:
    house = build(admin=answering.port, registry=FREE_PORT)
    write_private(house.state / "secrets" / "hk.admin", "x")
    (house.state / "secrets" / "hk.admin").chmod(0o644)
    with pytest.raises(SetupError):
        Secrets(house.state).text("file:secrets/hk.admin")
    found = {finding.code: finding async for finding in running.all_of(house)}
    assert found["agent.hk"].health is Health.FAIL
    assert "service.lei_registry" in found


@pytest.mark.parametrize(
    ("answer", "health", "says"),
    [
        ((200, {"status": "ok", "checks": {"database": "ok"}}), Health.OK, "works"),
        (
            (503, {"status": "failing", "checks": {"database": "ok", "ledger": "ledger.unreachable"}}),
            Health.FAIL,
            "ledger: ledger",
        ),
        (
            (200, {"status": "degraded", "checks": {"database": "ok", "ledger": "ledger.unreachable"}}),
            Health.WARN,
            "works, but ledger: ledger.unreachable",
        ),
        ((503, {"status": "failing"}), Health.FAIL, "does not work"),
        ((200, "<html>a stranger</html>"), Health.FAIL, "does not answer as service lei_registry does"),
        ((200, ["strange"]), Health.FAIL, "does not answer as service lei_registry does"),
        ((200, {"checks": 7}), Health.FAIL, "does not answer as service lei_registry does"),
    ],
    ids=["well", "ill", "degraded", "ill without words", "page", "list", "number"],
)
async def test_a_running_service_says_how_it_is(
    build: Build, answering: Answering, answer: tuple[int, object], health: Health, says: str
) -> None:
    answering.answers["/health"] = answer
    finding = await one(running.all_of(build(registry=answering.port)), "service.lei_registry")
    assert finding.health is health, finding
    assert says in finding.says


async def test_a_proxy_in_the_environment_is_not_used(
    build: Build, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{FREE_PORT}")
    answering.answers["/health"] = (200, {"checks": {}})
    assert (await one(running.all_of(build(registry=answering.port)), "service.lei_registry")).health is Health.OK


@pytest.mark.parametrize(
    ("date", "health"),
    [
        (lambda: format_datetime(datetime.now(UTC)), Health.OK),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(minutes=10)), Health.FAIL),
        (lambda: format_datetime((datetime.now(UTC) + timedelta(minutes=10)).replace(tzinfo=None)), Health.FAIL),
        (lambda: "yesterday", Health.UNKNOWN),
    ],
    ids=["right", "behind", "ahead without a zone", "no date"],
)
async def test_the_clock_is_compared_with_the_lei_sources(answering: Answering, date: Callable[[], str], health: Health) -> None:
    answering.date = date()
    async with running.httpx.AsyncClient(trust_env=False) as http:
        finding = await running._skew(http, answering.url)
    assert (finding.code, finding.health) == ("clock.skew", health)


def test_exit_code_and_words(build: Build, answering: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    answering.answers["/health"] = (503, {"checks": {"database": "database.unreachable"}})
    house = build(registry=answering.port)
    file = str(house.state.parent / "agents.yml")
    assert run(["doctor", file, "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    service = next(found for found in shown["findings"] if found["code"] == "service.lei_registry")
    assert service["health"] == "fail"
    assert service["mend"]
    assert run(["doctor", file]) == 1
    lines = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(lines) if "service lei_registry says" in line)
    assert lines[place].startswith("FAIL ")
    assert lines[place + 1].startswith("     hint: ")


def test_nothing_wrong_is_zero(build: Build, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DISK_FAIL_BYTES", 0)
    house = build(registry=FREE_PORT)
    assert run(["doctor", str(house.state.parent / "agents.yml")]) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out
    assert not (house.state).exists(), "looking changes nothing"

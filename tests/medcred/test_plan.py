"""From agents.yml to processes: programs, settings, order, and no secret where others could read it."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from medcred.house import House, read_house
from medcred.house.secrets import Secrets, write_private
from medcred.supervise.plan import agent_spec, plans
from medcred.supervise.process import Plan
from medcred.supervise.run import SERVICES, application
from medcred.supervise.services import ServiceSettings
from medcred.supervise.supervisor import Supervisor
from schemas.errors import SetupError, UnavailableError
from tests.medcred.answering import Answering

SHIPPED = Path(__file__).parents[2] / "agents.yml"
PATIENT_NAMES = ("陳美", "João", "王强")
type Changed = tuple[str, str]


def house_in(folder: Path, *changes: Changed) -> House:
    """The shipped house with its state in `folder`, changed in some words."""
    text = SHIPPED.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "agents.yml").write_text(text)
    return read_house(folder / "agents.yml")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_in(tmp_path)


def by_name(planned: list[Plan]) -> dict[str, Plan]:
    return {plan.name: plan for plan in planned}


def test_every_agent_and_service_is_a_process_with_its_own_log(house: House) -> None:
    planned = by_name(plans(house, {}))
    assert set(planned) == {"agent-sz", "agent-hk", "agent-patients", "agent-lantau", *SERVICES}
    assert {plan.log for plan in planned.values()} == {house.state / "logs" / f"{name}.log" for name in planned}


def test_each_waits_for_what_it_needs(house: House) -> None:
    waits = {name: set(plan.after) for name, plan in by_name(plans(house, {})).items() if plan.after}
    assert waits == {
        "ledger": {"witness"},
        "issuer": {"agent-sz", "agent-hk", "ledger", "lei_registry"},
        "wallet": {"agent-patients", "issuer"},
        "desk": {"agent-lantau", "issuer"},
    }
    Supervisor(plans(house, {}), lambda _: None)


def test_who_knows_whom_to_believe_needs_no_issuer(house: House) -> None:
    write_private(house.state / "trust-publisher", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    planned = by_name(plans(house, {}))
    assert (planned["desk"].after, planned["wallet"].after) == (("agent-lantau",), ("agent-patients",))


def test_no_secret_is_on_a_command_line(house: House) -> None:
    planned = plans(house, {})
    secrets = [file.read_text().strip() for file in (house.state / "secrets").iterdir()]
    assert len(secrets) >= 4 * 3
    line = "\0".join(word for plan in planned for word in plan.argv)
    assert not [secret for secret in secrets if secret in line]
    assert not any(name in line for name in PATIENT_NAMES)


def test_webhooks_go_to_the_service_of_the_agent(house: House) -> None:
    ports = {agent.name: ServiceSettings(house).webhook_port(agent.name) for agent in house.agents}
    assert ports == {"sz": 8101, "hk": 8101, "patients": 8102, "lantau": 8103}
    spec = agent_spec(house, house.agent("lantau"), 8103)
    assert spec.webhook_url == "http://127.0.0.1:8103/webhooks/lantau"
    assert spec.webhook_key == Secrets(house.state).text("file:secrets/lantau.webhook")


def test_an_agent_on_postgresql(tmp_path: Path) -> None:
    storage = '{kind: postgresql, url: "postgresql://db.example:5433", user: hk, password: "file:secrets/db", connections: 60}'
    house = house_in(tmp_path, ("storage: {kind: sqlite}", f"storage: {storage}"))
    write_private(house.state / "secrets" / "db", "p@ss")
    (agent,) = [plan for plan in plans(house, {}) if plan.name == "agent-sz"]
    config = json.loads(agent.argv[list(agent.argv).index("--wallet-storage-config") + 1])
    assert config == {"url": "db.example:5433", "max_connections": 60}
    assert json.loads(agent.env["ACAPY_WALLET_STORAGE_CREDS"])["password"] == "p@ss"
    assert "p@ss" not in " ".join(agent.argv)


def test_the_environment_is_passed_on_but_for_what_slows_starts(house: House) -> None:
    planned = plans(house, {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"})
    assert all(plan.env["PATH"] == "/bin" and "PYTHONDONTWRITEBYTECODE" not in plan.env for plan in planned)


async def settings_of(house: House, service: str) -> Any:
    """The settings file of a service as the service reads it."""
    write_private(house.state / "trust-publisher", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    file = house.state / "run" / f"{service}.json"
    await ServiceSettings(house).write(service, file)
    assert file.stat().st_mode & 0o077 == 0
    content = json.loads(file.read_text())
    assert content["port"] == getattr(house.services, service).port
    _, module, name = SERVICES[service]
    return getattr(importlib.import_module(module), name).model_validate(content["settings"])


@pytest.mark.parametrize("service", SERVICES)
async def test_settings_are_what_each_service_takes(house: House, service: str) -> None:
    assert await settings_of(house, service)


WITH_SECRETS = ("ledger", "witness", "issuer", "wallet", "desk")


@pytest.mark.parametrize("service", WITH_SECRETS)
async def test_settings_do_not_show_their_secrets(house: House, service: str) -> None:
    """A settings object ends up in a traceback sooner or later."""
    shown = repr(await settings_of(house, service))
    secrets = list((house.state / "secrets").iterdir())
    assert secrets
    assert [secret.name for secret in secrets if secret.read_text().strip() in shown] == []


@pytest.mark.parametrize("service", WITH_SECRETS)
async def test_nor_the_password_of_a_database_nor_what_was_given_with_a_fault(house: House, service: str) -> None:
    settings = await settings_of(house, service)
    address = "postgresql://medcred:p-ssw-rd@db.example/medcred"
    assert "p-ssw-rd" not in repr(settings.model_copy(update={"database": address}))
    with pytest.raises(ValidationError) as caught:
        type(settings).model_validate({"session_secret": "s3cr3t", "surplus": "s3cr3t"})
    assert "s3cr3t" not in str(caught.value)


async def test_ledger_and_issuer_name_the_same_keys(house: House) -> None:
    settings = ServiceSettings(house)
    issuer, ledger, witness, wallet = (settings.made(name) for name in ("issuer", "ledger", "witness", "wallet"))
    assert issuer["ledger"]["origin_key"] == settings.log_key() == wallet["logs"][0] == witness["logs"][0]
    assert issuer["ledger"]["witness_keys"] == settings.witness_keys() == wallet["witnesses"]
    assert ledger["witnesses"] == [{"url": "http://127.0.0.1:8105", "verifier_key": settings.witness_keys()[0]}]
    assert issuer["ledger"]["token"] in ledger["tokens"]
    assert re.match(r"ledger\.example/harbour\+", settings.log_key())


async def test_a_settings_file_that_others_can_read_is_refused(house: House) -> None:
    file = house.state / "run" / "witness.json"
    await ServiceSettings(house).write("witness", file)
    file.chmod(0o644)
    with pytest.raises(SetupError) as caught:
        application("witness", file)
    assert caught.value.code == "service.settings_readable"
    with pytest.raises(SetupError) as caught:
        application("kitchen", file)
    assert caught.value.code == "service.unknown"


@pytest.mark.parametrize("service", ["desk", "wallet"])
async def test_who_reads_the_list_learns_its_publisher_once(tmp_path: Path, service: str) -> None:
    publisher = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    with Answering() as issuer:
        house = house_in(tmp_path, ("issuer:\n    port: 8101", f"issuer:\n    port: {issuer.port}"))
        settings, file = ServiceSettings(house), house.state / "run" / f"{service}.json"
        with pytest.raises(UnavailableError) as caught:
            await settings.write(service, file)
        assert caught.value.code == "trust.no_publisher"
        assert settings.publisher(service) == ""
        issuer.answers["/trust.json"] = (200, {"publisher": publisher})
        await settings.write(service, file)
        issuer.answers["/trust.json"] = (200, {"publisher": "did:key:z6MkAnother"})
        await settings.write(service, file)
    assert json.loads(file.read_text())["settings"]["trust"]["publisher"] == publisher


async def test_a_desk_without_an_issuer_beside_it_is_told_by_hand(tmp_path: Path) -> None:
    text = SHIPPED.read_text()
    before, _, rest = text.partition("\n  issuer:")
    (tmp_path / "agents.yml").write_text(before + "\n  wallet:" + rest.partition("\n  wallet:")[2])
    house = read_house(tmp_path / "agents.yml")
    with pytest.raises(SetupError) as caught:
        await ServiceSettings(house).write("desk", house.state / "run" / "desk.json")
    assert caught.value.code == "trust.no_publisher"
    assert "services.desk.publisher" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {"checks": {"database": "ok"}}), ""),
        ((503, {"checks": {"database": "ok", "ledger": "ledger.unreachable"}}), "ledger does not work"),
        ((503, {}), "something in it does not work"),
        ((200, "<html>"), "does not answer"),
    ],
    ids=["well", "ill", "ill without words", "a stranger"],
)
async def test_a_service_is_ready_when_its_health_says_so(tmp_path: Path, answer: tuple[int, object], says: str) -> None:
    with Answering() as server:
        server.answers["/health"] = answer
        house = house_in(tmp_path, ("ledger:\n    port: 8104", f"ledger:\n    port: {server.port}"))
        ready = by_name(plans(house, {}))["ledger"].ready
        if not says:
            await ready()
            return
        with pytest.raises(UnavailableError, match=says):
            await ready()


@pytest.mark.parametrize(
    ("plugins", "database", "code"),
    [(["agents.plugin"], True, ""), (["agents.plugin"], False, "agent.database"), ([], True, "agent.plugin_missing")],
    ids=["well", "no database", "no plugin"],
)
async def test_an_agent_is_ready_with_plugin_and_database(tmp_path: Path, plugins: list[str], database: bool, code: str) -> None:
    with Answering() as server:
        server.answers["/plugins"] = (200, {"result": plugins})
        server.answers["/medcred/health"] = (200, {"database": database, "plugin_version": "1", "contexts": 9})
        house = house_in(tmp_path, ("admin: 8131", f"admin: {server.port}"))
        ready = by_name(plans(house, {}))["agent-hk"].ready
        if not code:
            await ready()
            return
        with pytest.raises(UnavailableError) as caught:
            await ready()
        assert caught.value.code == code

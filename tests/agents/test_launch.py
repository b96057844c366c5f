"""The start line: what is on it, what must not be, and what is refused."""

import dataclasses
import json
from pathlib import Path

import pytest

from agents.launch import AgentRole, AgentSpec, command, new_wallet_key
from schemas.errors import ConfigError

SECRETS = ("CANARY-ADMIN-KEY", "CANARY-HOOK-KEY", "CANARY-JWT-" + "x" * 32, "CANARY-PASSWORD")


def spec(**more: object) -> AgentSpec:
    values: dict[str, object] = {
        "name": "hk",
        "label": "維港示範醫院",
        "role": AgentRole.HOSPITAL,
        "home": Path("/tmp/hk"),
        "port": 8130,
        "admin_port": 8131,
        "admin_key": "CANARY-ADMIN-KEY",
        "wallet_key": new_wallet_key(lambda count: bytes(range(count))),
        "webhook_url": "http://127.0.0.1:8101/webhooks/hk",
        "webhook_key": "CANARY-HOOK-KEY",
    }
    return AgentSpec(**(values | more))  # type: ignore[arg-type]


def full(**more: object) -> AgentSpec:
    postgres = "postgresql://operator:CANARY-PASSWORD%2F@db.example:6432"
    return spec(postgres=postgres, multitenant=True, jwt_secret="CANARY-JWT-" + "x" * 32, **more)


def test_secrets_are_in_the_environment_only() -> None:
    agent = full()
    argv, env = command(agent, {"PATH": "/bin"})
    line = " ".join(argv)
    assert not [secret for secret in (*SECRETS, agent.wallet_key) if secret in line]
    assert not [secret for secret in (*SECRETS, agent.wallet_key) if secret in repr(agent)]
    assert env["ACAPY_ADMIN_API_KEY"] == "CANARY-ADMIN-KEY"
    assert env["ACAPY_WEBHOOK_URL"] == "http://127.0.0.1:8101/webhooks/hk#CANARY-HOOK-KEY"
    assert env["ACAPY_MULTITENANT_JWT_SECRET"] == "CANARY-JWT-" + "x" * 32
    credentials = json.loads(env["ACAPY_WALLET_STORAGE_CREDS"])
    assert (credentials["account"], credentials["password"]) == ("operator", "CANARY-PASSWORD/")


def test_settings_of_another_agent_do_not_leak_in() -> None:
    _, env = command(spec(), {"PATH": "/bin", "ACAPY_DEBUG_WEBHOOKS": "true", "HOME": "/root"})
    assert "ACAPY_DEBUG_WEBHOOKS" not in env
    assert (env["PATH"], env["HOME"]) == ("/bin", "/tmp/hk")


@pytest.mark.parametrize("role", AgentRole)
def test_no_agent_reveals_or_decides_by_itself(role: AgentRole) -> None:
    argv, _ = command(spec(role=role), {})
    forbidden = {
        "--debug-webhooks",
        "--wallet-test",
        "--admin-insecure-mode",
        "--auto-respond-credential-proposal",
        "--auto-respond-credential-offer",
        "--auto-respond-credential-request",
        "--auto-respond-presentation-request",
        "--auto-respond-presentation-proposal",
    }
    assert not forbidden & set(argv)
    assert argv[argv.index("--plugin") + 1] == "agents.plugin"
    assert ("--auto-store-credential" in argv) == (role is AgentRole.PATIENTS)


def test_postgres_pool_is_on_the_line() -> None:
    argv, _ = command(full(max_connections=64), {})
    assert json.loads(argv[argv.index("--wallet-storage-config") + 1]) == {"url": "db.example:6432", "max_connections": 64}


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        (full(max_connections=8, in_flight=16), "agent.pool_too_small"),
        (spec(wallet_key="not base58: 0OIl"), "agent.wallet_key"),
        (spec(wallet_key="2short"), "agent.wallet_key"),
        (spec(multitenant=True), "agent.no_jwt_secret"),
        (spec(multitenant=True, jwt_secret="short"), "agent.no_jwt_secret"),
        (spec(postgres="mysql://root@db"), "agent.postgres_url"),
    ],
)
def test_an_agent_that_would_fail_late_is_refused(agent: AgentSpec, code: str) -> None:
    with pytest.raises(ConfigError) as refused:
        command(agent, {})
    assert refused.value.code == code


def test_a_wallet_key_is_fresh_randomness() -> None:
    drawn = [bytes([1]) * 32, bytes([2]) * 32]
    assert new_wallet_key(lambda count: drawn.pop()) != new_wallet_key(lambda count: drawn.pop())
    assert dataclasses.replace(spec(), wallet_key=new_wallet_key(bytes)).wallet_key

"""How an ACA-Py agent is started: one place that turns an `AgentSpec` into the arguments and environment of `aca-py start`.

Order: what kind of agent, where it listens, where it keeps its wallet, whom it tells. Secrets travel in the environment,
never on the command line, where every user of the machine could read them.

Refused here, because an agent started that way fails late and quietly:
- a PostgreSQL pool smaller than the exchanges in flight: Askar's pool deadlocks, credentials are lost (`agent.pool_too_small`);
- a wallet key that is not 32 bytes of base58: Askar would derive one with argon2 at each start (`agent.wallet_key`);
- a multitenant agent without a token secret of 32 characters (`agent.no_jwt_secret`).

Never set: `--debug-webhooks` (puts whole credentials into webhooks), `--wallet-test` (broken in 1.7.0), and the switches that
answer proposals or credential requests by themselves: issuing is the controller's decision.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

import base58

from schemas.errors import ConfigError

PLUGIN = "agents.plugin"
WALLET_KEY_BYTES = 32
# RFC 7518 §3.2: an HMAC key is at least as long as its hash.
JWT_SECRET_LENGTH = 32
# A batch of documents to sign is larger than ACA-Py's usual 1 MB; 16 is the most it takes.
ADMIN_BODY_MEGABYTES = 16


class AgentRole(StrEnum):
    """What an agent is for; it decides what the agent does without being asked."""

    HOSPITAL = "hospital"
    PATIENTS = "patients"
    CLINIC = "clinic"


ON_ITS_OWN = {
    AgentRole.HOSPITAL: (),
    AgentRole.PATIENTS: ("--auto-store-credential",),
    # The acknowledgement that ends the exchange at the holder is sent when ACA-Py has verified; the verdict is the verifier's.
    AgentRole.CLINIC: ("--auto-verify-presentation",),
}


@dataclass(frozen=True, kw_only=True)
class AgentSpec:
    """One agent as it shall run.

    Attributes:
        name: short name, unique on this machine; also the name of the wallet (and of its PostgreSQL database).
        label: the name other agents see in an invitation.
        home: folder of its own; a SQLite wallet lives below it.
        port, admin_port: where it listens for DIDComm and for us.
        endpoint: the address other agents send to; empty: `http://host:port`.
        wallet_key: base58 of 32 random bytes (`new_wallet_key`).
        webhook_url, webhook_key: where events go, without the key; the key arrives as `x-api-key`.
        postgres: `postgresql://user:password@host:port`; empty: SQLite.
        max_connections: size of the PostgreSQL pool.
        in_flight: exchanges the controller lets run at once; the pool must hold them all.
        multitenant, jwt_secret: many wallets in one agent and one database, told apart by token.
    """

    name: str
    label: str
    role: AgentRole
    home: Path
    port: int
    admin_port: int
    admin_key: str = field(repr=False)
    wallet_key: str = field(repr=False)
    webhook_url: str = ""
    webhook_key: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    endpoint: str = ""
    postgres: str = field(default="", repr=False)
    max_connections: int = 40
    in_flight: int = 16
    multitenant: bool = False
    jwt_secret: str = field(default="", repr=False)
    log_level: str = "warning"

    @property
    def admin_url(self) -> str:
        """Where the controller asks this agent."""
        return f"http://{self.host}:{self.admin_port}"


def new_wallet_key(random: Callable[[int], bytes]) -> str:
    """A fresh wallet key. `random(n)` gives n random bytes (`secrets.token_bytes`)."""
    return str(base58.b58encode(random(WALLET_KEY_BYTES)), "ascii")


def command(spec: AgentSpec, environ: Mapping[str, str] = os.environ) -> tuple[list[str], dict[str, str]]:
    """The argument list and the whole environment of the agent's process.

    `environ` is passed on without its `ACAPY_` names: a setting meant for another agent must not reach this one.

    Raises:
        ConfigError: `agent.pool_too_small`, `agent.wallet_key`, `agent.no_jwt_secret`, `agent.postgres_url`.
    """
    _check(spec)
    argv = [
        *(sys.executable, "-m", "agents.acapy", "start"),
        *("--label", spec.label),
        *("--inbound-transport", "http", spec.host, str(spec.port)),
        *("--outbound-transport", "http"),
        *("--endpoint", spec.endpoint or f"http://{spec.host}:{spec.port}"),
        *("--admin", spec.host, str(spec.admin_port)),
        *("--admin-client-max-request-size", str(ADMIN_BODY_MEGABYTES)),
        *("--wallet-type", "askar-anoncreds"),
        *("--wallet-name", spec.name),
        *("--wallet-key-derivation-method", "raw"),
        *("--plugin", PLUGIN),
        *("--log-level", spec.log_level),
        *("--no-ledger", "--auto-provision"),
        *("--auto-accept-invites", "--auto-accept-requests"),
        # The controller re-reads an exchange after it has ended, then deletes it.
        "--preserve-exchange-records",
        *ON_ITS_OWN[spec.role],
    ]
    env = {name: value for name, value in environ.items() if not name.startswith("ACAPY_")}
    env |= {"HOME": str(spec.home), "ACAPY_ADMIN_API_KEY": spec.admin_key, "ACAPY_WALLET_KEY": spec.wallet_key}
    if spec.webhook_url:
        env["ACAPY_WEBHOOK_URL"] = f"{spec.webhook_url}#{spec.webhook_key}"
    if spec.postgres:
        storage, credentials = _postgres(spec)
        argv += ["--wallet-storage-type", "postgres_storage", "--wallet-storage-config", storage]
        env["ACAPY_WALLET_STORAGE_CREDS"] = credentials
    if spec.multitenant:
        # One database for all tenants; ACA-Py's usual way opens a database and a pool for each.
        tenants = ("wallet_type=single-wallet-askar", f"wallet_name={spec.name}_tenants")
        argv += ["--multitenant", "--multitenant-admin", "--multitenancy-config", *tenants]
        env["ACAPY_MULTITENANT_JWT_SECRET"] = spec.jwt_secret
    return argv, env


def _check(spec: AgentSpec) -> None:
    if spec.postgres and spec.max_connections < spec.in_flight:
        raise ConfigError(
            "agent.pool_too_small",
            f"Agent {spec.name} has {spec.max_connections} database connections for {spec.in_flight} exchanges in flight.",
            "Raise max_connections to at least the exchanges in flight.",
        )
    try:
        key = base58.b58decode(spec.wallet_key)
    except ValueError:
        key = b""
    if len(key) != WALLET_KEY_BYTES:
        raise ConfigError(
            "agent.wallet_key", f"The wallet key of agent {spec.name} is not 32 bytes of base58.", "Make a new one."
        )
    if spec.multitenant and len(spec.jwt_secret) < JWT_SECRET_LENGTH:
        message = f"Agent {spec.name} has tenants and a token secret of fewer than {JWT_SECRET_LENGTH} characters."
        raise ConfigError("agent.no_jwt_secret", message, "Give it a longer jwt_secret.")


def _postgres(spec: AgentSpec) -> tuple[str, str]:
    """Askar's two settings for a PostgreSQL wallet: where (no secret) and as whom (secret)."""
    parts = urlsplit(spec.postgres)
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname or not parts.username:
        raise ConfigError(
            "agent.postgres_url",
            f"The database of agent {spec.name} is not a PostgreSQL address.",
            "It reads postgresql://user:password@host:port.",
        )
    account, password = unquote(parts.username), unquote(parts.password or "")
    config = {"url": f"{parts.hostname}:{parts.port or 5432}", "max_connections": spec.max_connections}
    # The admin account creates the database at first start.
    credentials = {"account": account, "password": password, "admin_account": account, "admin_password": password}
    return json.dumps(config), json.dumps(credentials)

"""The settings file of each service, made from agents.yml just before the service starts.

The files hold secrets, lie in the state folder's `run/` with mode 0600, and are written anew at each start.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from ledger.keys import KeyType, SigningKey
from medcred.house.model import (
    AgentEntry,
    CertificateRootEntry,
    DeskEntry,
    House,
    IssuerEntry,
    Service,
    VleiRootEntry,
    WalletEntry,
)
from medcred.house.secrets import Secrets, write_private
from schemas.errors import SetupError, UnavailableError

ANSWER_TIMEOUT = httpx.Timeout(5)


class ServiceSettings:
    """Makes settings for the services of one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.secrets = Secrets(house.state)
        self._makers = {
            "lei_registry": self._registry,
            "witness": self._witness,
            "ledger": self._ledger,
            "issuer": self._issuer,
            "wallet": self._wallet,
            "desk": self._desk,
        }

    async def write(self, name: str, file: Path) -> None:
        """Write the settings of the service `name`.

        Raises:
            UnavailableError: `trust.no_publisher`, the issuer did not say whose trust list to believe.
        """
        if self.needs_publisher(name):
            await self._pin_publisher(name)
        port = getattr(self.house.services, name).port
        write_private(file, json.dumps({"port": port, "settings": self.made(name)}, ensure_ascii=False))

    def made(self, name: str) -> dict[str, Any]:
        """The settings of the service `name`, which is in this house."""
        return self._makers[name]()

    def webhook_port(self, agent: str) -> int | None:
        """The port of the service that hears the events of that agent."""
        services = self.house.services
        if services.issuer and agent in services.issuer.hospitals:
            return services.issuer.port
        for service in (services.wallet, services.desk):
            if service and service.agent == agent:
                return service.port
        return None

    def publisher(self, name: str = "desk") -> str:
        """The did:key whose trust list the desk, or the wallet, believes; empty before the first start."""
        reader: DeskEntry | WalletEntry | None = getattr(self.house.services, name)
        reference = reader.publisher if reader else None
        if reference is None or (reference.startswith("file:") and not self.secrets.path(reference).exists()):
            return ""
        return self.secrets.text(reference)

    def needs_publisher(self, name: str) -> bool:
        """Whether that service of this house reads a trust list and does not know yet whose."""
        reader = getattr(self.house.services, name)
        return isinstance(reader, DeskEntry | WalletEntry) and reader.publisher is not None and not self.publisher(name)

    def log_key(self) -> str:
        """The verifier key of this house's log; empty where it has none."""
        ledger = self.house.services.ledger
        return self._verifier_key(ledger.origin, KeyType.NOTE, ledger.key) if ledger else ""

    def witness_keys(self) -> list[str]:
        witness = self.house.services.witness
        return [self._verifier_key(witness.name, KeyType.COSIGNATURE, witness.key)] if witness else []

    def _verifier_key(self, name: str, kind: KeyType, seed: str) -> str:
        return str(SigningKey.from_seed(name, kind, self.secrets.seed(seed)).verifier_key)

    async def _pin_publisher(self, name: str) -> None:
        """Learn the publisher from the issuer of the same house, once. On another machine the file is written by hand."""
        reference, issuer = getattr(self.house.services, name).publisher, self.house.services.issuer
        if issuer is None or not reference.startswith("file:"):
            raise SetupError(
                "trust.no_publisher",
                "A service does not know whose list of trusted hospitals to believe.",
                "Write the publisher's did:key to the file that services.desk.publisher and services.wallet.publisher name.",
            )
        try:
            async with httpx.AsyncClient(timeout=ANSWER_TIMEOUT, trust_env=False) as http:
                publisher = (await http.get(f"http://127.0.0.1:{issuer.port}/trust.json")).json()["publisher"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError("trust.no_publisher", "the issuer has published no trust list yet", "") from error
        write_private(self.secrets.path(reference), publisher)

    def database(self, name: str, service: Service) -> str:
        """The URL of a service's database."""
        return service.database or f"sqlite:///{self.house.state / 'databases' / f'{name}.db'}"

    def _agent(self, agent: AgentEntry) -> dict[str, str]:
        return {
            "admin_url": f"http://127.0.0.1:{agent.ports.admin}",
            "api_key": self.secrets.text(agent.secrets.admin),
            "webhook_key": self.secrets.text(agent.secrets.webhook),
        }

    def _registry(self) -> dict[str, Any]:
        entities = [
            {"lei": agent.lei, "names": _names(agent.label), "country": agent.jurisdiction}
            for agent in self.house.agents
            if agent.lei
        ]
        return {"entities": entities}

    def _witness(self) -> dict[str, Any]:
        witness = _there(self.house.services.witness)
        return {
            "name": witness.name,
            "database": self.database("witness", witness),
            "key_seed": self.secrets.seed(witness.key),
            "logs": [self.log_key()],
        }

    def _ledger(self) -> dict[str, Any]:
        ledger, witness = _there(self.house.services.ledger), _there(self.house.services.witness)
        return {
            "origin": ledger.origin,
            "database": self.database("ledger", ledger),
            "key_seed": self.secrets.seed(ledger.key),
            "epoch_seconds": ledger.epoch_seconds,
            "witnesses": [{"url": f"http://127.0.0.1:{witness.port}", "verifier_key": key} for key in self.witness_keys()],
            "tokens": [self.secrets.text(ledger.token)],
        }

    def _issuer(self) -> dict[str, Any]:
        issuer = _there(self.house.services.issuer)
        ledger = _there(self.house.services.ledger)
        return {
            "base_url": f"http://localhost:{issuer.port}",
            "database": self.database("issuer", issuer),
            "session_secret": self.secrets.text(issuer.session),
            "api_keys": {
                name: {"secret": self.secrets.text(key.secret), "hospitals": key.hospitals}
                for name, key in issuer.api_keys.items()
            },
            "revokes_alone": issuer.revokes_alone,
            "trust_roots": [self._root(root) for root in issuer.trust_roots],
            "require_road": issuer.require_road,
            "framework": issuer.framework,
            "checklist_required": issuer.checklist_required,
            "watch_minutes": issuer.watch_minutes,
            "watch": issuer.watch,
            "staff": [
                {"name": person.name, "role": person.role, "password": self.secrets.password(person.password)}
                for person in issuer.staff
            ],
            "hospitals": self._hospitals(issuer),
            "clinics": self._clinics(issuer),
            "registrar": issuer.registrar,
            "ledger": {
                "url": f"http://127.0.0.1:{ledger.port}",
                "token": self.secrets.text(ledger.token),
                "origin_key": self.log_key(),
                "witness_keys": self.witness_keys(),
            },
            "lei_source": {
                "url": issuer.lei_source,
                "index": str(self.house.state / issuer.lei_index) if issuer.lei_index else None,
            },
            "offer_minutes": issuer.offer_minutes,
            "status_ttl_seconds": issuer.status_ttl_seconds,
            "receipt_seconds": min(5.0, ledger.epoch_seconds / 4),
        }

    def _root(self, root: VleiRootEntry | CertificateRootEntry) -> dict[str, Any]:
        """A root of the issuer, its file below the state folder unless absolute."""
        said = root.model_dump(exclude_none=True)
        return {name: str(self.house.state / value) if isinstance(value, Path) else value for name, value in said.items()}

    def _hospitals(self, issuer: IssuerEntry) -> list[dict[str, Any]]:
        return [
            {
                "slug": agent.name,
                "label": agent.label,
                "lei": agent.lei,
                "jurisdiction": agent.jurisdiction,
                "did": agent.did,
                "agent": self._agent(agent),
                **({"types": agent.types} if agent.types else {}),
                "signers": [rule.model_dump() for rule in agent.signers],
            }
            for agent in map(self.house.agent, issuer.hospitals)
        ]

    def _clinics(self, issuer: IssuerEntry) -> list[dict[str, Any]]:
        entries = [self.house.agent(clinic) if isinstance(clinic, str) else clinic for clinic in issuer.clinics]
        return [
            {
                "slug": clinic.name,
                "label": clinic.label,
                "lei": clinic.lei,
                "jurisdiction": clinic.jurisdiction,
                "did": clinic.did,
            }
            for clinic in entries
        ]

    def _wallet(self) -> dict[str, Any]:
        wallet = _there(self.house.services.wallet)
        return {
            "base_url": f"http://localhost:{wallet.port}",
            "database": self.database("wallet", wallet),
            "session_secret": self.secrets.text(wallet.session),
            "agent": self._agent(self.house.agent(wallet.agent)),
            "patients": [
                {"login": patient.login, "name": patient.name, "passcode": self.secrets.pin(patient.passcode)}
                for patient in wallet.patients
            ],
            "trust": {"url": wallet.trust, "publisher": self.publisher("wallet")} if wallet.trust else None,
            "logs": [key for key in (self.log_key(),) if key],
            "witnesses": self.witness_keys(),
        }

    def _desk(self) -> dict[str, Any]:
        desk = _there(self.house.services.desk)
        agent = self.house.agent(desk.agent)
        ledger = self.house.services.ledger
        return {
            "base_url": f"http://localhost:{desk.port}",
            "database": self.database("desk", desk),
            "session_secret": self.secrets.text(desk.session),
            "agent": self._agent(agent),
            "clinic": {"label": agent.label, "lei": agent.lei, "did": agent.did},
            "trust": {"url": desk.trust, "publisher": self.publisher()},
            "ledger": {"url": f"http://127.0.0.1:{ledger.port}"} if ledger else None,
            "keep_days": desk.keep_days,
            "staff": [
                {"name": person.name, "role": person.role, "password": self.secrets.password(person.password)}
                for person in desk.staff
            ],
        }


def _there[Entry](entry: Entry | None) -> Entry:
    """A service of this house that is known to be in it: only its own settings are asked for."""
    assert entry is not None
    return entry


def _names(label: str) -> list[dict[str, str]]:
    """A label `維港示範醫院 Harbour Demonstration Hospital` as the names of a legal entity, Chinese first."""
    chinese = re.match(r"^[㐀-鿿（）·]+", label)
    names = [{"value": chinese[0], "language": "zh"}] if chinese else []
    rest = label[len(chinese[0]) if chinese else 0 :].strip()
    return names + ([{"value": rest, "language": "en"}] if rest else [])

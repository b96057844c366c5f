"""The words of agents.yml. Closed models: a word that is not known here is a mistake in the file."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.types import RecordType
from verifier.identity.lei import check_digits_ok
from verifier.identity.trusted import Aid, Framework, Text


def _lei(value: str) -> str:
    if not check_digits_ok(value):
        raise ValueError("not an LEI: ISO 17442 wants 18 letters or digits and two check digits that fit")
    return value


def _reference(value: str) -> str:
    scheme, _, name = value.partition(":")
    if scheme not in ("file", "env") or not name:
        raise ValueError("a secret is a reference, file:NAME or env:NAME, never the secret itself")
    if scheme == "file" and (Path(name).is_absolute() or ".." in Path(name).parts):
        raise ValueError("a secret file lies below the state folder")
    return value


type Lei = Annotated[str, AfterValidator(_lei)]
type Port = Annotated[int, Field(ge=1024, le=65535)]
type SecretRef = Annotated[str, AfterValidator(_reference)]
type Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
type Jurisdiction = Literal["CN", "HK", "MO"]
type DidWeb = Annotated[str, Field(pattern=r"^did:web:[A-Za-z0-9._%:-]+$")]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentPorts(Entry):
    didcomm: Port
    admin: Port


class SqliteStorage(Entry):
    kind: Literal["sqlite"]


class PostgresStorage(Entry):
    """`connections` must be at least the exchanges in flight: a smaller pool stops an agent for ever (ACA-Py issue 3492)."""

    kind: Literal["postgresql"]
    url: Annotated[str, Field(pattern=r"^postgresql://[^/]+(/.*)?$")]
    user: str = "postgres"
    password: SecretRef | None = None
    connections: Annotated[int, Field(ge=20, le=500)] = 40


class AgentSecrets(Entry):
    admin: SecretRef
    wallet: SecretRef
    webhook: SecretRef
    tokens: SecretRef | None = None


class SignerRuleEntry(Entry):
    """People and services of this role may sign records of these types for the hospital."""

    role: Annotated[str, Field(min_length=1, max_length=500)]
    types: Annotated[list[RecordType], Field(min_length=1)]


class AgentEntry(Entry):
    """One ACA-Py agent. A hospital and a clinic have an LEI and a DID; a wallet holds patients and has neither."""

    name: Slug
    role: Literal["hospital", "wallet", "clinic"]
    label: Annotated[str, Field(min_length=1, max_length=120)]
    lei: Lei | None = None
    jurisdiction: Jurisdiction
    did: DidWeb | None = None
    types: Annotated[list[RecordType], Field(min_length=1)] | None = None
    signers: list[SignerRuleEntry] = []
    ports: AgentPorts
    storage: Annotated[SqliteStorage | PostgresStorage, Field(discriminator="kind")]
    secrets: AgentSecrets

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.types is not None and self.role != "hospital":
            raise ValueError("types are the record types that a hospital may issue")
        if self.signers and self.role != "hospital":
            raise ValueError("signers say which role signs which record type at a hospital")
        if self.role == "wallet":
            if self.lei or self.did:
                raise ValueError("a wallet agent has no lei and no did of its own")
            if self.secrets.tokens is None:
                raise ValueError("a wallet agent needs secrets.tokens, which signs its tenants' tokens")
        elif not (self.lei and self.did):
            raise ValueError(f"a {self.role} needs lei and did")
        return self


class StaffEntry(Entry):
    name: Slug
    role: Literal["clerk", "records_officer", "approver", "auditor", "desk"]
    password: SecretRef


class PatientEntry(Entry):
    login: Slug
    name: Annotated[str, Field(min_length=1, max_length=80)]
    passcode: SecretRef


class Service(Entry):
    """A service on one port. Its database is a SQLite file in the state folder unless a PostgreSQL URL is given."""

    port: Port
    database: Annotated[str, Field(pattern=r"^(sqlite:///|postgresql://).+")] | None = None


class LeiRegistry(Entry):
    """A stand-in for GLEIF's API that knows the synthetic hospitals of this file. Leave it out where the real one is used."""

    port: Port


class LedgerEntry(Service):
    origin: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[a-z0-9._-]+)*$")]
    key: SecretRef
    token: SecretRef
    epoch_seconds: Annotated[float, Field(gt=0, le=3600)] = 10


class WitnessEntry(Service):
    name: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[a-z0-9._-]+)*$")]
    key: SecretRef


class ApiKeyEntry(Entry):
    """A program's key at the issuer; `hospitals` are those it may act for, all of them unless given."""

    secret: SecretRef
    hospitals: Annotated[list[Slug], Field(min_length=1)] | None = None


class ClinicEntry(Entry):
    """A clinic of another house that this registrar may list; one of this house is named by its agent."""

    name: Slug
    label: Annotated[str, Field(min_length=1, max_length=120)]
    lei: Lei
    jurisdiction: Jurisdiction
    did: DidWeb


class VleiRootEntry(Entry):
    """Who must have issued the QVI credential of a hospital's vLEI, or that one's delegator; what streams lack is in a file."""

    road: Literal["vlei"]
    aid: Aid
    name: Text
    kel_file: Path | None = None


class CertificateRootEntry(Entry):
    """A certificate that a hospital's must lead to."""

    road: Literal["certificate"]
    certificate_file: Path
    name: Text


def _written_short(value: Any) -> Any:
    """`records: file:…` is a key for all hospitals."""
    return {"secret": value} if isinstance(value, str) else value


class IssuerEntry(Service):
    hospitals: Annotated[list[Slug], Field(min_length=1)]
    clinics: list[Slug | ClinicEntry] = []
    registrar: Slug
    lei_source: str
    lei_index: Path | None = None
    session: SecretRef
    api_keys: Annotated[dict[Slug, Annotated[ApiKeyEntry, BeforeValidator(_written_short)]], Field(min_length=1)]
    revokes_alone: list[Slug] = []
    trust_roots: list[Annotated[VleiRootEntry | CertificateRootEntry, Field(discriminator="road")]] = []
    require_road: bool = False
    framework: Framework | None = None
    checklist_required: bool = True
    watch_minutes: Annotated[int, Field(ge=1, le=60)] = 50
    watch: dict[str, Literal["note", "tell", "lapse", "suspend"]] = {}
    staff: list[StaffEntry] = []
    offer_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)] = 60
    status_ttl_seconds: Annotated[int, Field(ge=1, le=3600)] = 60


class WalletEntry(Service):
    """`trust` and `publisher` go together: by that list patients read the verified name of who asks."""

    agent: Slug
    session: SecretRef
    patients: list[PatientEntry] = []
    trust: str | None = None
    publisher: SecretRef | None = None

    @model_validator(mode="after")
    def _whose_list(self) -> Self:
        if (self.trust is None) != (self.publisher is None):
            raise ValueError("trust and publisher go together: a list counts by whose signature it carries")
        return self


class DeskEntry(Service):
    agent: Slug
    trust: str
    publisher: SecretRef
    session: SecretRef
    staff: list[StaffEntry] = []
    keep_days: Annotated[int, Field(ge=1, le=3660)] = 90


class Services(Entry):
    lei_registry: LeiRegistry | None = None
    ledger: LedgerEntry | None = None
    witness: WitnessEntry | None = None
    issuer: IssuerEntry | None = None
    wallet: WalletEntry | None = None
    desk: DeskEntry | None = None


class House(Entry):
    """Everything that runs on this machine."""

    version: Literal[1]
    state: Path = Path(".medcred")
    agents: list[AgentEntry]
    services: Services = Services()

    def agent(self, name: str) -> AgentEntry:
        """The agent of that name; `_consistent` has made sure that it exists."""
        return next(agent for agent in self.agents if agent.name == name)

    def ports(self) -> dict[int, str]:
        """Every port this house listens on, and who does."""
        taken: dict[int, str] = {}
        for agent in self.agents:
            taken |= {agent.ports.didcomm: f"agent {agent.name} (DIDComm)", agent.ports.admin: f"agent {agent.name} (admin)"}
        for name, service in self.services:
            if service is not None:
                taken[service.port] = f"service {name}"
        return taken

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [agent.name for agent in self.agents]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two agents are called {', '.join(sorted(twice))}")
        ports = [port for agent in self.agents for port in (agent.ports.didcomm, agent.ports.admin)]
        ports += [service.port for _, service in self.services if service is not None]
        if clash := {port for port in ports if ports.count(port) > 1}:
            raise ValueError(f"port {min(clash)} is given twice")
        self._roles(names)
        return self

    def _roles(self, names: list[str]) -> None:
        """Each service names agents that exist and have the role it needs."""
        wanted: list[tuple[str, str, str]] = []
        services = self.services
        if services.issuer:
            wanted += [("issuer", slug, "hospital") for slug in (*services.issuer.hospitals, services.issuer.registrar)]
            wanted += [("issuer", name, "clinic") for name in services.issuer.clinics if isinstance(name, str)]
            for name, key in services.issuer.api_keys.items():
                if others := set(key.hospitals or ()) - set(services.issuer.hospitals):
                    raise ValueError(f"the API key {name} is for {min(others)}, which is not one of the issuer's hospitals")
        if services.wallet:
            wanted.append(("wallet", services.wallet.agent, "wallet"))
        if services.desk:
            wanted.append(("desk", services.desk.agent, "clinic"))
        for service, name, role in wanted:
            if name not in names:
                raise ValueError(f"services.{service} names the agent {name}, which is not in agents")
            if self.agent(name).role != role:
                raise ValueError(f"services.{service} needs the agent {name} to be a {role}")
        if services.ledger and not services.witness:
            raise ValueError("a ledger needs a witness: without one its operator could rewrite it")

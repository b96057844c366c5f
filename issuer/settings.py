"""What the issuer service is told at start; `medcred up` fills it from agents.yml."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from issuer.onboarding.checks.policy import Action, Event, policy
from schemas.types import RecordType
from verifier.identity.trusted import Aid, Framework, SignerRule, Text

type Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]


class Strict(BaseModel):
    """A settings object: an unknown word is a spelling mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AgentSettings(Strict):
    """How to reach a hospital's ACA-Py agent, and the key its webhooks carry."""

    admin_url: str
    api_key: SecretStr
    webhook_key: SecretStr


class HospitalSettings(Strict):
    """A hospital whose agent this service drives. Being listed here binds nothing: onboarding does."""

    slug: Slug
    label: str
    lei: str
    jurisdiction: str
    did: str
    agent: AgentSettings
    # The record types it may issue, as the trust list says.
    types: tuple[RecordType, ...] = tuple(RecordType)
    # Which role signs which record type beside the hospital, as the trust list says; without any, every role that is proved.
    signers: tuple[SignerRule, ...] = ()


class ClinicSettings(Strict):
    """A clinic that the registrar may list, so that wallets know its name: it asks patients and issues nothing."""

    slug: Slug
    label: str
    lei: str
    jurisdiction: str
    did: str


class StaffSettings(Strict):
    """A person who may sign in at the console."""

    name: str
    password: SecretStr
    role: Literal["clerk", "records_officer", "approver", "auditor"]


class ApiKeySettings(Strict):
    """A program's key. `hospitals` are those it may act for; None is all."""

    secret: SecretStr
    hospitals: frozenset[Slug] | None = None


def _written_short(value: Any) -> Any:
    """A secret alone is a key for all hospitals."""
    return {"secret": value} if isinstance(value, str | SecretStr) else value


class LedgerSettings(Strict):
    """The ledger operator, and the C2SP verifier keys (`name+hash+key`) of its log and witnesses."""

    url: str
    token: SecretStr
    origin_key: str
    witness_keys: list[str] = []


class LeiSourceSettings(Strict):
    """Where LEI records are read: an API of GLEIF's shape, and an index of its file for when that does not answer."""

    url: str
    index: Path | None = None


class VleiRootSettings(Strict):
    """A root of vLEI chains: the AID that must have issued the QVI credential, or that one's delegator."""

    road: Literal["vlei"]
    aid: Aid
    name: Text
    # Key event logs that hospitals' streams lack; GLEIF's own is in none.
    kel_file: Path | None = None


class CertificateRootSettings(Strict):
    """A root of certificate chains."""

    road: Literal["certificate"]
    certificate_file: Path
    name: Text


type RootSettings = Annotated[VleiRootSettings | CertificateRootSettings, Field(discriminator="road")]


class Settings(Strict):
    """Settings of one issuer service. Times are in the unit their name ends with."""

    base_url: str
    database: str = Field(repr=False)  # its address may hold a password
    session_secret: SecretStr
    api_keys: dict[str, Annotated[ApiKeySettings, BeforeValidator(_written_short)]]
    staff: list[StaffSettings] = []
    hospitals: list[HospitalSettings]
    clinics: list[ClinicSettings] = []
    registrar: Slug
    ledger: LedgerSettings
    lei_source: LeiSourceSettings
    # What proofs of hospitals' identity must lead to; published in the trust list.
    trust_roots: list[RootSettings] = []
    # Whether a hospital must have proved its identity by a road before it is approved, and for every key it signs with.
    require_road: bool = False
    # The rules by which the registrar decides, as a URI in the trust list.
    framework: Framework | None = None
    # Whether a hospital is approved only when its checklist is complete: papers, names, the look for duplicates.
    checklist_required: bool = True
    # How often the register, and what a hospital showed of itself, is looked at again. Within the hour, as policies promise.
    watch_minutes: int = Field(default=50, ge=1, le=60)
    # What the watch does about what it sees, where it is not the usual (`issuer.onboarding.checks.policy`).
    watch: dict[Event, Action] = {}
    # How long an offer waits for the patient.
    offer_minutes: int = Field(default=1440, ge=1)
    # How long an accepted credential may take to be signed, witnessed and sent before it is given up.
    issue_minutes: int = Field(default=1440, ge=1)
    # How long to wait for the wallet's acknowledgement before the credential is sent again.
    acknowledge_seconds: int = Field(default=60, ge=1)
    # How often the ledger is asked for receipts: about one epoch.
    receipt_seconds: float = Field(default=5.0, gt=0)
    # How long a published status list is valid; it is renewed at half of this.
    status_hours: int = Field(default=24, ge=1)
    # How old a copy of a status list may be before a verifier fetches it again: how late it may see a revocation.
    status_ttl_seconds: int = Field(default=60, ge=1)
    # An attachment can be fetched for this long, and this often.
    file_days: int = Field(default=30, ge=1)
    file_fetches: int = Field(default=10, ge=1)
    # API keys whose revocation takes effect without a second person, by name.
    revokes_alone: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _hang_together(self) -> "Settings":
        slugs = [hospital.slug for hospital in self.hospitals]
        applicants = [applicant.slug for applicant in self.applicants]
        if len(set(applicants)) != len(applicants):
            raise ValueError("two hospitals or clinics have the same slug")
        if self.registrar not in slugs:
            raise ValueError("registrar is not one of the hospitals")
        if unknown := self.revokes_alone - self.api_keys.keys():
            raise ValueError(f"revokes_alone names no API key: {', '.join(sorted(unknown))}")
        policy(self.watch)
        named = {slug for key in self.api_keys.values() for slug in key.hospitals or ()}
        if others := named - set(slugs):
            raise ValueError(f"an API key names no hospital here: {', '.join(sorted(others))}")
        return self

    @property
    def public_url(self) -> str:
        """`base_url` without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def applicants(self) -> tuple[HospitalSettings | ClinicSettings, ...]:
        """All who may apply to be on the trust list."""
        return (*self.hospitals, *self.clinics)

    def is_clinic(self, slug: str) -> bool:
        """Whether this is one that only asks: it is on the list with no record type, and its agent is not driven from here."""
        return any(clinic.slug == slug for clinic in self.clinics)

    def types_of(self, slug: str) -> tuple[RecordType, ...]:
        """The record types that a hospital may issue; none for one that is no longer in the settings."""
        return next((hospital.types for hospital in self.hospitals if hospital.slug == slug), ())

    def signers_of(self, slug: str) -> tuple[SignerRule, ...]:
        """Which role signs which record type at a hospital; none when every proved role may."""
        return next((hospital.signers for hospital in self.hospitals if hospital.slug == slug), ())

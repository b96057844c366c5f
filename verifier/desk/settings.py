"""What a desk needs to know before it starts. `medcred` fills it from agents.yml; secrets arrive as values, not as file names.

No secret is shown by `repr` or by a fault in the settings: both end up in logs. The database address may hold a password.
"""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from verifier.fetch import LOOPBACK_HOSTS


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AgentAccess(_Part):
    """The clinic's ACA-Py agent: its admin address, the key to it, and the key its webhooks carry."""

    admin_url: str
    api_key: SecretStr
    webhook_key: SecretStr


class Clinic(_Part):
    """Who asks. `did` is the domain every presentation must name."""

    label: str
    lei: str
    did: str


class TrustSource(_Part):
    """Where the trust list is published and whose signature it must carry. Without a publisher no list is accepted."""

    url: str
    publisher: str = ""


class LedgerAccess(_Part):
    """The ledger operator that proves its log was only appended to. Reading needs no token.

    `origin` is the log's name; empty means the one log of the trust list.
    """

    url: str
    origin: str = ""


class StaffAccount(_Part):
    name: str = Field(min_length=1, max_length=64)
    password: SecretStr
    role: str = "desk"


class Settings(_Part):
    """One desk.

    Attributes:
        base_url: the address people's browsers and wallets reach, without a slash at the end.
        request_seconds: how long a code can be answered.
        idle_seconds: how long a shared record stays readable after the last sign of a reader.
        content_seconds: how long it stays readable at most.
        keep_days: how long a request that is over stays in the list, with its verdict and without content.
        refresh_seconds: how often the trust list and the status lists are fetched again.
        upload_bytes: the largest file the public page checks.
    """

    base_url: str
    database: str = Field(repr=False)
    session_secret: SecretStr
    agent: AgentAccess
    clinic: Clinic
    trust: TrustSource
    ledger: LedgerAccess | None = None
    staff: list[StaffAccount] = []
    request_seconds: int = Field(default=180, ge=30, le=600)
    idle_seconds: int = Field(default=60, ge=10, le=600)
    content_seconds: int = Field(default=600, ge=60, le=3600)
    keep_days: int = Field(default=90, ge=1, le=3660)
    refresh_seconds: int = Field(default=300, ge=5)
    upload_bytes: int = Field(default=16 * 2**20, ge=2**16)

    @property
    def on_one_machine(self) -> bool:
        """Whether this desk serves its own machine only: then hospitals on loopback addresses may be read."""
        return urlsplit(self.base_url).hostname in LOOPBACK_HOSTS

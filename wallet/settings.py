"""What the wallet service is told at start. Secrets arrive as values; `medcred` reads them from their files.

No secret is shown by `repr` or by a fault in the settings: both end up in logs. The database address may hold a password.
"""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AgentSettings(_Part):
    """The multitenant ACA-Py agent that keeps the patients' wallets."""

    admin_url: str
    api_key: SecretStr
    webhook_key: SecretStr


class Patient(_Part):
    """A person with a wallet here. The passcode given here is the one that counts: changing it changes the account's."""

    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    passcode: Annotated[SecretStr, Field(min_length=6)]
    name: Annotated[str, Field(min_length=1, max_length=80)]


class TrustSource(_Part):
    """Where the list of trusted hospitals and clinics is published, and whose signature (did:key) it must carry."""

    url: str
    publisher: str


class Settings(_Part):
    """
    Attributes:
        base_url: where patients' browsers find this service; https unless on loopback.
        trust: by which list a patient reads the verified name of who asks; without one nobody is verified.
        logs: verifier keys of the ledgers whose receipts this wallet reads (`name+hash+base64`, C2SP signed-note).
        witnesses: verifier keys of the witnesses.
        witness_quorum: how many of them must have cosigned.
    """

    base_url: str
    database: Annotated[str, Field(repr=False)]
    session_secret: Annotated[SecretStr, Field(min_length=16)]
    agent: AgentSettings
    patients: tuple[Patient, ...] = ()
    trust: TrustSource | None = None
    logs: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    witness_quorum: Annotated[int, Field(ge=0)] = 1

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def on_loopback(self) -> bool:
        """Whether this service runs for this machine alone; only then may it follow links to this machine."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

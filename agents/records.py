"""What the admin API tells us, as typed values. Fields we do not use are ignored, so a newer agent does not break us."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agents.request import PresentationRequest
from schemas.errors import AgentError, FormatError

type Json = dict[str, Any]


class Answer(dict[str, Any]):
    """A JSON object from the agent; a member we need and do not find is an `AgentError`."""

    def __missing__(self, name: str) -> Any:
        raise strange_answer()


class CredentialState(StrEnum):
    """The states of a credential exchange (RFC 0453), as ACA-Py names them."""

    OFFER_SENT = "offer-sent"
    OFFER_RECEIVED = "offer-received"
    REQUEST_SENT = "request-sent"
    REQUEST_RECEIVED = "request-received"
    ISSUED = "credential-issued"
    RECEIVED = "credential-received"
    DONE = "done"
    ABANDONED = "abandoned"


class PresentationState(StrEnum):
    """The states of a presentation exchange (RFC 0454), as ACA-Py names them."""

    REQUEST_SENT = "request-sent"
    REQUEST_RECEIVED = "request-received"
    PRESENTATION_SENT = "presentation-sent"
    PRESENTATION_RECEIVED = "presentation-received"
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, kw_only=True)
class AgentHealth:
    """An answering agent: `database` is true when a real read of the wallet succeeded."""

    database: bool
    plugin_version: str
    contexts: int


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An out-of-band invitation (RFC 0434). `url` is long (about 3 kB with an offer): put a short address in a QR code."""

    invitation_id: str
    url: str
    message: Json


@dataclass(frozen=True, kw_only=True)
class Reception:
    """What receiving an invitation made: `connection_id` only when the invitation had a handshake.

    `thread_id` is the thread of the attached offer or request, to find the exchange it became.
    """

    oob_id: str
    connection_id: str | None
    thread_id: str | None


@dataclass(frozen=True, kw_only=True)
class Connection:
    id: str
    state: str
    their_label: str

    @property
    def is_ready(self) -> bool:
        """True when messages can be sent (`active`, or `completed` in RFC 0160 words)."""
        return self.state in ("active", "response", "completed")


@dataclass(frozen=True, kw_only=True)
class CredentialExchange:
    """One credential on its way. `credential` is the issued one when there is one, else what was requested or offered."""

    id: str
    state: str
    role: str
    connection_id: str | None
    thread_id: str
    holder_did: str | None
    credential: Json
    error: str | None

    @property
    def is_issued(self) -> bool:
        """True when `credential` is signed and was sent."""
        return "proof" in self.credential

    @classmethod
    def parse(cls, answer: Json) -> "CredentialExchange":
        """Read the plugin's view of an exchange. Raises AgentError `agent.strange_answer`."""
        seen = Answer(answer)
        return cls(**{name: seen[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class PresentationExchange:
    """One request for a presentation. `request` is None when it is not one of ours or cannot be read; never share on such."""

    id: str
    state: str
    role: str
    connection_id: str | None
    thread_id: str
    request: PresentationRequest | None
    presentation: Json | None
    error: str | None

    @classmethod
    def parse(cls, answer: Json) -> "PresentationExchange":
        """Read the plugin's view of an exchange. Raises AgentError `agent.strange_answer`."""
        seen = Answer(answer)
        values = {name: seen[name] for name in cls.__dataclass_fields__}
        try:
            values["request"] = PresentationRequest.from_dif(values["request"])
        except FormatError:
            values["request"] = None
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class SignatureFinding:
    """What the agent found about a document's signature: `result` is `pass`, `fail`, or `unknown` when the signer's DID document
    cannot be read now. `keys` are the keys that signed, verification method → Multikey; empty unless it passed."""

    result: str
    reason: str
    keys: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class HeldCredential:
    record_id: str
    credential: Json


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One wallet in a multitenant agent. A newer token makes this one void; a client renews it by itself."""

    wallet_id: str
    token: str


def strange_answer() -> AgentError:
    """The error for an answer that lacks what we need: most likely another version of ACA-Py or of the plugin."""
    return AgentError(
        "agent.strange_answer", "The agent's answer lacks a member we need.", "Compare its version with ours: doctor."
    )

"""What a verdict rests on besides the document: gathered beforehand (`verifier.gather`), so that judging does no input or
output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.memory import LogMemory
from verifier.identity.did_document import DidDocument
from verifier.status import StatusSource

if TYPE_CHECKING:  # pydantic is a tenth of a second that not every caller needs
    from verifier.identity.trust import TrustList
    from verifier.identity.vlei import KeyStateCache, KeyStateMemory


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a record. Its name and media type are what the file says, and prove nothing."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a live presentation must answer: the challenge and domain of the request, its purpose, and the types that were
    asked for."""

    challenge: str
    domain: str
    purpose: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityProof:
    """What is at hand to show by which roads an issuer is the legal entity of its LEI, or that a signer has a role there. Nothing
    in it is believed yet.

    Args:
        vlei: a CESR stream with the chain of its DID binding; empty when there is none.
        vlei_at: when the stream was read from where the trust list says; None for one that travelled with a record.
        chain: certificates in DER, the leaf first.
    """

    vlei: bytes = field(default=b"", repr=False)
    vlei_at: datetime | None = None
    chain: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything at hand.

    Args:
        trust: the trust list; without one no issuer can be believed.
        did_documents: documents fetched of issuers' DIDs. did:key needs none.
        status_lists: status list credentials from the network or a cache; those inside a carried record are added by `verify`.
        attachments: files beside the record; those inside a carried record are added by `verify`.
        expected: the request a presentation must answer; None when a file is read.
        memory: the heads of ledgers seen before; None remembers nothing.
        consistency: proofs that a ledger grew honestly, by origin and the two sizes.
        identities: proofs of issuers' identity and of signers' roles, by DID.
        key_events: KERI logs verified before, to spare their signatures.
        first_seen: the KERI key events seen before; None remembers none.
        key_event_logs: KERI logs of roots, for what a stream lacks.
    """

    trust: "TrustList | None" = None
    did_documents: Mapping[str, DidDocument] = field(default_factory=dict)
    status_lists: Sequence[StatusSource] = ()
    attachments: Sequence[Attachment] = ()
    expected: Expected | None = None
    memory: LogMemory | None = None
    consistency: Mapping[tuple[str, int, int], Sequence[bytes]] = field(default_factory=dict)
    identities: Mapping[str, IdentityProof] = field(default_factory=dict)
    key_events: "KeyStateCache | None" = None
    first_seen: "KeyStateMemory | None" = None
    key_event_logs: bytes = field(default=b"", repr=False)

"""What a verdict rests on besides the document: gathered beforehand (`verifier.gather`), so that judging does no input or
output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.memory import LogMemory
from verifier.identity.did_document import DidDocument
from verifier.status import StatusSource

if TYPE_CHECKING:  # pydantic is a tenth of a second that not every caller needs
    from verifier.identity.trust import TrustList


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
    """

    trust: "TrustList | None" = None
    did_documents: Mapping[str, DidDocument] = field(default_factory=dict)
    status_lists: Sequence[StatusSource] = ()
    attachments: Sequence[Attachment] = ()
    expected: Expected | None = None
    memory: LogMemory | None = None
    consistency: Mapping[tuple[str, int, int], Sequence[bytes]] = field(default_factory=dict)

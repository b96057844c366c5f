"""The DID binding: a credential by which a legal entity's own identifier names its DIDs and keys, and can take that back.

It is a leaf like any other to `verify_vlei` (edge `le` to the LE credential, or `ecr` to the ECR credential of a person who signs
for the entity); here its attributes are read out. Whether a given DID or key is among them is for who asks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from verifier.identity.vlei.cache import KeyStateCache
from verifier.identity.vlei.memory import KeyStateMemory
from verifier.identity.vlei.models import Kind
from verifier.identity.vlei.pins import Pins
from verifier.identity.vlei.presenter import PresenterProof
from verifier.identity.vlei.result import VleiResult
from verifier.identity.vlei.verify import verify_vlei


@dataclass(frozen=True, slots=True)
class DesignatedKey:
    """A verification method and the RFC 7638 thumbprint of its key."""

    id: str
    jkt: str


@dataclass(frozen=True, slots=True)
class BindingResult:
    """What the stream proves, and what the binding names. Empty unless accepted.

    `issuer` is the identifier that made the binding: of the legal entity, or of the person with a role in it. Of a person `role`
    and `person` are the engagement context role and the legal name in the ECR credential; both are empty for an entity.
    """

    vlei: VleiResult
    issuer: str = ""
    ids: tuple[str, ...] = ()
    keys: tuple[DesignatedKey, ...] = ()
    role: str = ""
    person: str = field(default="", repr=False)

    @property
    def accepted(self) -> bool:
        return self.vlei.accepted

    def designates(self, did: str, method: str, thumbprint: str) -> bool:
        """Whether the binding holds, names that DID, and for that verification method that key."""
        return self.accepted and did in self.ids and DesignatedKey(method, thumbprint) in self.keys


def verify_binding(
    stream: bytes,
    pins: Pins,
    *,
    at: datetime,
    memory: KeyStateMemory | None = None,
    cache: KeyStateCache | None = None,
    max_age: timedelta | None = None,
    as_of: datetime | None = None,
    expect_lei: str | None = None,
    presenter: PresenterProof | None = None,
) -> BindingResult:
    """Judge a stream whose leaf is a DID binding. Arguments and exceptions as of `verify_vlei`."""
    result = verify_vlei(
        stream,
        pins,
        at=at,
        memory=memory,
        cache=cache,
        max_age=max_age,
        as_of=as_of,
        expect_lei=expect_lei,
        want=Kind.DID_BINDING,
        presenter=presenter,
    )
    if not result.accepted:
        return BindingResult(result)
    keys = tuple(DesignatedKey(key["id"], key["jkt"]) for key in result.attributes["keys"])
    role, person = result.above.get("engagementContextRole", ""), result.above.get("personLegalName", "")
    return BindingResult(result, result.chain[0].issuer, tuple(result.attributes["ids"]), keys, role, person)

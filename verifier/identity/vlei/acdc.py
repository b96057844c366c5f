"""Credentials (ACDC v1): members in their order, every SAID recomputed, and the form of their kind.

Order: the members and their types; the SAID of the whole; the schema, which must be one of those pinned; whether attributes,
edges and rules are there and not only their digests; the SAID of each block; the form of that kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.identity.vlei.codes import Role, is_primitive
from verifier.identity.vlei.events import is_aid
from verifier.identity.vlei.models import BY_SCHEMA, Kind, Model, require_form
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import require_message_said, require_said
from verifier.identity.vlei.stream import Message

_ORDER = ("v", "d", "u", "i", "ri", "s", "a", "e", "r")
_NEEDED = frozenset({"v", "d", "i", "ri", "s", "a"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential whose members and own SAID hold. `fault` says what else does not, or what could not be looked at."""

    said: str
    schema: str
    issuer: str
    registry: str
    fields: Mapping[str, Any]
    model: Model | None
    fault: Refused | None

    @property
    def kind(self) -> Kind | None:
        """The kind, by the pinned schema it names."""
        return self.model.kind if self.model else None

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes; empty in the compact form."""
        block = self.fields["a"]
        return block if isinstance(block, dict) else {}

    @property
    def issuee(self) -> str:
        """Whom the credential was issued to; empty for a credential about nobody."""
        issuee = self.attributes.get("i", "")
        return issuee if isinstance(issuee, str) else ""

    @property
    def lei(self) -> str:
        """The LEI it states; empty for a kind without."""
        lei = self.attributes.get("LEI", "")
        return lei if isinstance(lei, str) else ""

    @property
    def points_to(self) -> frozenset[str]:
        """The SAIDs its edges name, whether or not those edges may stand there."""
        edges = self.fields.get("e")
        nodes = edges.values() if isinstance(edges, dict) else ()
        return frozenset(node["n"] for node in nodes if isinstance(node, dict) and isinstance(node.get("n"), str))


def read_credential(message: Message) -> Credential:
    """The credential that a message is.

    Raises:
        Refused: `acdc.malformed`, `said.mismatch`: bytes that cannot be told from another credential refuse the stream.
    """
    fields = message.fields
    if tuple(fields) != tuple(name for name in _ORDER if name in fields) or not fields.keys() >= _NEEDED:
        raise Refused("acdc.malformed")
    said = require_message_said(message.raw, fields)
    if not is_aid(fields["i"]) or not all(is_primitive(fields[name], Role.DIGEST) for name in ("ri", "s")):
        raise Refused("acdc.malformed", said)
    if not isinstance(fields.get("u", ""), str):
        raise Refused("acdc.malformed", said)
    model = BY_SCHEMA.get(fields["s"])
    return Credential(said, fields["s"], fields["i"], fields["ri"], fields, model, _fault(fields, model, said))


def _fault(fields: Mapping[str, Any], model: Model | None, said: str) -> Refused | None:
    try:
        if model is None:
            return Refused("acdc.schema_unknown", said)
        for name in ("a", "e", "r"):
            block = fields.get(name)
            if isinstance(block, str):
                if name == "r" and block == model.rules_said:
                    continue
                return Refused("acdc.compact", said, member=name)
            if name in fields:
                if not isinstance(block, dict):
                    return Refused("acdc.schema", said, member=name)
                require_said(block)
        require_form(model, fields)
    except Refused as refused:
        return Refused(refused.reason, said, **refused.facts)
    return None

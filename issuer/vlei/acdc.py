"""Writing an ACDC: SAIDs of the attribute, edge and rules sections, then of the whole (ACDC v1, JSON).

Pure. Members stand in the order that the schemas list them; every one is digested as it is written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.acdc import DID_BINDING_USAGE
from verifier.identity.vlei.said import DUMMY, digest, dump

type Block = dict[str, Any]

_SIZE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Edge:
    """To which credential another one is chained: the name of the edge, the far node and its schema, the operator if any."""

    name: str
    node: str
    schema: str
    operator: str = ""

    def block(self) -> Block:
        """The edge section."""
        target = {"n": self.node, "s": self.schema}
        return with_said({"d": "", self.name: target | ({"o": self.operator} if self.operator else {})})


def with_said(block: Mapping[str, Any]) -> Block:
    """The block with its own digest in `d`, which is there already, empty."""
    return {**block, "d": digest("E", dump({**block, "d": DUMMY}))}


def binding_rules() -> Block:
    """The rules section of a DID binding."""
    return with_said({"d": "", "usage": {"l": DID_BINDING_USAGE}})


def write(
    *,
    schema: str,
    issuer: str,
    registry: str,
    attributes: Mapping[str, Any],
    issued_at: str,
    issuee: str = "",
    edge: Edge | None = None,
    rules: Block | str = "",
    nonces: tuple[str, str] | None = None,
) -> Block:
    """One credential.

    Args:
        schema: SAID of its schema.
        issuer: AID.
        registry: SAID of the issuer's registry.
        attributes: what it says, besides `d`, `u`, `i` and `dt`.
        issued_at: ISO 8601.
        issuee: AID; empty for an untargeted credential.
        edge: the credential it is chained to.
        rules: the rules section, or its SAID; empty for none.
        nonces: of the credential and of its attributes (128 bits each, qualified): it becomes a private one.
    """
    credential: Block = {"v": f"ACDC10JSON{'0' * _SIZE_DIGITS}_", "d": DUMMY}
    subject: Block = {"d": ""}
    if nonces:
        credential["u"], subject["u"] = nonces
    if issuee:
        subject["i"] = issuee
    subject |= {"dt": issued_at, **attributes}
    credential |= {"i": issuer, "ri": registry, "s": schema, "a": with_said(subject)}
    if edge:
        credential["e"] = edge.block()
    if rules:
        credential["r"] = rules
    credential["v"] = f"ACDC10JSON{len(dump(credential)):0{_SIZE_DIGITS}x}_"
    return with_said(credential)


def raw(credential: Block) -> bytes:
    """The bytes that are digested and sent."""
    return dump(credential)

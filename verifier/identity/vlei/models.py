"""The credentials of the vLEI ecosystem, each pinned by the SAID of its schema, and what each must look like.

The schemas are in no package registry, so their structure stands here: members and their types, which edges there may be, and the
legal sentences by their SHA-256. These models are at least as strict as the schemas (a test holds them against the documents) and
stricter where a schema is loose: attributes are always there, with their SAID, and no sentence may be left out. A credential
whose blocks are only digests (compact form) cannot be judged and is not called wrong; but the digest of exactly the prescribed
legal sentences is as good as the sentences.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import jsonschema_rs

from schemas.acdc import DID_BINDING_SAID, did_binding_schema
from verifier.identity.vlei.codes import Role, is_primitive
from verifier.identity.vlei.events import is_aid
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.tel import read_time


class Kind(StrEnum):
    """The kinds of credential this verifier knows."""

    QVI = "QVI"
    LE = "LE"
    ECR_AUTH = "ECR-AUTH"
    OOR_AUTH = "OOR-AUTH"
    ECR = "ECR"
    OOR = "OOR"
    IXBRL = "iXBRL"
    DID_BINDING = "DID-BINDING"


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """The kind an edge leads to, and whether it must say its operator (`I2I`); it always means that operator."""

    kind: Kind
    says_operator: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """What a credential of one kind looks like. Attributes are text unless named otherwise."""

    kind: Kind
    schema: str
    attributes: frozenset[str]
    optional: frozenset[str] = frozenset()
    edges: Mapping[str, EdgeRule] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    rules_said: str | None = None
    needs_rules: bool = True
    private: bool = False


_USAGE = "29efb3e69ce12371614ae0de32dec27070bb74cd961750740f4de11d13cf8dd1"
_ISSUANCE = "3784e14fe8e9fc7963a9003d6a0d54f1c5137ba7d17db239c7727443eb7a80f8"
_RULES = {"usageDisclaimer": _USAGE, "issuanceDisclaimer": _ISSUANCE}
# The whole block of these sentences, as each schema orders them.
_RULES_SAID = "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ"
_AUTH_RULES_SAID = "EKHMDCNFlMBaMdDOq5Pf_vGMxkTqrDMrTx_28cZZJCcW"
_ROLE_RULES_SAID = "EIfq_m1DI2IQ1MgHhUl9sq3IQ_PJP9WQ1LhbMscngDCB"
_AUTH_PRIVACY = "90bead5ef06b02d74aa567895aa9f6ddc0021bede4384878ea80882e149621e9"
_ROLE_PRIVACY = "021452dc9ce2a64f931977d13c3085c1da6544cac23ab3ee9fcf472c76933b2e"
_ENTITY = frozenset({"d", "i", "dt", "LEI"})
_ECR = _ENTITY | {"personLegalName", "engagementContextRole"}
_OOR = _ENTITY | {"personLegalName", "officialRole"}

MODELS: tuple[Model, ...] = (
    Model(
        Kind.QVI,
        "EBfdlu8R27Fbx-ehrqwImnK-8Cm79sqbAQ4MmvEAYqao",
        _ENTITY,
        frozenset({"gracePeriod"}),
        rules=_RULES,
        rules_said=_RULES_SAID,
        needs_rules=False,
    ),
    Model(
        Kind.LE,
        "ENPXp1vQzRF6JwIuS-mp2U8Uf1MoADoP_GqQ62VsDZWY",
        _ENTITY,
        edges={"qvi": EdgeRule(Kind.QVI)},
        rules=_RULES,
        rules_said=_RULES_SAID,
    ),
    Model(
        Kind.ECR_AUTH,
        "EH6ekLjSr8V32WyFbGe1zXjTzFs9PkTYmupJ9H65O14g",
        _ECR | {"AID"},
        edges={"le": EdgeRule(Kind.LE)},
        rules=_RULES | {"privacyDisclaimer": _AUTH_PRIVACY},
        rules_said=_AUTH_RULES_SAID,
    ),
    Model(
        Kind.OOR_AUTH,
        "EKA57bKBKxr_kN7iN5i7lMUxpMG-s19dRcmov1iDxz-E",
        _OOR | {"AID"},
        edges={"le": EdgeRule(Kind.LE)},
        rules=_RULES,
        rules_said=_RULES_SAID,
    ),
    Model(
        Kind.ECR,
        "EEy9PkikFcANV1l7EHukCeXqrzT1hNZjGlUk7wuMO5jw",
        _ECR,
        frozenset({"u"}),
        {"auth": EdgeRule(Kind.ECR_AUTH, says_operator=True), "le": EdgeRule(Kind.LE)},
        _RULES | {"privacyDisclaimer": _ROLE_PRIVACY},
        _ROLE_RULES_SAID,
        private=True,
    ),
    Model(
        Kind.OOR,
        "EBNaNu-M9P5cgrnfl2Fvymy4E_jvxxyjb70PRtiANlJy",
        _OOR,
        edges={"auth": EdgeRule(Kind.OOR_AUTH, says_operator=True)},
        rules=_RULES,
        rules_said=_RULES_SAID,
    ),
    Model(
        Kind.IXBRL,
        "EMhvwOlyEJ9kN4PrwCpr9Jsv7TxPhiYveZ0oP3lJzdEi",
        frozenset({"d", "dt", "rd", "f"}),
        edges={"oor": EdgeRule(Kind.OOR), "ecr": EdgeRule(Kind.ECR)},
        needs_rules=False,
    ),
    Model(
        Kind.DID_BINDING,
        DID_BINDING_SAID,
        frozenset({"d", "dt", "LEI", "ids", "keys"}),
        frozenset({"i"}),
        {"le": EdgeRule(Kind.LE), "ecr": EdgeRule(Kind.ECR)},
    ),
)
BY_SCHEMA = {model.schema: model for model in MODELS}
BY_KIND = {model.kind: model for model in MODELS}

_FACT_NEEDED = frozenset({"i", "t", "d", "v", "c", "e", "p"})


def require_form(model: Model, fields: Mapping[str, Any]) -> None:
    """The attributes and rules of a credential have the form of its kind. Edges are looked at where they are followed.

    Raises:
        Refused: `acdc.schema`.
    """
    if model.private and not (isinstance(fields.get("u"), str) and fields["u"]):
        raise Refused("acdc.schema", member="u")
    if model.kind is Kind.DID_BINDING:
        if not _binding_validator().is_valid(dict(fields)):
            raise Refused("acdc.schema")
    else:
        _require_rules(model, fields)
    _require_attributes(model, fields["a"])
    if model.kind is Kind.DID_BINDING and not all(key["id"].split("#")[0] in fields["a"]["ids"] for key in fields["a"]["keys"]):
        # A key under a DID that is not bound would be bound to nobody.
        raise Refused("acdc.schema", member="a.keys")


def _require_attributes(model: Model, attributes: Mapping[str, Any]) -> None:
    names = attributes.keys()
    if not model.attributes <= names or not names <= model.attributes | model.optional:
        raise Refused("acdc.schema", member="a")
    for name, value in attributes.items():
        if not _fits(name, value):
            raise Refused("acdc.schema", member=f"a.{name}")


def _fits(name: str, value: Any) -> bool:
    match name:
        case "i" | "AID":
            return is_aid(value)
        case "dt":
            return read_time(value) is not None
        case "gracePeriod":
            return type(value) is int
        case "f":
            return isinstance(value, list) and all(_is_fact(each) for each in value)
        case "ids":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "keys":
            return isinstance(value, list) and all(_is_designated_key(each) for each in value)
        case _:
            return isinstance(value, str)


def _is_fact(value: Any) -> bool:
    """A fact of an iXBRL report."""
    return (
        isinstance(value, dict)
        and value.keys() >= _FACT_NEEDED
        and value.keys() <= _FACT_NEEDED | {"f"}
        and all(isinstance(part, str) for part in value.values())
    )


def _is_designated_key(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"id", "jkt"} and all(isinstance(part, str) for part in value.values())


def _require_rules(model: Model, fields: Mapping[str, Any]) -> None:
    if "r" not in fields:
        if model.needs_rules:
            raise Refused("acdc.schema", member="r")
        return
    rules = fields["r"]
    if rules == model.rules_said:
        return
    if rules.keys() != model.rules.keys() | {"d"}:
        raise Refused("acdc.schema", member="r")
    for name, sentence in model.rules.items():
        match rules[name]:
            case {"l": str(text), **rest} if not rest and _sha256(text) == sentence:
                continue
        raise Refused("acdc.schema", member=f"r.{name}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _binding_validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(did_binding_schema())


def edge_of(model: Model, fields: Mapping[str, Any]) -> tuple[str, EdgeRule, str, str] | None:
    """The one edge of a credential: its name, its rule, the SAID and the schema it names. None where the kind has none.

    Raises:
        Refused: `vlei.edge`, no edge, several, another one, or an operator that may not stand there.
    """
    edges = fields.get("e")
    if not model.edges:
        if edges is not None:
            raise Refused("vlei.edge")
        return None
    if not isinstance(edges, dict) or len(edges) != 2 or "d" not in edges:
        raise Refused("vlei.edge")
    ((name, node),) = ((name, node) for name, node in edges.items() if name != "d")
    rule = model.edges.get(name)
    if rule is None or not isinstance(node, dict):
        raise Refused("vlei.edge", edge=name if rule else "")
    if node.keys() != ({"n", "s", "o"} if rule.says_operator else {"n", "s"}):
        raise Refused("vlei.edge", edge=name)
    if rule.says_operator and node["o"] != "I2I":
        raise Refused("vlei.edge", edge=name)
    if not is_primitive(node["n"], Role.DIGEST) or not is_primitive(node["s"], Role.DIGEST):
        raise Refused("vlei.edge", edge=name)
    return name, rule, node["n"], node["s"]

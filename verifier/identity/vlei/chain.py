"""The vLEI policy: from a credential along its edges to the QVI credential, and from there to the pinned root.

    DID-BINDING ─le→ LE          DID-BINDING ─ecr→ ECR          iXBRL ─oor→ OOR, ─ecr→ ECR
    ECR ─auth→ ECR-AUTH ─le→ LE  ECR ─le→ LE (issued by the legal entity itself)
    OOR ─auth→ OOR-AUTH ─le→ LE  LE ─qvi→ QVI

For each credential, in order: its form; its registry (which must be its issuer's) and its state at the time of judging; its LEI's
check digits; its one edge. Across an edge: the far credential really has the schema the edge names, which is the one expected
there; it was issued to the near one's issuer (I2I); the LEI is the same (not across LE → QVI: a QVI has its own); a role
credential repeats its authorisation. At the end: the QVI credential comes from whom the pins say, and the QVI's identifier is
delegated by that one. Who issues by authorisation must be a QVI: the one of this chain, or another whose credential the stream
holds too.

Everything is looked at even when something before failed, so that one answer names every fault; only beyond a credential whose
form does not hold, or an edge that leads nowhere, nothing can be followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from verifier.identity.lei import check_digits_ok
from verifier.identity.vlei.acdc import Credential
from verifier.identity.vlei.kel import History
from verifier.identity.vlei.models import BY_KIND, Kind, edge_of
from verifier.identity.vlei.pins import Pins
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.result import ChainLink, Findings
from verifier.identity.vlei.tel import GRACE, Registries

_AUTHORISATIONS = frozenset({Kind.ECR_AUTH, Kind.OOR_AUTH})
_REPEATED = ("personLegalName", "engagementContextRole", "officialRole")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a chain is judged on: everything in the stream, the verified logs, the pins and the time."""

    credentials: Mapping[str, Credential]
    registries: Registries
    histories: Mapping[str, History]
    pins: Pins
    at: datetime


class Chains:
    """Follows chains over one ground, and notes what it finds."""

    def __init__(self, ground: Ground, findings: Findings) -> None:
        self._ground = ground
        self._findings = findings
        self._links: dict[str, ChainLink] = {}

    def follow(self, leaf: Credential) -> tuple[ChainLink, ...]:
        """The chain from a credential to the QVI credential, as far as it goes; the leaf is first."""
        links: list[ChainLink] = []
        authorised = ""
        near = leaf
        # Kinds only lead upwards, so a chain ends; a credential cannot name itself, being named by its digest.
        while link := self._link(near):
            links.append(link)
            far = self._far(near)
            if far is None:
                break
            self._compare(near, far)
            if far.kind in _AUTHORISATIONS:
                authorised = near.issuer
            near = far
        if near.kind is Kind.QVI and near.fault is None:
            self._root(near)
            if authorised and authorised != near.issuee:
                links += self._other_qvi(leaf, authorised)
        return tuple(links)

    def _link(self, credential: Credential) -> ChainLink | None:
        """What is to be said of one credential by itself; None when its form does not hold."""
        if credential.fault or credential.kind is None:
            fault = credential.fault or Refused("acdc.schema_unknown")
            self._add("credential", fault.reason, credential, **fault.facts)
            return None
        if credential.said not in self._links:
            self._add("credential", "acdc.ok", credential)
            self._links[credential.said] = self._registered(credential, credential.kind)
            if credential.lei:
                good = check_digits_ok(credential.lei)
                self._add("lei", "vlei.lei_ok" if good else "vlei.lei_checkdigits", credential)
        return self._links[credential.said]

    def _registered(self, credential: Credential, kind: Kind) -> ChainLink:
        """The link with its state at the time of judging."""
        issued_at = revoked_at = None
        state = "unknown"
        history = self._ground.histories.get(credential.issuer)
        try:
            if history is None:
                raise Refused("kel.missing", credential.issuer)
            status = self._ground.registries.status(credential.said, credential.registry, credential.issuer, history)
            issued_at, revoked_at = status.issued_at, status.revoked_at
            self._add("registry", "tel.ok", credential)
            until = self._ground.at + GRACE
            if issued_at > until:
                state = "not_yet_issued"
            elif status.revoked and (revoked_at is None or revoked_at <= until):
                state = "revoked"
            else:
                state = "issued"
            reason = {"issued": "vlei.issued", "revoked": "vlei.revoked", "not_yet_issued": "vlei.not_yet_issued"}[state]
            self._add("state", reason, credential, **({"as_of": issued_at.isoformat()} if state == "not_yet_issued" else {}))
        except Refused as refused:
            self._add("registry", refused.reason, credential, **refused.facts)
        return ChainLink(
            kind,
            credential.said,
            credential.issuer,
            credential.issuee,
            credential.lei,
            issued_at,
            revoked_at,
            state,
        )

    def _far(self, near: Credential) -> Credential | None:
        """The credential the one edge leads to; None at the end, and where the edge cannot be followed."""
        assert near.model
        try:
            edge = edge_of(near.model, near.fields)
        except Refused as refused:
            self._add("edge", refused.reason, near, **refused.facts)
            return None
        if edge is None:
            return None
        name, rule, said, schema = edge
        far = self._ground.credentials.get(said)
        if schema != BY_KIND[rule.kind].schema or (far and far.schema != schema):
            self._add("edge", "vlei.edge_schema", near, edge=name)
            return None
        if far is None:
            self._add("edge", "vlei.edge_missing", near, edge=name, missing=said)
            return None
        if far.fault is None and far.issuee != near.issuer:
            self._add("edge", "vlei.edge_i2i", near, edge=name)
        elif far.fault is None:
            self._add("edge", "vlei.edge_ok", near, edge=name)
        return far

    def _compare(self, near: Credential, far: Credential) -> None:
        """What must be the same on both sides of an edge."""
        if far.fault:
            return
        if near.lei and far.kind is not Kind.QVI and near.lei != far.lei:
            self._add("lei", "vlei.lei_mismatch", near)
        if far.kind in _AUTHORISATIONS:
            different = [name for name in _REPEATED if near.attributes.get(name) != far.attributes.get(name)]
            if far.attributes["AID"] != near.issuee:
                different.append("AID")
            if different:
                self._add("authorisation", "vlei.auth_mismatch", near, members=" ".join(different))
            else:
                self._add("authorisation", "vlei.auth_ok", near)

    def _root(self, qvi: Credential) -> None:
        """The QVI credential comes from whom the pins say; the QVI's identifier is delegated by that one."""
        pins, histories = self._ground.pins, self._ground.histories
        issuer = histories.get(qvi.issuer)
        delegator = issuer.state.delegator if issuer else None
        if pins.geda and qvi.issuer != pins.geda:
            self._add("root", "vlei.root", qvi)
        elif not pins.root or (not pins.geda and qvi.issuer == pins.root) or delegator == pins.root:
            self._add("root", "vlei.root_ok", qvi)
        elif issuer is None:
            self._add("root", "kel.missing", qvi, aid=qvi.issuer)
        else:
            self._add("root", "vlei.root_delegator" if pins.geda else "vlei.root", qvi)
        held = histories.get(qvi.issuee)
        if held is None:
            self._add("delegation", "kel.missing", qvi, aid=qvi.issuee)
        elif held.state.delegator != qvi.issuer:
            self._add("delegation", "vlei.qvi_not_delegated", qvi)
        else:
            self._add("delegation", "vlei.qvi_delegated", qvi)

    def _other_qvi(self, leaf: Credential, issuer: str) -> list[ChainLink]:
        """The credential that makes another issuer a QVI: a legal entity may have changed its QVI since."""
        held = [
            each
            for each in self._ground.credentials.values()
            if each.kind is Kind.QVI and each.issuee == issuer and not each.fault
        ]
        # Who was a QVI, ceased to be and is one again has two.
        other = next((each for each in held if self._stands(each)), held[0] if held else None)
        link = self._link(other) if other else None
        if other is None or link is None:
            self._add("edge", "vlei.issuer_not_qvi", leaf)
            return []
        self._root(other)
        return [link]

    def _stands(self, credential: Credential) -> bool:
        """Whether a credential is issued and not revoked at the time of judging."""
        history = self._ground.histories.get(credential.issuer)
        try:
            if history is None:
                return False
            status = self._ground.registries.status(credential.said, credential.registry, credential.issuer, history)
        except Refused:
            return False
        return not status.revoked or (status.revoked_at is not None and status.revoked_at > self._ground.at + GRACE)

    def _add(self, code: str, reason: str, credential: Credential, **facts: str) -> None:
        kind = credential.kind
        self._findings.add(code, reason, kind.value if kind else "", said=credential.said, **facts)

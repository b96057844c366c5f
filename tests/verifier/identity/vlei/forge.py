"""A small writer of KERI v1 events, registries and credentials, for tests: it writes what keripy would, and what it never would.

Everything is derived from names, so the same world has the same bytes. `World` is the whole ecosystem: root, External (GEDA),
QVI, legal entity, a person, and the credentials between them. Nothing of the code under test is used here; keripy checks this
writer (`test_keripy.py`).
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HOSPITAL = "984500HKTESTHOSP0164"
QVI_LEI = "506700GE1G29325QX363"
ISSUED = "2026-03-01T09:00:00.000000+00:00"
REVOKED = "2026-06-01T09:00:00.000000+00:00"
SCHEMAS = {
    "QVI": "EBfdlu8R27Fbx-ehrqwImnK-8Cm79sqbAQ4MmvEAYqao",
    "LE": "ENPXp1vQzRF6JwIuS-mp2U8Uf1MoADoP_GqQ62VsDZWY",
    "ECR-AUTH": "EH6ekLjSr8V32WyFbGe1zXjTzFs9PkTYmupJ9H65O14g",
    "OOR-AUTH": "EKA57bKBKxr_kN7iN5i7lMUxpMG-s19dRcmov1iDxz-E",
    "ECR": "EEy9PkikFcANV1l7EHukCeXqrzT1hNZjGlUk7wuMO5jw",
    "OOR": "EBNaNu-M9P5cgrnfl2Fvymy4E_jvxxyjb70PRtiANlJy",
    "iXBRL": "EMhvwOlyEJ9kN4PrwCpr9Jsv7TxPhiYveZ0oP3lJzdEi",
    "DID-BINDING": "EAXhtUGgegZYOQSgnKgVc4nUiDympXWyQ-Zs5o8s_Kb4",
}
BINDING_USAGE = (
    "The issuer names these DIDs and verification keys as its own for as long as this credential is not revoked;"
    " it says nothing about what they sign."
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# GLEIF's legal sentences are not in this repository: without them a credential carries the digest of them all.
SENTENCES = {
    "QVI": "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ",
    "LE": "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ",
    "OOR-AUTH": "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ",
    "OOR": "EGZ97EjPSINR-O-KHDN_uw4fdrTxeuRXrqT5ZHHQJujQ",
    "ECR-AUTH": "EKHMDCNFlMBaMdDOq5Pf_vGMxkTqrDMrTx_28cZZJCcW",
    "ECR": "EIfq_m1DI2IQ1MgHhUl9sq3IQ_PJP9WQ1LhbMscngDCB",
}


def dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def text(code: str, data: bytes) -> str:
    """CESR text of some bytes."""
    lead = len(code) % 4
    return code + urlsafe_b64encode(bytes(lead) + data).decode()[lead:]


def digest(data: bytes, code: str = "E") -> str:
    functions = {"E": lambda: blake3(data).digest(), "H": lambda: hashlib.sha3_256(data).digest()}
    return text(code, functions.get(code, lambda: hashlib.sha256(data).digest())())


def counted(code: str, items: Sequence[str]) -> str:
    """A counted group; nothing for none."""
    return f"-{code}{b64(len(items), 2)}{''.join(items)}" if items else ""


def group(inner: str) -> str:
    """The whole of the attachments of a message."""
    return f"-V{b64(len(inner) // 4, 2)}{inner}" if inner else ""


def b64(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        digits = ALPHABET[number % 64] + digits
        number //= 64
    return digits


def number(sn: int) -> str:
    return text("0A", sn.to_bytes(16))


def saidified(block: Mapping[str, Any], code: str = "E") -> dict[str, Any]:
    """A block with its SAID in `d`, which is put first where it is not there yet."""
    blank = {"d": "#" * 44, **{name: value for name, value in block.items() if name != "d"}}
    return blank | {"d": digest(dump(blank), code)}


def written(fields: Mapping[str, Any], *, prefix: bool = False, protocol: str = "KERI", code: str = "E") -> dict[str, Any]:
    """A message with its version string and SAID."""
    blank = {"v": f"{protocol}10JSON000000_", **{name: value for name, value in fields.items() if name != "v"}}
    blank["d"] = "#" * 44
    if prefix:
        blank["i"] = "#" * 44
    blank["v"] = f"{protocol}10JSON{len(dump(blank)):06x}_"
    said = digest(dump(blank), code)
    return blank | {"d": said} | ({"i": said} if prefix else {})


@dataclass(frozen=True)
class Key:
    """A key pair derived from a name."""

    name: str
    scheme: str = "ed25519"
    transferable: bool = True

    @property
    def _private(self) -> Any:
        seed = hashlib.sha256(self.name.encode()).digest()
        if self.scheme == "ed25519":
            return Ed25519PrivateKey.from_private_bytes(seed)
        curve = ec.SECP256R1() if self.scheme == "p256" else ec.SECP256K1()
        return ec.derive_private_key(int.from_bytes(seed[:31]) + 1, curve)

    @property
    def text(self) -> str:
        public = self._private.public_key()
        if self.scheme == "ed25519":
            return text("D" if self.transferable else "B", public.public_bytes_raw())
        point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        codes = {("p256", True): "1AAJ", ("p256", False): "1AAI", ("k256", True): "1AAB", ("k256", False): "1AAA"}
        return text(codes[self.scheme, self.transferable], point)

    def raw_signature(self, data: bytes) -> bytes:
        if self.scheme == "ed25519":
            return self._private.sign(data)
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def sign(self, data: bytes, index: int, other: int | str | None = "same") -> str:
        """An indexed signature; `other` is the place among the promised keys, None for none."""
        small = {"ed25519": "AB", "k256": "CD", "p256": "EF"}[self.scheme]
        body = text("AA", self.raw_signature(data))[2:]
        if other == "same":
            return f"{small[0]}{b64(index, 1)}{body}"
        if other is None:
            return f"{small[1]}{b64(index, 1)}{body}"
        return f"2{small[0]}{b64(index, 2)}{b64(other, 2)}{body}"  # type: ignore[arg-type]

    def couple(self, data: bytes) -> str:
        """A receipt with the key beside it."""
        code = {"ed25519": "0B", "p256": "0I", "k256": "0C"}[self.scheme]
        return self.text + text(code, self.raw_signature(data))


@dataclass
class Part:
    """A message of a stream and its attachments."""

    fields: dict[str, Any]
    attachments: str = ""
    said_code: str = "E"

    @property
    def raw(self) -> bytes:
        return dump(self.fields)

    @property
    def said(self) -> str:
        return str(self.fields["d"])

    def __bytes__(self) -> bytes:
        return self.raw + self.attachments.encode()


def seal(part: Part) -> dict[str, str]:
    """How a log anchors an event."""
    return {"i": part.fields["i"], "s": part.fields["s"], "d": part.said}


class Controller:
    """An identifier and its log.

    Each method takes `changes`, members put in before the SAID is made; `signers`, the places of the keys that sign; and
    `receipts`, the places of the witnesses that give a receipt.
    """

    def __init__(
        self,
        name: str,
        *,
        keys: int = 1,
        threshold: Any = None,
        witnesses: Sequence[Key] = (),
        toad: int | None = None,
        delegator: "Controller | None" = None,
        traits: Sequence[str] = (),
        scheme: str = "ed25519",
        approve: bool = True,
        signers: Iterable[int] | None = None,
        receipts: Iterable[int] | None = None,
        code: str = "E",
        **changes: Any,
    ) -> None:
        self.name, self.scheme, self.count, self.code = name, scheme, keys, code
        self.generation = 0
        self.threshold = threshold or ("1" if keys == 1 else ["1/2"] * keys)
        self.witnesses = list(witnesses)
        self.delegator = delegator
        self.log: list[Part] = []
        self.keys = self.keys_of(0)
        toad = toad if toad is not None else max(len(self.witnesses) - 1, 1 if self.witnesses else 0)
        fields = {
            "t": "dip" if delegator else "icp",
            "d": "",
            "i": "",
            "s": "0",
            "kt": self.threshold,
            "k": [key.text for key in self.keys],
            "nt": self.threshold,
            "n": [digest(key.text.encode()) for key in self.keys_of(1)],
            "bt": f"{toad:x}",
            "b": [witness.text for witness in self.witnesses],
            "c": list(traits),
            "a": [],
        } | ({"di": delegator.aid} if delegator else {})
        part = self._part(fields | changes, prefix="i" not in changes)
        self.aid = str(part.fields["i"])
        self._append(part, signers, receipts)
        if delegator and approve:
            self._approve(part, delegator)

    def keys_of(self, generation: int) -> list[Key]:
        return [Key(f"{self.name}/{generation}/{place}", self.scheme) for place in range(self.count)]

    def interact(self, *seals: dict[str, str], **options: Any) -> Part:
        """Anchor something."""
        signers, receipts = options.pop("signers", None), options.pop("receipts", None)
        last = self.log[-1].fields
        fields = {
            "t": "ixn",
            "d": "",
            "i": self.aid,
            "s": f"{int(last['s'], 16) + 1:x}",
            "p": last["d"],
            "a": list(seals),
        }
        return self._append(self._part(fields | options), signers, receipts)

    def rotate(self, *seals: dict[str, str], approve: bool = True, **options: Any) -> Part:
        """Change the keys to those promised."""
        signers, receipts = options.pop("signers", None), options.pop("receipts", None)
        keys = options.pop("keys", None)
        cuts, adds = options.pop("cuts", []), options.pop("adds", [])
        last = self.log[-1].fields
        self.generation += 1
        self.keys = keys or self.keys_of(self.generation)
        self.witnesses = [witness for witness in self.witnesses if witness not in cuts] + list(adds)
        fields = {
            "t": "drt" if self.delegator else "rot",
            "d": "",
            "i": self.aid,
            "s": f"{int(last['s'], 16) + 1:x}",
            "p": last["d"],
            "kt": self.threshold,
            "k": [key.text for key in self.keys],
            "nt": self.threshold,
            "n": [digest(key.text.encode()) for key in self.keys_of(self.generation + 1)],
            "bt": f"{max(len(self.witnesses) - 1, 1 if self.witnesses else 0):x}",
            "br": [witness.text for witness in cuts],
            "ba": [witness.text for witness in adds],
            "a": list(seals),
        }
        part = self._append(self._part(fields | options), signers, receipts)
        if self.delegator and approve:
            self._approve(part, self.delegator)
        return part

    def _part(self, fields: dict[str, Any], *, prefix: bool = False) -> Part:
        return Part(written(fields, prefix=prefix, code=self.code))

    def _append(self, part: Part, signers: Iterable[int] | None, receipts: Iterable[int] | None) -> Part:
        places = range(len(self.keys)) if signers is None else signers
        given = range(len(self.witnesses)) if receipts is None else receipts
        signatures = [self.keys[place].sign(part.raw, place) for place in places]
        receipted = [self.witnesses[place].sign(part.raw, place) for place in given]
        part.attachments = group(counted("A", signatures) + counted("B", receipted))
        self.log.append(part)
        return part

    def _approve(self, part: Part, delegator: "Controller") -> None:
        anchor = delegator.interact(seal(part))
        source = counted("G", [number(int(anchor.fields["s"], 16)) + anchor.said])
        part.attachments = group(part.attachments[4:] + source)


@dataclass
class Registry:
    """A registry of somebody, and what was issued in it."""

    owner: Controller
    opened: Part

    @property
    def aid(self) -> str:
        return str(self.opened.fields["i"])


@dataclass
class Issued:
    """A credential with the events of its registry."""

    credential: Part
    registry: Registry
    events: list[Part] = field(default_factory=list)

    @property
    def said(self) -> str:
        return self.credential.said


def anchored(owner: Controller, event: Part) -> Part:
    """An event of a registry, sealed in a log."""
    anchor = owner.interact(seal(event))
    event.attachments = group(counted("G", [number(int(anchor.fields["s"], 16)) + anchor.said]))
    return event


def open_registry(owner: Controller, **changes: Any) -> Registry:
    fields = {"t": "vcp", "d": "", "i": "", "ii": owner.aid, "s": "0", "c": ["NB"], "bt": "0", "b": []}
    nonce = text("0A", hashlib.sha256(f"nonce of {owner.name}".encode()).digest()[:16])
    part = Part(written(fields | {"n": nonce} | changes, prefix=True))
    return Registry(owner, anchored(owner, part))


class World:
    """Everybody, with the honest credentials issued. `parties` may be changed before `issue_all`."""

    def __init__(
        self,
        name: str = "w",
        *,
        keys: int = 1,
        witnesses: int = 0,
        sentences: Mapping[tuple[str, str], str] | None = None,
        qvi_delegated: bool = True,
        lei: str = HOSPITAL,
    ) -> None:
        self.sentences = sentences
        self.lei = lei
        self.witnesses = [Key(f"{name}/witness/{place}", transferable=False) for place in range(witnesses)]
        options: dict[str, Any] = {"keys": keys, "witnesses": self.witnesses}
        self.root = Controller(f"{name}/root", **options)
        self.geda = Controller(f"{name}/geda", delegator=self.root, **options)
        self.qvi = Controller(f"{name}/qvi", delegator=self.geda if qvi_delegated else None, **options)
        self.le = Controller(f"{name}/le", **options)
        self.person = Controller(f"{name}/person")
        self.parties = [self.root, self.geda, self.qvi, self.le, self.person]
        self.registries = {party.name: open_registry(party) for party in (self.geda, self.qvi, self.le)}
        self.issued: dict[str, Issued] = {}

    def issue_all(self) -> "World":
        """The honest credentials of every kind; `ECR-LE` is the role issued by the legal entity itself."""
        self.issue("QVI", self.geda, self.qvi, {"LEI": QVI_LEI})
        self.issue("LE", self.qvi, self.le, {"LEI": self.lei}, {"qvi": "QVI"})
        role = {"LEI": self.lei, "personLegalName": "CANARY-NAME-7Q4X"}
        doctor = {"engagementContextRole": "Medical Records Issuing Officer"}
        chief = {"officialRole": "Chief Executive"}
        aid = {"AID": self.person.aid}
        self.issue("ECR-AUTH", self.le, self.qvi, aid | role | doctor, {"le": "LE"})
        self.issue("OOR-AUTH", self.le, self.qvi, aid | role | chief, {"le": "LE"})
        self.issue("ECR", self.qvi, self.person, role | doctor, {"auth": "ECR-AUTH"})
        self.issue("OOR", self.qvi, self.person, role | chief, {"auth": "OOR-AUTH"})
        self.issue("ECR", self.le, self.person, role | doctor, {"le": "LE"}, name="ECR-LE")
        return self

    def rules(self, kind: str) -> dict[str, Any] | str:
        if kind == "DID-BINDING":
            return saidified({"usage": {"l": BINDING_USAGE}})
        if self.sentences is None:
            return SENTENCES[kind]
        return saidified({name: {"l": sentence} for (of, name), sentence in self.sentences.items() if of == kind})

    def issue(
        self,
        kind: str,
        issuer: Controller,
        issuee: Controller | None,
        attributes: Mapping[str, Any],
        edges: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        registry: Registry | None = None,
        at: str = ISSUED,
        anchor: Controller | None = None,
        **changes: Any,
    ) -> Issued:
        """Issue a credential. `edges` map a name to the name of what was issued, or to a whole node; `changes` are members put in
        before the SAID is made (None leaves one out)."""
        registry = registry or self.registries[issuer.name]
        block = saidified({**({"i": issuee.aid} if issuee else {}), "dt": at, **attributes})
        fields: dict[str, Any] = {"d": ""}
        if kind == "ECR":
            fields["u"] = text("0A", hashlib.sha256(dump(block)).digest()[:16])
        fields |= {"i": issuer.aid, "ri": registry.aid, "s": SCHEMAS[kind], "a": block}
        if edges:
            fields["e"] = saidified({edge: self.node(kind, edge, far) for edge, far in edges.items()})
        if kind != "iXBRL":
            fields["r"] = self.rules(kind)
        whole = {member: value for member, value in (fields | changes).items() if value is not None}
        credential = Part(written(whole, protocol="ACDC"))
        event = Part(written({"t": "iss", "d": "", "i": credential.said, "s": "0", "ri": registry.aid, "dt": at}))
        anchored(anchor or registry.owner, event)
        credential.attachments = counted("I", [credential.said + number(0) + event.said])
        issued = Issued(credential, registry, [event])
        self.issued[name or kind] = issued
        return issued

    def node(self, kind: str, edge: str, far: Any) -> dict[str, Any]:
        if not isinstance(far, str):
            return dict(far)
        node = {"n": self.issued[far].said, "s": self.issued[far].credential.fields["s"]}
        return node | ({"o": "I2I"} if edge == "auth" else {})

    def revoke(self, name: str, at: str = REVOKED, **changes: Any) -> Part:
        issued = self.issued[name]
        fields = {
            "t": "rev",
            "d": "",
            "i": issued.said,
            "s": "1",
            "ri": issued.registry.aid,
            "p": issued.events[0].said,
            "dt": at,
        }
        event = anchored(issued.registry.owner, Part(written(fields | changes)))
        issued.events.append(event)
        return event

    def chain(self, name: str) -> list[str]:
        """The names of what a credential rests on, and its own last."""
        names, by_said = [name], {issued.said: each for each, issued in self.issued.items()}
        while isinstance(edges := self.issued[names[0]].credential.fields.get("e"), dict):
            nodes = [node for edge, node in edges.items() if edge != "d" and isinstance(node, dict)]
            far = by_said.get(nodes[0].get("n", "")) if nodes else None
            if far is None or far in names:
                break
            names.insert(0, far)
        return names

    def parts(self, *names: str) -> list[Part]:
        """A whole export: every log, the registries, the events and the credentials of these chains."""
        wanted = list(dict.fromkeys(each for name in names for each in self.chain(name)))
        registries = {self.issued[name].registry.aid: self.issued[name].registry for name in wanted}
        parts = [part for party in self.parties for part in party.log]
        parts += [registry.opened for registry in registries.values()]
        for name in wanted:
            parts += [*self.issued[name].events, self.issued[name].credential]
        return parts

    def stream(self, *names: str) -> bytes:
        return b"".join(bytes(part) for part in self.parts(*names))

"""The shape of key events (KERI v1): `icp` and `dip` begin an identifier, `rot` and `drt` change its keys, `ixn` anchors.

Every member is there, in its order, and of its type; keys and digests are primitives of their kind. Whether the event follows
from the ones before is for `verifier.identity.vlei.kel`. A seal counts only as exactly `{"i", "s", "d"}` in that order; other
entries of `a` anchor nothing here.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from verifier.identity.vlei.attachments import Attachments
from verifier.identity.vlei.codes import CODES, Role, code_at, is_primitive
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import require_message_said
from verifier.identity.vlei.stream import Message
from verifier.identity.vlei.thresholds import NEVER, Threshold, read_threshold

MAX_KEYS = 128
MAX_WITNESSES = 64
_HEX = re.compile(r"(?:0|[1-9a-f][0-9a-f]{0,11})\Z")
_INCEPTION = "v t d i s kt k nt n bt b c a"
_ROTATION = "v t d i s p kt k nt n bt br ba a"
_ORDERS = {
    kind: tuple(order.split())
    for kind, order in {
        "icp": _INCEPTION,
        "dip": f"{_INCEPTION} di",
        "rot": _ROTATION,
        "drt": _ROTATION,
        "ixn": "v t d i s p a",
    }.items()
}
KEY_EVENTS = frozenset(_ORDERS)


class Seal(NamedTuple):
    """What an event anchors: event `said`, number `sn` (as written) of the log of `about`."""

    about: str
    sn: str
    said: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What an establishment event sets: the keys, those promised next, the witnesses, and how many of each are enough."""

    keys: tuple[str, ...]
    threshold: Threshold
    next_digests: tuple[str, ...]
    next_threshold: Threshold
    witnesses: tuple[str, ...]
    cuts: tuple[str, ...]
    receipts_needed: int


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key event whose shape and SAID hold. `witnesses` of its keys are those it adds."""

    kind: str
    aid: str
    sn: int
    sn_text: str
    said: str
    prior: str
    keys: Keys | None
    traits: tuple[str, ...]
    delegator: str
    seals: tuple[Seal, ...]
    raw: bytes
    attachments: Attachments

    @property
    def inception(self) -> bool:
        return self.kind in ("icp", "dip")


def is_aid(value: object) -> bool:
    """Whether a JSON value has the form of an identifier: a key or a digest."""
    return is_primitive(value, Role.DIGEST) or is_primitive(value, Role.KEY)


def is_sequence_number(value: object) -> bool:
    """Whether a JSON value is a number as KERI writes it: hexadecimal, lower case, no leading zero."""
    return isinstance(value, str) and _HEX.match(value) is not None


def non_transferable(aid: str) -> bool:
    """Whether an identifier is a key that can never change."""
    return not CODES[code_at(aid)].transferable


def read_key_event(message: Message) -> KeyEvent:
    """The key event that a message is.

    Raises:
        Refused: `kel.malformed`, `kel.prefix`, `kel.threshold`, `said.mismatch`.
    """
    fields = message.fields
    kind: str = fields["t"]
    aid: Any = fields.get("i")
    if tuple(fields) != _ORDERS[kind] or not is_aid(aid) or not is_sequence_number(fields["s"]):
        raise Refused("kel.malformed")
    inception = kind in ("icp", "dip")
    derived = inception and aid == fields["d"]
    said = require_message_said(message.raw, fields, prefix=derived)
    keys = None if kind == "ixn" else _keys(fields, inception, aid)
    if inception and not derived and not (kind == "icp" and keys and keys.keys == (aid,)):
        raise Refused("kel.prefix", aid)
    if not inception and not is_primitive(fields["p"], Role.DIGEST):
        raise Refused("kel.malformed", aid)
    return KeyEvent(
        kind=kind,
        aid=aid,
        sn=int(fields["s"], 16),
        sn_text=fields["s"],
        said=said,
        prior="" if inception else fields["p"],
        keys=keys,
        traits=_traits(fields, aid) if inception else (),
        delegator=_delegator(fields, aid) if kind == "dip" else "",
        seals=_seals(fields["a"], aid),
        raw=message.raw,
        attachments=message.attachments,
    )


def _keys(fields: dict[str, Any], inception: bool, aid: str) -> Keys:
    keys = _list(fields["k"], Role.KEY, MAX_KEYS, aid)
    digests = _list(fields["n"], Role.DIGEST, MAX_KEYS, aid)
    witnesses = _list(fields["b" if inception else "ba"], Role.KEY, MAX_WITNESSES, aid)
    cuts = () if inception else _list(fields["br"], Role.KEY, MAX_WITNESSES, aid)
    if not keys or not is_sequence_number(fields["bt"]):
        raise Refused("kel.malformed", aid)
    if not all(non_transferable(witness) for witness in witnesses):
        raise Refused("kel.witnesses", aid)
    try:
        threshold = read_threshold(fields["kt"], len(keys))
        next_threshold = NEVER
        if digests:
            next_threshold = read_threshold(fields["nt"], len(digests))
        elif fields["nt"] not in ("0", []):
            raise Refused("kel.threshold")
    except Refused as refused:
        raise Refused(refused.reason, aid) from refused
    return Keys(keys, threshold, digests, next_threshold, witnesses, cuts, int(fields["bt"], 16))


def _list(value: Any, role: Role, most: int, aid: str) -> tuple[str, ...]:
    """Primitives of one role, none of them twice: a key listed twice would sign twice."""
    if not isinstance(value, list) or len(value) > most or not all(is_primitive(each, role) for each in value):
        raise Refused("kel.malformed", aid)
    if len(set(value)) != len(value):
        raise Refused("kel.malformed", aid)
    return tuple(value)


def _traits(fields: dict[str, Any], aid: str) -> tuple[str, ...]:
    traits = fields["c"]
    if not isinstance(traits, list) or not all(isinstance(trait, str) for trait in traits):
        raise Refused("kel.malformed", aid)
    # A trait changes the rules of a log; by rules that are not known nothing can be judged.
    if not set(traits) <= {"EO", "DND"}:
        raise Refused("kel.traits", aid)
    return tuple(traits)


def _delegator(fields: dict[str, Any], aid: str) -> str:
    if not is_aid(fields["di"]):
        raise Refused("kel.malformed", aid)
    return str(fields["di"])


def _seals(value: Any, aid: str) -> tuple[Seal, ...]:
    if not isinstance(value, list):
        raise Refused("kel.malformed", aid)
    return tuple(
        Seal(entry["i"], entry["s"], entry["d"])
        for entry in value
        if isinstance(entry, dict) and tuple(entry) == ("i", "s", "d") and all(isinstance(part, str) for part in entry.values())
    )

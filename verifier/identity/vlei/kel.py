"""A key event log: what one identifier has said, from its inception on, every event verified.

For each event in order: it is the only one at its number and follows from the one before (`p`); the identifier may still speak
(not abandoned, not establishment-only); witnesses change by the rules; the current keys signed it to their threshold; a
rotation also meets the threshold of the keys promised before (pre-rotation, also with reserve keys); enough witnesses
gave receipts. Two events at one number are refused, not resolved, recovery included: which of them stands cannot be seen here.

Delegation is looked at apart (`require_delegations`), because it concerns two logs: each establishment event of a delegated
identifier is sealed in the delegator's log, and the delegator allows delegation.

Signatures are checked until they are enough. One that does not hold counts for nothing; an index beyond the keys refuses the
event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verifier.identity.vlei.codes import IndexedSignature
from verifier.identity.vlei.events import KeyEvent, Seal, non_transferable
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import digest
from verifier.identity.vlei.signing import signed_by
from verifier.identity.vlei.thresholds import Threshold

# A repeated event may bring another, better signature of the same key; this many are tried for one key.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class KeyState:
    """The keys of an identifier after its last known event."""

    aid: str
    sn: int
    said: str
    keys: tuple[str, ...]
    threshold: Threshold
    next_digests: tuple[str, ...]
    next_threshold: Threshold
    witnesses: tuple[str, ...]
    receipts_needed: int
    traits: tuple[str, ...]
    delegator: str

    def as_dict(self) -> dict[str, object]:
        """The key state as JSON, by numbers; keys stay out."""
        return {
            "aid": self.aid,
            "sn": self.sn,
            "said": self.said,
            "keys": len(self.keys),
            "witnesses": len(self.witnesses),
            "toad": self.receipts_needed,
            "delegator": self.delegator or None,
        }


@dataclass(frozen=True, slots=True)
class History:
    """A verified log: the SAID of each event by number, all it anchored, and which of its events a delegator must have sealed."""

    state: KeyState
    saids: tuple[str, ...]
    seals: Mapping[str, frozenset[Seal]]
    delegated: tuple[Seal, ...]

    def anchors(self, seal: Seal) -> bool:
        """Whether this log holds that seal."""
        return seal in self.seals.get(seal.about, ())


def verify_log(events: Sequence[KeyEvent], known: History | None = None) -> History:
    """The history that the events of one identifier are.

    Args:
        events: one for each number, from 0 on without a gap.
        known: the verified history of the first of them, if some were verified before.

    Raises:
        Refused: `kel.sequence`, `kel.signatures`, `kel.prerotation`, `kel.witnesses`, `kel.traits`, `kel.abandoned`,
            `kel.delegation`; about the AID.
    """
    log = _Log(known)
    for event in events[len(known.saids) if known else 0 :]:
        try:
            log.append(event)
        except Refused as refused:
            raise Refused(refused.reason, event.aid, sn=str(event.sn)) from refused
    return log.history()


def require_delegations(history: History, delegator: History) -> None:
    """Every establishment event of a delegated identifier is sealed in the log of its delegator, who allows delegating.

    Raises:
        Refused: `kel.delegation`, `kel.traits`.
    """
    aid = history.state.aid
    if "DND" in delegator.state.traits:
        raise Refused("kel.traits", aid)
    for seal in history.delegated:
        if not delegator.anchors(seal):
            raise Refused("kel.delegation", aid, sn=str(int(seal.sn, 16)))


@dataclass(slots=True)
class _Log:
    known: History | None
    state: KeyState | None = field(init=False)
    saids: list[str] = field(init=False)
    seals: dict[str, set[Seal]] = field(init=False)
    delegated: list[Seal] = field(init=False)

    def __post_init__(self) -> None:
        known = self.known
        self.state = known.state if known else None
        self.saids = list(known.saids) if known else []
        self.seals = {about: set(seals) for about, seals in known.seals.items()} if known else {}
        self.delegated = list(known.delegated) if known else []

    def history(self) -> History:
        assert self.state
        seals = {about: frozenset(seals) for about, seals in self.seals.items()}
        return History(self.state, tuple(self.saids), seals, tuple(self.delegated))

    def append(self, event: KeyEvent) -> None:
        before = self.state
        state = _begun(event) if before is None else _continued(before, event)
        _require_signatures(event, before, state)
        _require_receipts(event, state)
        self.state = state
        self.saids.append(event.said)
        for seal in event.seals:
            self.seals.setdefault(seal.about, set()).add(seal)
        if event.kind in ("dip", "drt"):
            self.delegated.append(Seal(event.aid, event.sn_text, event.said))


def _begun(event: KeyEvent) -> KeyState:
    """The state an inception makes."""
    if not event.inception or event.sn:
        raise Refused("kel.sequence")
    keys = event.keys
    assert keys
    # A key that is its own identifier and can never change promises no next one.
    if keys.next_digests and event.aid == keys.keys[0] and non_transferable(event.aid):
        raise Refused("kel.prefix")
    return KeyState(
        aid=event.aid,
        sn=0,
        said=event.said,
        keys=keys.keys,
        threshold=keys.threshold,
        next_digests=keys.next_digests,
        next_threshold=keys.next_threshold,
        witnesses=keys.witnesses,
        receipts_needed=_needed(keys.receipts_needed, keys.witnesses),
        traits=event.traits,
        delegator=event.delegator,
    )


def _continued(before: KeyState, event: KeyEvent) -> KeyState:
    """The state after a further event."""
    if event.inception or event.aid != before.aid or event.sn != before.sn + 1 or event.prior != before.said:
        raise Refused("kel.sequence")
    if not before.next_digests:
        raise Refused("kel.abandoned")
    keys = event.keys
    if keys is None:
        if "EO" in before.traits:
            raise Refused("kel.traits")
        return _replace(before, event)
    if (event.kind == "drt") != bool(before.delegator):
        raise Refused("kel.delegation")
    old, cuts, added = set(before.witnesses), set(keys.cuts), set(keys.witnesses)
    if not cuts <= old or added & old or added & cuts:
        raise Refused("kel.witnesses")
    witnesses = (*(witness for witness in before.witnesses if witness not in cuts), *keys.witnesses)
    return KeyState(
        aid=before.aid,
        sn=event.sn,
        said=event.said,
        keys=keys.keys,
        threshold=keys.threshold,
        next_digests=keys.next_digests,
        next_threshold=keys.next_threshold,
        witnesses=witnesses,
        receipts_needed=_needed(keys.receipts_needed, witnesses),
        traits=before.traits,
        delegator=before.delegator,
    )


def _replace(before: KeyState, event: KeyEvent) -> KeyState:
    return KeyState(
        before.aid,
        event.sn,
        event.said,
        before.keys,
        before.threshold,
        before.next_digests,
        before.next_threshold,
        before.witnesses,
        before.receipts_needed,
        before.traits,
        before.delegator,
    )


def _needed(receipts: int, witnesses: Sequence[str]) -> int:
    """The number of receipts, which is at least one where there are witnesses and never more than these."""
    if receipts > len(witnesses) or (witnesses and not receipts):
        raise Refused("kel.witnesses")
    return receipts


def _require_signatures(event: KeyEvent, before: KeyState | None, state: KeyState) -> None:
    rotated = before if before is not None and event.keys is not None else None
    signers: set[int] = set()
    promised: set[int] = set()
    tried: dict[int, int] = {}
    signatures = event.attachments.signatures
    if any(each.index >= len(state.keys) for each in signatures):
        raise Refused("kel.signatures")
    for each in signatures:
        if each.index in signers and not _promised(each, state, rotated) - promised:
            continue
        if tried.get(each.index, 0) >= _TRIES:
            continue
        tried[each.index] = tried.get(each.index, 0) + 1
        if not signed_by(state.keys[each.index], each.scheme, each.signature, event.raw):
            continue
        signers.add(each.index)
        promised |= _promised(each, state, rotated)
        if state.threshold.met_by(signers) and (rotated is None or rotated.next_threshold.met_by(promised)):
            return
    raise Refused("kel.signatures" if not state.threshold.met_by(signers) else "kel.prerotation")


def _promised(signature: IndexedSignature, state: KeyState, rotated: KeyState | None) -> set[int]:
    """Which of the promised keys the key of this signature is; empty when of none."""
    place = signature.next_index
    if rotated is None or place is None or place >= len(rotated.next_digests):
        return set()
    promise = rotated.next_digests[place]
    return {place} if digest(promise[0], state.keys[signature.index].encode()) == promise else set()


def _require_receipts(event: KeyEvent, state: KeyState) -> None:
    if not state.receipts_needed:
        return
    places = {witness: place for place, witness in enumerate(state.witnesses)}
    attached = event.attachments
    if any(each.index >= len(places) for each in attached.witness_signatures):
        raise Refused("kel.witnesses")
    offered = [(each.index, each.scheme, each.signature) for each in attached.witness_signatures]
    offered += [(places[each.key], each.scheme, each.signature) for each in attached.receipts if each.key in places]
    receipted: set[int] = set()
    tried: dict[int, int] = {}
    for place, scheme, signature in offered:
        if place in receipted or tried.get(place, 0) >= _TRIES:
            continue
        tried[place] = tried.get(place, 0) + 1
        if signed_by(state.witnesses[place], scheme, signature, event.raw):
            receipted.add(place)
            if len(receipted) >= state.receipts_needed:
                return
    raise Refused("kel.witnesses")

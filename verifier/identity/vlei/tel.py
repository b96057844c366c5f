"""Registries and the state of credentials (TEL): `vcp` opens a registry, `iss` issues a credential in it, `rev` revokes it.

Order for one credential: its registry is there and of the known kind (no backers); **the registry belongs to the credential's
issuer**; registry, issue and revocation are each sealed in that issuer's own key event log; there is one event at each number;
and the log is searched for a revocation that it seals but the stream leaves out: that credential is revoked, at a time nobody
says.

Times (`dt`) are the issuer's word. They are compared with the time of judging with five minutes' grace for clocks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from verifier.identity.vlei.codes import Role, is_primitive
from verifier.identity.vlei.events import Seal, is_aid
from verifier.identity.vlei.kel import History
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import require_message_said
from verifier.identity.vlei.stream import Message

GRACE = timedelta(minutes=5)
_ORDERS = {
    "vcp": ("v", "t", "d", "i", "ii", "s", "c", "bt", "b", "n"),
    "iss": ("v", "t", "d", "i", "s", "ri", "dt"),
    "rev": ("v", "t", "d", "i", "s", "ri", "p", "dt"),
}
# Registries with backers: known to exist, not judged here.
WITH_BACKERS = frozenset({"vrt", "bis", "brv"})
REGISTRY_EVENTS = frozenset(_ORDERS) | WITH_BACKERS


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """An event of a registry or of a credential in one, its shape and SAID checked (of one with backers only its SAID)."""

    kind: str
    about: str
    sn: str
    said: str
    registry: str
    owner: str
    prior: str
    at: datetime | None
    plain: bool

    @property
    def seal(self) -> Seal:
        """How a key event log anchors this event."""
        return Seal(self.about, self.sn, self.said)


@dataclass(frozen=True, slots=True)
class Status:
    """When a credential was issued, and when it was revoked; `revoked` without a time is a revocation the stream left out."""

    issued_at: datetime
    revoked: bool
    revoked_at: datetime | None


def read_registry_event(message: Message) -> RegistryEvent:
    """The registry event that a message is.

    Raises:
        Refused: `tel.malformed`, `said.mismatch`.
    """
    fields, kind = message.fields, message.fields["t"]
    about, sn = fields.get("i"), fields.get("s")
    if not is_primitive(about, Role.DIGEST) or not isinstance(sn, str):
        raise Refused("tel.malformed")
    assert isinstance(about, str)
    if kind in WITH_BACKERS:
        if tuple(fields)[:4] != ("v", "t", "d", "i"):
            raise Refused("tel.malformed", about)
        said = require_message_said(message.raw, fields)
        return RegistryEvent(kind, about, sn, said, str(fields.get("ri", "")), "", "", None, False)
    if tuple(fields) != _ORDERS[kind] or sn != {"vcp": "0", "iss": "0", "rev": "1"}[kind]:
        raise Refused("tel.malformed", about)
    if kind == "vcp":
        if about != fields["d"] or not is_aid(fields["ii"]):
            raise Refused("tel.malformed", about)
        said = require_message_said(message.raw, fields, prefix=True)
        plain = fields["c"] == ["NB"] and fields["b"] == [] and fields["bt"] == "0"
        return RegistryEvent(kind, about, sn, said, about, fields["ii"], "", None, plain)
    prior = fields.get("p", "")
    if not is_primitive(fields["ri"], Role.DIGEST) or not (kind == "iss" or is_primitive(prior, Role.DIGEST)):
        raise Refused("tel.malformed", about)
    said = require_message_said(message.raw, fields)
    return RegistryEvent(kind, about, sn, said, fields["ri"], "", prior, _time(fields["dt"], about), True)


def _time(value: Any, about: str) -> datetime:
    at = read_time(value)
    if at is None:
        raise Refused("tel.malformed", about)
    return at


def read_time(value: Any) -> datetime | None:
    """A time with its zone, as ISO 8601; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        # Comparing shifts to UTC, which the first and the last day of the calendar do not survive.
        return at if at.tzinfo and 1 < at.year < 9999 else None
    except ValueError:
        return None


class Registries:
    """The registry events of a stream, found by what they are about."""

    def __init__(self, events: Iterable[RegistryEvent]) -> None:
        self._events: dict[str, list[RegistryEvent]] = {}
        for event in dict.fromkeys(events):
            self._events.setdefault(event.about, []).append(event)

    def status(self, said: str, registry: str, issuer: str, history: History) -> Status:
        """The state of a credential.

        Args:
            said: the credential.
            registry: the registry it names.
            issuer: who issued it, as it says.
            history: the verified log of that issuer.

        Raises:
            Refused: `tel.missing`, `tel.unsupported`, `tel.duplicity`, `tel.malformed`, `tel.anchor`,
                `acdc.issuer_not_registry_owner`.
        """
        opened = self._one(registry, "0")
        if opened is None:
            raise Refused("tel.missing", registry)
        if opened.kind != "vcp":
            raise Refused("tel.malformed", registry)
        if opened.owner != issuer:
            raise Refused("acdc.issuer_not_registry_owner", said)
        if not opened.plain or any(event.kind in WITH_BACKERS for about in (registry, said) for event in self._about(about)):
            raise Refused("tel.unsupported", registry)
        self._require_anchor(opened, history)
        issued = self._one(said, "0")
        if issued is None:
            raise Refused("tel.missing", said)
        if issued.kind != "iss" or issued.registry != registry or issued.at is None:
            raise Refused("tel.malformed", said)
        self._require_anchor(issued, history)
        revoked = self._one(said, "1")
        if revoked is None:
            withheld = any(seal.sn != "0" for seal in history.seals.get(said, ()))
            return Status(issued.at, withheld, None)
        if revoked.kind != "rev" or revoked.registry != registry or revoked.prior != issued.said or revoked.at is None:
            raise Refused("tel.malformed", said)
        self._require_anchor(revoked, history)
        return Status(issued.at, True, revoked.at)

    def newest(self, histories: Mapping[str, History]) -> dict[str, datetime]:
        """For each issuer the time of the newest event that its log anchors: a stream is no older than that."""
        owners = {event.about: event.owner for events in self._events.values() for event in events if event.kind == "vcp"}
        newest: dict[str, datetime] = {}
        for events in self._events.values():
            for event in events:
                owner = owners.get(event.registry, "")
                if event.at and owner in histories and histories[owner].anchors(event.seal):
                    newest[owner] = max(newest.get(owner, event.at), event.at)
        return newest

    def _about(self, about: str) -> list[RegistryEvent]:
        return self._events.get(about, [])

    def _one(self, about: str, sn: str) -> RegistryEvent | None:
        found = [event for event in self._about(about) if event.sn == sn and event.kind not in WITH_BACKERS]
        if len(found) > 1:
            raise Refused("tel.duplicity", about)
        return found[0] if found else None

    def _require_anchor(self, event: RegistryEvent, history: History) -> None:
        if not history.anchors(event.seal):
            raise Refused("tel.anchor", event.about)

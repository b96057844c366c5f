"""What is in a stream: key events by identifier, registry events, credentials; each once, its shape and SAID checked.

The same event may come many times: it is read once, and the signatures of all its copies count. Receipts that come as messages of
their own (`rct`) are added to the event they name. Replies, exchanges and queries (`rpy`, `exn`, `qry`) are carried along by real
streams; nothing here rests on them. Any other message refuses the stream.

Registry events and credentials say in their attachments where they are anchored. That is a hint and proves nothing; but where it
is absent the stream was cut off there, and is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from verifier.identity.vlei.acdc import Credential, read_credential
from verifier.identity.vlei.attachments import Attachments
from verifier.identity.vlei.events import KEY_EVENTS, KeyEvent, read_key_event
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.stream import Message
from verifier.identity.vlei.tel import REGISTRY_EVENTS, RegistryEvent, read_registry_event

# A real chain has four credentials.
MAX_CREDENTIALS = 64
_CARRIED_ALONG = frozenset({"rpy", "exn", "qry"})

type Logs = dict[str, dict[int, list[KeyEvent]]]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a stream. `logs` holds the key events of each identifier, by number, with every one found at that number."""

    logs: Logs
    registry_events: tuple[RegistryEvent, ...]
    credentials: dict[str, Credential]


def read_contents(messages: Iterable[Message]) -> Contents:
    """Sort the messages of a stream.

    Raises:
        Refused: `stream.message_type`, `stream.too_many`, `stream.truncated`, `said.mismatch`, `kel.malformed`, `kel.prefix`,
            `kel.threshold`, `kel.traits`, `kel.witnesses`, `tel.malformed`, `acdc.malformed`.
    """
    key_events: dict[bytes, KeyEvent] = {}
    copies: dict[bytes, list[Attachments]] = {}
    receipts: dict[str, list[Attachments]] = {}
    registry_events: dict[bytes, RegistryEvent] = {}
    credentials: dict[str, Credential] = {}
    seen: set[bytes] = set()
    for message in messages:
        kind = message.fields.get("t") if message.protocol == "KERI" else "ACDC"
        if kind == "ACDC":
            _require_hint(message)
            if message.raw not in seen:
                seen.add(message.raw)
                credential = read_credential(message)
                credentials[credential.said] = credential
                if len(credentials) > MAX_CREDENTIALS:
                    raise Refused("stream.too_many")
        elif not isinstance(kind, str):
            raise Refused("stream.message_type")
        elif kind in KEY_EVENTS:
            if message.raw not in key_events:
                key_events[message.raw] = read_key_event(message)
            copies.setdefault(message.raw, []).append(message.attachments)
        elif kind in REGISTRY_EVENTS:
            _require_hint(message)
            if message.raw not in registry_events:
                registry_events[message.raw] = read_registry_event(message)
        elif kind == "rct":
            receipts.setdefault(_receipted(message.fields), []).append(message.attachments)
        elif kind not in _CARRIED_ALONG:
            raise Refused("stream.message_type")
    logs: Logs = {}
    for raw, event in key_events.items():
        every = [*copies[raw], *receipts.get(event.said, ())]
        whole = replace(event, attachments=_together(every)) if len(every) > 1 else event
        logs.setdefault(event.aid, {}).setdefault(event.sn, []).append(whole)
    return Contents(logs, tuple(registry_events.values()), credentials)


def merged(one: Logs, other: Logs) -> Logs:
    """Both: the events of each identifier at each number, the same event once with the signatures of both."""
    together: Logs = {aid: {sn: list(events) for sn, events in log.items()} for aid, log in one.items()}
    for aid, log in other.items():
        for sn, events in log.items():
            there = together.setdefault(aid, {}).setdefault(sn, [])
            for event in events:
                place = next((place for place, known in enumerate(there) if known.said == event.said), None)
                if place is None:
                    there.append(event)
                else:
                    signed = _together([there[place].attachments, event.attachments])
                    there[place] = replace(event, attachments=signed)
    return together


def _require_hint(message: Message) -> None:
    if not message.attachments.anchored:
        raise Refused("stream.truncated")


def _together(every: list[Attachments]) -> Attachments:
    return Attachments(
        tuple(dict.fromkeys(each for one in every for each in one.signatures)),
        tuple(dict.fromkeys(each for one in every for each in one.witness_signatures)),
        tuple(dict.fromkeys(each for one in every for each in one.receipts)),
    )


def _receipted(fields: dict[str, Any]) -> str:
    said = fields.get("d")
    if not isinstance(said, str):
        raise Refused("stream.message_type")
    return said

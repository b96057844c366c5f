"""From bytes to messages: a CESR v1 stream of JSON messages, each followed by its attachments. Bounded, and without recursion.

    {"v":"KERI10JSON00012b_", …}-VAn-AABAA…{"v":"ACDC10JSON000197_", …}-IAB…

Order for each message: its version string, its size, how deep it nests, the JSON (no member twice), that writing it again gives
the same bytes, its attachments. White space around the whole stream is dropped; anywhere else it is refused, like every byte that
belongs to no message. One bad message refuses the whole stream: half of a history can say the opposite of all of it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from verifier.identity.vlei.attachments import NONE, Attachments, read_attachments
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import dump

MAX_STREAM = 4 * 1024 * 1024
MAX_MESSAGE = 512 * 1024
# The signatures of as many keys and witnesses as a log may have are a quarter of this.
MAX_ATTACHMENTS = 128 * 1024
MAX_MESSAGES = 5_000
# Checking a signature is what costs. A real stream of 365 messages has about 3,000.
MAX_SIGNATURES = 20_000
MAX_DEPTH = 12
MAX_BRACKETS = 20_000

_VERSION = re.compile(rb'\{"v":"(KERI|ACDC)10JSON([0-9a-f]{6})_"')
_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))


@dataclass(frozen=True, slots=True)
class Message:
    """A message, its bytes, and the signatures that came with it."""

    protocol: str
    raw: bytes
    fields: dict[str, Any]
    attachments: Attachments


def read_stream(data: bytes) -> list[Message]:
    """The messages of a stream, in their order.

    Raises:
        Refused: `stream.empty`, `stream.too_large`, `stream.too_many`, `stream.malformed`, `stream.truncated`, `json.*`,
            `cesr.*`.
    """
    if len(data) > MAX_STREAM:
        raise Refused("stream.too_large")
    data = bytes(data).strip()
    if not data:
        raise Refused("stream.empty")
    messages: list[Message] = []
    read: dict[bytes, dict[str, Any]] = {}
    place, signatures = 0, 0
    while place < len(data):
        if len(messages) == MAX_MESSAGES:
            raise Refused("stream.too_many")
        protocol, raw = _message_at(data, place)
        end = data.find(b"{", place + len(raw))
        end = len(data) if end < 0 else end
        if raw not in read:
            read[raw] = _fields(raw)
        attachments = _attachments(data[place + len(raw) : end])
        signatures += len(attachments)
        if signatures > MAX_SIGNATURES:
            raise Refused("stream.too_many")
        messages.append(Message(protocol, raw, read[raw], attachments))
        place = end
    return messages


def _message_at(data: bytes, place: int) -> tuple[str, bytes]:
    version = _VERSION.match(data, place)
    if not version:
        raise Refused("stream.malformed")
    size = int(version[2], 16)
    if size > MAX_MESSAGE:
        raise Refused("stream.too_large")
    raw = data[place : place + size]
    if len(raw) != size:
        raise Refused("stream.truncated")
    return version[1].decode(), raw


def _fields(raw: bytes) -> dict[str, Any]:
    _limit_depth(raw)
    try:
        fields = json.loads(raw, object_pairs_hook=_members, parse_constant=_no_constant)
        if dump(fields) != raw:
            raise Refused("json.not_canonical")
    # Python refuses to read an integer of thousands of digits with a plain ValueError.
    except (ValueError, RecursionError) as error:
        raise Refused("json.malformed") from error
    if not isinstance(fields, dict):
        raise Refused("json.malformed")
    return fields


def _limit_depth(raw: bytes) -> None:
    """Refuse before reading what nests too deep. Brackets inside text count as well; nobody's text has that many."""
    brackets = raw.translate(None, _NOT_BRACKETS)
    if len(brackets) > MAX_BRACKETS:
        raise Refused("json.too_deep")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise Refused("json.too_deep")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("json.duplicate_member")
    return members


def _no_constant(_: str) -> NoReturn:
    raise Refused("json.malformed")


def _attachments(data: bytes) -> Attachments:
    if not data:
        return NONE
    if len(data) > MAX_ATTACHMENTS:
        raise Refused("stream.too_large")
    try:
        return read_attachments(data.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refused("cesr.malformed") from error

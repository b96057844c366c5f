"""Ways to spoil a stream: of bytes, of messages, of attachments, and ways that leave it good."""

import random
import re
from collections.abc import Callable

type Mutator = Callable[[bytes, random.Random], bytes]

BASE64URL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MESSAGE = re.compile(rb'\{"v":"(?:KERI|ACDC)10JSON([0-9a-f]{6})_"')


def pieces(stream: bytes) -> list[tuple[bytes, bytes]]:
    """The messages of a good stream, each with its attachments."""
    starts = list(_MESSAGE.finditer(stream))
    ends = [match.start() for match in starts[1:]] + [len(stream)]
    return [
        (stream[match.start() : match.start() + int(match[1], 16)], stream[match.start() + int(match[1], 16) : end])
        for match, end in zip(starts, ends, strict=True)
    ]


def joined(messages: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(raw + attached for raw, attached in messages)


def byte_changed(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + bytes([chance.randrange(256)]) + stream[place + 1 :]


def letter_changed(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + bytes([chance.choice(BASE64URL)]) + stream[place + 1 :]


def bit_flipped(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + bytes([stream[place] ^ (1 << chance.randrange(7))]) + stream[place + 1 :]


def cut_off(stream: bytes, chance: random.Random) -> bytes:
    return stream[: chance.randrange(len(stream))]


def begun_late(stream: bytes, chance: random.Random) -> bytes:
    return stream[chance.randrange(1, len(stream)) :]


def stretch_removed(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + stream[place + chance.randrange(1, 60) :]


def stretch_repeated(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + stream[place : place + chance.randrange(1, 200)] + stream[place:]


def noise_inserted(stream: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(stream))
    return stream[:place] + chance.randbytes(chance.randrange(1, 20)) + stream[place:]


def message_removed(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    messages.pop(chance.randrange(len(messages)))
    return joined(messages)


def message_repeated(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    messages.insert(chance.randrange(len(messages)), chance.choice(messages))
    return joined(messages)


def messages_exchanged(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    one, other = chance.randrange(len(messages)), chance.randrange(len(messages))
    messages[one], messages[other] = messages[other], messages[one]
    return joined(messages)


def attachments_removed(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    place = chance.randrange(len(messages))
    messages[place] = (messages[place][0], b"")
    return joined(messages)


def attachments_exchanged(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    one, other = chance.randrange(len(messages)), chance.randrange(len(messages))
    messages[one], messages[other] = (messages[one][0], messages[other][1]), (messages[other][0], messages[one][1])
    return joined(messages)


def attachment_letter_changed(stream: bytes, chance: random.Random) -> bytes:
    messages = pieces(stream)
    place = chance.randrange(len(messages))
    raw, attached = messages[place]
    if attached:
        letter = chance.randrange(len(attached))
        messages[place] = (raw, attached[:letter] + bytes([chance.choice(BASE64URL)]) + attached[letter + 1 :])
    return joined(messages)


def said_exchanged(stream: bytes, chance: random.Random) -> bytes:
    saids = sorted(set(re.findall(rb"E[A-Za-z0-9_-]{43}", stream)))
    one, other = chance.choice(saids), chance.choice(saids)
    places = [match.start() for match in re.finditer(re.escape(one), stream)]
    place = chance.choice(places)
    return stream[:place] + other + stream[place + 44 :]


def unchanged(stream: bytes, _: random.Random) -> bytes:
    return stream


def white_space_around(stream: bytes, chance: random.Random) -> bytes:
    return b"\n" * chance.randrange(3) + stream + b" \r\n" * chance.randrange(3)


MUTATORS: tuple[Mutator, ...] = (
    byte_changed,
    letter_changed,
    bit_flipped,
    cut_off,
    begun_late,
    stretch_removed,
    stretch_repeated,
    noise_inserted,
    message_removed,
    message_repeated,
    messages_exchanged,
    attachments_removed,
    attachments_exchanged,
    attachment_letter_changed,
    said_exchanged,
    unchanged,
    white_space_around,
)

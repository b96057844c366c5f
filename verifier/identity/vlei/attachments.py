"""What follows a message in a CESR v1 stream: counted groups of signatures, receipts and hints. Read without recursion.

Signatures (`-A`), witness signatures (`-B`) and receipts of keys named beside them (`-C`) are kept. Where something is anchored
(`-G`, `-I`), first-seen notes (`-E`) and signatures of other parties' key states (`-D`, `-F`, `-H`) are read for their form and
left: nobody signed where they point, so this verifier looks in the key event logs itself; it is only noted that a `-G` or `-I`
is there. Every other group is refused.
"""

from dataclasses import dataclass

from verifier.identity.vlei.codes import (
    BASE64URL,
    CODES,
    INDEX_CODES,
    IndexedSignature,
    Role,
    Signature,
    code_at,
    decode,
    decode_indexed,
    number,
)
from verifier.identity.vlei.refusal import Refused

_QUADLET = 4


@dataclass(frozen=True, slots=True)
class Attachments:
    """The signatures that came with one message, and whether something says where the message is anchored."""

    signatures: tuple[IndexedSignature, ...] = ()
    witness_signatures: tuple[IndexedSignature, ...] = ()
    receipts: tuple[Signature, ...] = ()
    anchored: bool = False

    def __len__(self) -> int:
        return len(self.signatures) + len(self.witness_signatures) + len(self.receipts)


NONE = Attachments()


def read_attachments(text: str) -> Attachments:
    """The attachments of one message; all of the text must belong to a known group.

    Raises:
        Refused: `cesr.code`, a group or code that is not known; `cesr.malformed`.
    """
    if not BASE64URL.match(text):
        raise Refused("cesr.malformed")
    found = _Found()
    outer = _Cursor(text)
    while outer.more():
        group, count = outer.counter()
        if group in ("-V", "-0V"):
            if not count:
                raise Refused("cesr.malformed")
            inner = _Cursor(outer.take(count * _QUADLET))
            while inner.more():
                _read_group(inner, *inner.counter(), found)
        else:
            _read_group(outer, group, count, found)
    return Attachments(tuple(found.signatures), tuple(found.witness_signatures), tuple(found.receipts), found.anchored)


class _Found:
    def __init__(self) -> None:
        self.signatures: list[IndexedSignature] = []
        self.witness_signatures: list[IndexedSignature] = []
        self.receipts: list[Signature] = []
        self.anchored = False


class _Cursor:
    """A place in the text of attachments, whose alphabet has been checked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def more(self) -> bool:
        return self._place < len(self._text)

    def take(self, length: int) -> str:
        taken = self._text[self._place : self._place + length]
        if len(taken) != length:
            raise Refused("cesr.malformed")
        self._place += length
        return taken

    def counter(self) -> tuple[str, int]:
        """The code of a group and how many it counts."""
        code = self.take(2)
        if code == "-0":
            return code + self.take(1), number(self.take(5))
        if code[0] != "-" or not code[1].isalpha():
            raise Refused("cesr.code")
        return code, number(self.take(2))

    def primitive(self, role: Role) -> str:
        text = self.take(CODES[code_at(self._text, self._place)].length)
        decode(text, role)
        return text

    def identifier(self) -> str:
        """An AID: a key or a digest."""
        code = code_at(self._text, self._place)
        return self.primitive(Role.KEY if CODES[code].role is Role.KEY else Role.DIGEST)

    def indexed(self) -> IndexedSignature:
        for length in (1, 2):
            code = self._text[self._place : self._place + length]
            if code in INDEX_CODES:
                return decode_indexed(self.take(INDEX_CODES[code].length), code)
        raise Refused("cesr.code")

    def signature(self, key: str) -> Signature:
        text = self.primitive(Role.SIGNATURE)
        scheme = CODES[code_at(text)].scheme
        assert scheme
        return Signature(key, scheme, decode(text, Role.SIGNATURE))


def _read_group(cursor: _Cursor, group: str, count: int, found: _Found) -> None:
    for _ in range(count):
        if not cursor.more():
            raise Refused("cesr.malformed")
        match group:
            case "-A":
                found.signatures.append(cursor.indexed())
            case "-B":
                found.witness_signatures.append(cursor.indexed())
            case "-C":
                found.receipts.append(cursor.signature(cursor.primitive(Role.KEY)))
            case "-D":
                _seal(cursor)
                cursor.indexed()
            case "-E":
                cursor.primitive(Role.NUMBER)
                cursor.primitive(Role.TIME)
            case "-F":
                _seal(cursor)
                _inner_signatures(cursor)
            case "-G":
                found.anchored = True
                cursor.primitive(Role.NUMBER)
                cursor.primitive(Role.DIGEST)
            case "-H":
                cursor.identifier()
                _inner_signatures(cursor)
            case "-I":
                found.anchored = True
                _seal(cursor)
            case _:
                raise Refused("cesr.code")
    if not count:
        raise Refused("cesr.malformed")


def _seal(cursor: _Cursor) -> None:
    cursor.identifier()
    cursor.primitive(Role.NUMBER)
    cursor.primitive(Role.DIGEST)


def _inner_signatures(cursor: _Cursor) -> None:
    group, count = cursor.counter()
    if group != "-A":
        raise Refused("cesr.code")
    for _ in range(count):
        cursor.indexed()

"""Strict DER (X.690 §10), as much of it as keys, signatures and ciphertexts need.

Every value has one encoding here. A length in more bytes than it takes, an integer with a leading zero it does not need or with a
minus sign, a tag that was not expected and a byte too many are refused by name, before a provider sees them: OpenSSL 3.0 reads
four such ciphertexts without a word.
"""

from typing import Self

from schemas.errors import FormatError

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
# Context tags [0] and [1], constructed.
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1

_HINT = "Only DER is read (X.690 §10), and nothing may follow it."
# Nothing this room reads is longer than three bytes of length can say less 1; keys and ciphertexts have a few hundred bytes.
_LENGTH_BYTES = 2


class Reader:
    """Reads one element after the other from DER; call `end` after the last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def element(self, tag: int) -> bytes:
        """The content of the next element, which has this tag.

        Raises:
            FormatError: `sm.der_truncated`, `sm.der_tag`, `sm.der_length`.
        """
        if len(self._data) - self._at < 2:
            raise FormatError("sm.der_truncated", "The DER ends too early.", _HINT)
        if self._data[self._at] != tag:
            raise FormatError("sm.der_tag", "The DER holds another kind of value at this place.", _HINT)
        length, start = self._length(self._at + 1)
        if start + length > len(self._data):
            raise FormatError("sm.der_truncated", "The DER ends too early.", _HINT)
        self._at = start + length
        return self._data[start : self._at]

    def _length(self, at: int) -> tuple[int, int]:
        """The length written at a place, and the place after it."""
        first = self._data[at]
        if first < 0x80:
            return first, at + 1
        count = first & 0x7F
        if not 1 <= count <= _LENGTH_BYTES:
            raise FormatError("sm.der_length", "A length in the DER is indefinite or too large.", _HINT)
        length = int.from_bytes(self._data[at + 1 : at + 1 + count])
        if length < (0x80 if count == 1 else 0x100):
            raise FormatError("sm.der_length", "A length in the DER is written in more bytes than it takes.", _HINT)
        return length, at + 1 + count

    def peek(self) -> int:
        """The tag of the next element; -1 at the end."""
        return self._data[self._at] if self._at < len(self._data) else -1

    def sequence(self) -> Self:
        """A reader of the next element, a SEQUENCE."""
        return type(self)(self.element(SEQUENCE))

    def octets(self) -> bytes:
        return self.element(OCTET_STRING)

    def integer(self, bits: int) -> int:
        """The next element, an INTEGER of at most so many bits and without a minus sign.

        Raises:
            FormatError: `sm.der_integer`, and the codes of `element`.
        """
        content = self.element(INTEGER)
        if not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
            raise FormatError("sm.der_integer", "An integer in the DER is negative, empty or has a needless zero.", _HINT)
        number = int.from_bytes(content)
        if number.bit_length() > bits:
            raise FormatError("sm.der_integer", "An integer in the DER is too large.", _HINT)
        return number

    def bits(self) -> bytes:
        """The next element, a BIT STRING of whole bytes.

        Raises:
            FormatError: `sm.der_bits`, and the codes of `element`.
        """
        content = self.element(BIT_STRING)
        if not content or content[0] != 0:
            raise FormatError("sm.der_bits", "A bit string in the DER is not made of whole bytes.", _HINT)
        return content[1:]

    def end(self) -> None:
        """Nothing follows.

        Raises:
            FormatError: `sm.der_trailing`.
        """
        if self._at != len(self._data):
            raise FormatError("sm.der_trailing", "Something follows where the DER should end.", _HINT)


def element(tag: int, *contents: bytes) -> bytes:
    """One element with this tag, its contents put together."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*elements: bytes) -> bytes:
    return element(SEQUENCE, *elements)


def integer(number: int) -> bytes:
    """An INTEGER that is not negative."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def octets(content: bytes) -> bytes:
    return element(OCTET_STRING, content)


def bits(content: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return element(BIT_STRING, b"\0", content)

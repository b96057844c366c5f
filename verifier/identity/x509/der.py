"""One step through DER (X.690 §8.1, §10.1): tag, content, rest. Lengths are definite and shortest; all else is refused."""

from collections.abc import Iterator

from schemas.errors import FormatError

INTEGER = 0x02
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
SEQUENCE = 0x30
_LONG_FORM = 0x80
_MULTI_BYTE_TAG = 0x1F
_MAX_LENGTH_BYTES = 4


def read_element(data: bytes) -> tuple[int, bytes, bytes]:
    """The tag and the content of the first element, and the bytes after it.

    Raises:
        FormatError: `der.malformed`.
    """
    if len(data) < 2 or data[0] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
        raise _malformed()
    length, start = data[1], 2
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        start += count
        if not 1 <= count <= _MAX_LENGTH_BYTES or len(data) < start:
            raise _malformed()
        length = int.from_bytes(data[2:start])
        if length < _LONG_FORM or data[2] == 0:
            raise _malformed()
    end = start + length
    if len(data) < end:
        raise _malformed()
    return data[0], data[start:end], data[end:]


def read_elements(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The elements inside a constructed one, in order: tag, content, and the whole element as it stands.

    Raises:
        FormatError: `der.malformed`, when it comes to the part that is wrong.
    """
    while content:
        tag, inner, rest = read_element(content)
        yield tag, inner, content[: len(content) - len(rest)]
        content = rest


def element(tag: int, content: bytes) -> bytes:
    """An element with a definite length in its shortest form."""
    if len(content) < _LONG_FORM:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, _LONG_FORM | len(length)]) + length + content


def _malformed() -> FormatError:
    return FormatError("der.malformed", "This is not DER.", "The file is damaged; fetch it again.")

"""LEI records in JSON, read one at a time: the golden copy's JSON, answers of the GLEIF API, and one record a line.

    {"records": [record, …]}     the golden copy
    {"data": [resource, …]}      an answer of `/lei-records`; also {"data": resource}
    [record, …]                  and records one after another, with or without line ends

Members beside the list are passed over. At no time is more of the file in memory than one value (at most 4 MB) and one block,
and what stands beside a list or in a record (at most 4 MB together).
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from schemas.errors import FormatError
from verifier.identity.lei.entry import Entry, from_golden, from_resource

_BLOCK = 256 * 1024
_LARGEST = 4 * 1024 * 1024
_MOST_MEMBERS = 1000
_LISTS = ("data", "records")
_BLANK = " \t\n\r"


def json_rows(text: TextIO) -> tuple[Iterator[Any], Callable[[Any], Entry]]:
    """The records of a file, and what makes an index row of one. While they are read:

    Raises:
        FormatError: `lei.file_json`, `lei.file_too_large`; of the maker, `lei.record`.
    """
    return _records(_Cursor(text)), _make


def _make(record: Any) -> Entry:
    row = from_golden(record) if isinstance(record, dict) and "LEI" in record else from_resource(record)
    try:
        "".join(row).encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which JSON can write and UTF-8 cannot
        raise FormatError("lei.record", "This LEI record is not Unicode text.", "Check the file.") from error
    return row


def _records(cursor: "_Cursor") -> Iterator[Any]:
    if cursor.peek() == "[":
        yield from _elements(cursor)
        return
    while cursor.peek():
        yield from _values(cursor)


def _values(cursor: "_Cursor") -> Iterator[Any]:
    """One top-level value: an object that holds the list, or that is a record itself.

    An object is read member by member: what comes before its list is kept until it is known that a list follows.
    """
    cursor.expect("{")
    members: dict[str, Any] = {}
    listed, size = False, 0
    while cursor.peek() != "}":
        if members or listed:
            cursor.expect(",")
        name = cursor.value()
        cursor.expect(":")
        if name in _LISTS and cursor.peek() == "[":
            listed = True
            yield from _elements(cursor)
        else:
            members[str(name)] = cursor.value()
            size += cursor.length
            if size > _LARGEST:
                raise _too_large()
            if len(members) > _MOST_MEMBERS:
                raise _malformed()
    cursor.expect("}")
    if not listed and members:
        data = members.get("data")
        yield data if isinstance(data, dict) else members


def _elements(cursor: "_Cursor") -> Iterator[Any]:
    cursor.expect("[")
    if cursor.peek() == "]":
        cursor.expect("]")
        return
    while True:
        yield cursor.value()
        if cursor.peek() == "]":
            cursor.expect("]")
            return
        cursor.expect(",")


class _Cursor:
    """A place in a text that is read block by block."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._place = 0
        self.length = 0
        """Characters of the value read last."""
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._place < len(self._buffer) and self._buffer[self._place] in _BLANK:
                self._place += 1
            if self._place < len(self._buffer) or not self._more():
                return self._buffer[self._place : self._place + 1]

    def expect(self, character: str) -> None:
        if self.peek() != character:
            raise _malformed()
        self._place += 1

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._place)
                # A number may go on in the next block; everything else ends in itself.
                if end < len(self._buffer) or not isinstance(value, int | float) or not self._more():
                    self.length, self._place = end - self._place, end
                    return value
            except RecursionError as error:
                raise _malformed() from error
            except ValueError as error:
                if len(self._buffer) - self._place > _LARGEST:
                    raise _too_large() from error
                if not self._more():
                    raise _malformed() from error

    def _more(self) -> bool:
        # As much again as is waiting, so that a long value is not tried anew at every block.
        block = self._text.read(max(_BLOCK, len(self._buffer) - self._place))
        self._buffer = self._buffer[self._place :] + block
        self._place = 0
        return bool(block)


def _too_large() -> FormatError:
    return FormatError("lei.file_too_large", "A value in this file is larger than any LEI record.", "Check the file.")


def _malformed() -> FormatError:
    return FormatError("lei.file_json", "This file is not JSON, or ends too early.", "Download the file again.")

"""On which line of a JSON text a value stands, for errors that name the place."""

import json
import re
from collections.abc import Sequence

_decoder = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1, of the value at `path` in a valid JSON text; when it is missing, of the nearest value around it."""
    position = _skip(text, 0)
    for step in path:
        inner = _member(text, position, step) if isinstance(step, str) else _item(text, position, step)
        if inner is None:
            break
        position = inner
    return text.count("\n", 0, position) + 1


def _member(text: str, position: int, name: str) -> int | None:
    if text[position] != "{":
        return None
    position = _skip(text, position + 1)
    while text[position] == '"':
        found, position = _decoder.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        if found == name:
            return position
        _, position = _decoder.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] != ",":
            return None
        position = _skip(text, position + 1)
    return None


def _item(text: str, position: int, index: int) -> int | None:
    if text[position] != "[":
        return None
    position = _skip(text, position + 1)
    for _ in range(index):
        _, position = _decoder.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] != ",":
            return None
        position = _skip(text, position + 1)
    return position


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position

"""The shape of a JSON value, looked at before anything walks into it by recursion: is it small and flat enough, and is it plain?

Two readers need it: `schemas.canonical`, which writes plain values quickly, and the verifier, which refuses what is out of
proportion.
"""

from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64
MAX_VALUES = 200_000
_MAX_EXACT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What a walk through a JSON value found.

    `acceptable` means: nothing but JSON, at most `MAX_DEPTH` deep and `MAX_VALUES` values large. `plain` means besides: no number
    but whole ones that a double holds exactly, and every member name is ASCII.
    """

    acceptable: bool
    plain: bool


_UNACCEPTABLE = Shape(acceptable=False, plain=False)


def shape_of(value: Any) -> Shape:
    """Walk a JSON value level by level.

    Exact types only: a subclass of `str` or `int` may write itself in another way, so it is nothing acceptable.
    """
    plain = True
    count = 0
    # A document names the same members over and over: each name is looked at once.
    names: set[Any] = set()
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                count += len(item)
                names.update(item)
                below.extend([inner for inner in item.values() if type(inner) is not str])
            elif kind is list:
                count += len(item)
                below.extend([inner for inner in item if type(inner) is not str])
            elif kind is float or (kind is int and not -_MAX_EXACT <= item <= _MAX_EXACT):
                plain = False
            elif not (kind is int or kind is str or kind is bool or item is None):
                return _UNACCEPTABLE
        if count > MAX_VALUES:
            return _UNACCEPTABLE
        if not below:
            if any(type(name) is not str for name in names):
                return _UNACCEPTABLE
            return Shape(acceptable=True, plain=plain and all(map(str.isascii, names)))
        level = below
    return _UNACCEPTABLE

"""Signing thresholds of KERI v1: how many keys, or which weights of keys, must have signed.

    "2"                                  two of the keys (lower-case hexadecimal)
    ["1/2", "1/2", "1/2"]                weights of one clause, which must sum to 1
    [["1/2", "1/2"], ["1", "1"]]         clauses over consecutive keys, each of which must be met
    [{"1/2": ["1/2", "1/2"]}, "1/2"]     a weight held by a group of keys, whose own weights must sum to 1

Refused: a threshold that no keys could meet, or that no signature at all would meet; weights that are not 0, 1 or a proper
fraction of small numbers; and weights that are not one for each key, so that no key stands outside the rule.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verifier.identity.vlei.refusal import Refused

_HEX = re.compile(r"[1-9a-f][0-9a-f]{0,3}\Z")
_WEIGHT = re.compile(r"(?:0|1|[1-9][0-9]{0,3}/[1-9][0-9]{0,3})\Z")
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Group:
    """A weight and the keys that hold it: one key, or several with weights of their own."""

    weight: Fraction
    members: tuple[tuple[int, Fraction], ...]

    def held_by(self, signers: Collection[int]) -> bool:
        return sum((weight for key, weight in self.members if key in signers), Fraction(0)) >= _ONE


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold: a number of keys, or clauses of weights."""

    count: int
    clauses: tuple[tuple[_Group, ...], ...]

    def met_by(self, signers: Collection[int]) -> bool:
        """Whether the keys at these places are enough."""
        if not self.clauses:
            return len(signers) >= self.count
        return all(
            sum((group.weight for group in clause if group.held_by(signers)), Fraction(0)) >= _ONE for clause in self.clauses
        )


NEVER = Threshold(1 << 32, ())


def read_threshold(value: Any, keys: int) -> Threshold:
    """The threshold that a JSON value states for that many keys.

    Raises:
        Refused: `kel.threshold`.
    """
    if isinstance(value, str):
        if not _HEX.match(value) or int(value, 16) > keys:
            raise Refused("kel.threshold")
        return Threshold(int(value, 16), ())
    if not isinstance(value, list) or not value:
        raise Refused("kel.threshold")
    nested = all(isinstance(clause, list) for clause in value)
    clauses, place = [], 0
    for clause in value if nested else [value]:
        groups = []
        for entry in clause:
            group = _group(entry, place)
            place += len(group.members)
            if place > keys:
                raise Refused("kel.threshold")
            groups.append(group)
        if sum((group.weight for group in groups), Fraction(0)) < _ONE:
            raise Refused("kel.threshold")
        clauses.append(tuple(groups))
    if place != keys:
        raise Refused("kel.threshold")
    return Threshold(0, tuple(clauses))


def _group(entry: Any, place: int) -> _Group:
    if isinstance(entry, str):
        return _Group(_weight(entry), ((place, _ONE),))
    if not isinstance(entry, dict) or len(entry) != 1:
        raise Refused("kel.threshold")
    ((outer, inner),) = entry.items()
    if not isinstance(inner, list) or not inner:
        raise Refused("kel.threshold")
    members = tuple((place + offset, _weight(weight)) for offset, weight in enumerate(inner))
    if sum((weight for _, weight in members), Fraction(0)) < _ONE:
        raise Refused("kel.threshold")
    return _Group(_weight(outer), members)


def _weight(text: Any) -> Fraction:
    if not isinstance(text, str) or not _WEIGHT.match(text):
        raise Refused("kel.threshold")
    weight = Fraction(text)
    if weight > _ONE or ("/" in text and weight == _ONE):
        raise Refused("kel.threshold")
    return weight

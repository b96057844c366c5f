"""The museum of bad vLEI streams: one fault each, made on an honest world; the function's name is the fault.

`@fault(reason)` says the reason code that must be among those of the result, and the outcome. A fault returns the stream, or the
stream and options for `verify_vlei`. Signatures, digests and anchors are right wherever the fault is not about them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.verifier.identity.vlei.forge import HOSPITAL, Controller, Key, Part, World

LATER = "2026-03-02T09:00:00+00:00"
OTHER_LEI = "984500SZTESTHOSP0194"
type Made = bytes | tuple[bytes, dict[str, Any]]


@dataclass(frozen=True)
class Fault:
    """An exhibit."""

    make: Callable[[World], Made]
    reason: str
    outcome: str


FAULTS: dict[str, Fault] = {}


def fault(reason: str, outcome: str = "reject") -> Callable[[Callable[[World], Made]], Callable[[World], Made]]:
    def hang(make: Callable[[World], Made]) -> Callable[[World], Made]:
        FAULTS[make.__name__] = Fault(make, reason, outcome)
        return make

    return hang


def join(parts: list[Part]) -> bytes:
    return b"".join(bytes(part) for part in parts)


def replaced(world: World, name: str, old: Part, *new: bytes) -> bytes:
    """The export with one message replaced (by nothing, to leave it out)."""
    return b"".join(b"".join(new) if part is old else bytes(part) for part in world.parts(name))


def resized(raw: bytes) -> bytes:
    """A message whose version string says its size."""
    return raw[:16] + f"{len(raw):06x}".encode() + raw[22:]


def reissued(world: World, **changes: Any) -> bytes:
    world.issue("LE", world.qvi, world.le, {"LEI": HOSPITAL}, {"qvi": "QVI"}, name="bad", **changes)
    return world.stream("bad")


def joined(world: World, **options: Any) -> Controller:
    """Another party whose log is in every export."""
    party = Controller("another", **options)
    world.parties.append(party)
    return party


def witnessed(count: int = 3) -> list[Key]:
    return [Key(f"museum/witness/{place}", transferable=False) for place in range(count)]

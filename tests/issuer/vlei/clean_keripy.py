"""keripy as a verifier that has never seen anything: what it takes from a stream, and what it keeps waiting."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keri.core import eventing, parsing, scheming
from keri.db import basing
from keri.vdr import eventing as registry_eventing
from keri.vdr import verifying, viring

from tests.issuer.vlei.ecosystem import MEMORY


@dataclass
class Taken:
    """What keripy made of a stream."""

    credentials: set[str] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    left_over: int = 0


def take(stream: bytes, schemas: Mapping[str, dict[str, Any]]) -> Taken:
    """Feed a stream to a clean keripy with these schema documents by SAID."""
    taken = Taken()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        place = {"name": "clean", "headDirPath": folder, "reopen": True}
        base = basing.Baser(**place)
        records = viring.Reger(db=base, **place)
        try:
            for said, document in schemas.items():
                base.schema.pin(said, scheming.Schemer(sed=document))
            events = eventing.Kevery(db=base, lax=True, local=False)
            registries = registry_eventing.Tevery(reger=records, db=base, local=False)
            verifier = verifying.Verifier(hby=_Keeper(base, events), reger=records)
            parser = parsing.Parser(framed=True, kvy=events, tvy=registries, vry=verifier, local=False)
            waiting = bytearray(stream)
            _drive(parser, waiting)
            taken.left_over = len(waiting)
            for _ in range(2):
                events.processEscrows()
                registries.processEscrows()
                verifier.processEscrows()
            taken.credentials = {keys[0] for keys, _ in records.saved.getItemIter()}
            taken.last = {aid: (kever.sner.num, kever.serder.said) for aid, kever in base.kevers.items()}
            taken.waiting = _waiting(base, records)
        finally:
            records.close()
            base.close()
    return taken


class _Keeper:
    """All that `Verifier` asks of a Habery."""

    def __init__(self, base: Any, events: Any) -> None:
        self.db, self.kevers, self.prefixes, self.kvy, self.inited = base, base.kevers, base.prefixes, events, True


def _drive(parser: Any, stream: bytearray) -> None:
    """Parse until nothing more is taken: on a truncated stream `parse` would wait for ever."""
    steps = parser.allParsator(ims=stream)
    before = -1
    while len(stream) != before:
        before = len(stream)
        try:
            for _ in range(64):
                next(steps)
        except StopIteration:
            return


def _waiting(base: Any, records: Any) -> dict[str, int]:
    """Every escrow that holds something."""
    escrows = {
        "out of order": (base, base.ooes),
        "partly signed": (base, base.pses),
        "partly witnessed": (base, base.pwes),
        "likely duplicitous": (base, base.ldes),
        "partly delegated": (base, base.pdes),
        "receipts": (base, base.uwes),
        "registry anchor": (records, records.taes),
        "registry out of order": (records, records.oots),
        "registry": (records, records.mre),
        "chain": (records, records.mce),
        "schema": (records, records.mse),
    }
    return {name: count for name, (owner, escrow) in escrows.items() if (count := _count(owner, escrow))}


def _count(owner: Any, escrow: Any) -> int:
    with owner.env.begin() as reading:
        return int(reading.stat(getattr(escrow, "sdb", escrow))["entries"])

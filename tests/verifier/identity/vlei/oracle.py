"""keripy's cryptographic verdict on a stream: which credentials it takes, with which key states. An oracle for tests, no policy.

One store serves many streams: it is emptied in between, which is much faster than opening another. The parser is driven step by
step and left when it takes no more bytes, because on a stream that is cut off it would wait for ever.
"""

import logging
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmdb
from keri import help as keri_help
from keri.core import eventing, parsing, scheming
from keri.db import basing
from keri.vdr import eventing as registry_eventing
from keri.vdr import verifying, viring

keri_help.ogler.level = logging.CRITICAL + 1
logging.disable(logging.NOTSET)
_MOST_STEPS = 200_000
# LMDB waits for the disk at every event; in memory there is none.
_IN_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Opinion:
    """What keripy has taken: SAIDs of credentials, and for each identifier its number and the SAID of its last event."""

    credentials: frozenset[str]
    key_states: dict[str, tuple[int, str]]
    complete: bool


class Oracle:
    """A keripy verifier whose store is emptied before each stream."""

    def __init__(self, schemas: Iterable[dict[str, Any]]) -> None:
        self._schemas = list(schemas)
        self._folder = tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)
        places = {keeper: keeper.TempHeadDir for keeper in (basing.Baser, viring.Reger)}
        try:
            for keeper in places:
                keeper.TempHeadDir = self._folder.name
            self._baser = basing.Baser(name="oracle", temp=True, reopen=True)
            self._reger = viring.Reger(name="oracle", temp=True, db=self._baser, reopen=True)
        finally:
            for keeper, place in places.items():
                keeper.TempHeadDir = place

    def judge(self, stream: bytes) -> Opinion:
        self._empty()
        db, reger = self._baser, self._reger
        for schema in self._schemas:
            schemer = scheming.Schemer(sed=schema)
            db.schema.pin(schemer.said, schemer)
        kevery = eventing.Kevery(db=db, lax=True, local=False)
        tevery = registry_eventing.Tevery(reger=reger, db=db, local=False)
        verifier = verifying.Verifier(hby=_Habery(db, kevery), reger=reger)
        data = bytearray(stream.strip())
        parser = parsing.Parser(framed=True, kvy=kevery, tvy=tevery, vry=verifier, local=False)
        complete = self._parse(parser, data)
        for _ in range(4):
            kevery.processEscrows()
            tevery.processEscrows()
            verifier.processEscrows()
        states = {aid: (kever.sn, kever.serder.said) for aid, kever in kevery.kevers.items()}
        saved = frozenset(said for (said,), _ in reger.saved.getItemIter())
        return Opinion(saved, states, complete)

    def close(self) -> None:
        self._reger.close(clear=True)
        self._baser.close(clear=True)
        # keripy leaves the folders above.
        self._folder.cleanup()

    @staticmethod
    def _parse(parser: Any, data: bytearray) -> bool:
        steps = parser.allParsator(ims=data)
        still, left = 0, len(data)
        for _ in range(_MOST_STEPS):
            try:
                next(steps)
            except StopIteration:
                return not data
            still = still + 1 if len(data) == left else 0
            left = len(data)
            if still > 3:
                break
        return False

    def _empty(self) -> None:
        for keeper in (self._baser, self._reger):
            kept = [getattr(each, "sdb", each) for each in vars(keeper).values()]
            with keeper.env.begin(write=True) as transaction:
                for handle in kept:
                    if isinstance(handle, lmdb._Database) and transaction.stat(handle)["entries"]:
                        transaction.drop(handle, delete=False)
        self._baser.kevers.clear()
        self._baser.prefixes.clear()
        self._reger.tevers.clear()


class _Habery:
    """The part of a Habery a Verifier looks at."""

    def __init__(self, db: basing.Baser, kevery: eventing.Kevery) -> None:
        self.db = db
        self.kvy = kevery
        self.kevers = db.kevers
        self.prefixes = db.prefixes
        self.inited = True

"""The one place that touches keripy (`keri` 1.3.x): AIDs, their event logs and registries, in one folder.

Everything of a rehearsal lives in one keripy database: the controllers, their delegators and their witnesses. keripy then takes
each event at once, as its own controller's, and looks at nothing else: it is `_settle` that gets the receipts of the witnesses
and the delegator's seal, and only a verifier without any stake proves a log complete.

keripy falls back to the user's home when a folder cannot be written, keeps keys unencrypted when it gets no passcode, and signs
with every key an AID has. The first is refused here; the others are what a rehearsal wants.

Imported through `issuer.vlei.loading` only: importing it takes a second, and it needs libsodium.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmdb  # type: ignore[import-untyped]
from keri import core, kering
from keri.app import configing, habbing
from keri.core import coring
from keri.db import dbing
from keri.vdr import eventing, viring

DAMAGED = lmdb.Error
_NAME = "sandbox"
_NO_BACKERS = "NB"


@dataclass(frozen=True, slots=True)
class Event:
    """Where a key event log stands, or one event of a registry: whose, its number, its SAID."""

    aid: str
    number: int
    said: str

    def seal(self) -> dict[str, str]:
        """How another log commits to it. The order of the members matters."""
        return {"i": self.aid, "s": f"{self.number:x}", "d": self.said}


class KeriStore:
    """AIDs by name, in a folder that exists. One process at a time; the caller holds the lock."""

    def __init__(self, folder: Path) -> None:
        place = {"name": _NAME, "headDirPath": str(folder), "reopen": True}
        with ExitStack() as opened:
            config = configing.Configer(**place)
            opened.callback(config.close)
            self._hby = habbing.Habery(name=_NAME, headDirPath=str(folder), cf=config, algo="randy")
            opened.callback(self._hby.close)
            self._reger = viring.Reger(db=self._hby.db, **place)
            opened.pop_all()
        self._tevery = eventing.Tevery(reger=self._reger, db=self._hby.db, local=True, lax=True)
        assert Path(self._hby.db.path).is_relative_to(folder), "keripy went elsewhere, as it does when a folder is not writable"

    def close(self) -> None:
        """Close the databases."""
        self._reger.close()
        self._hby.close()

    def aid(self, name: str) -> str | None:
        """The AID of that name."""
        hab = self._hby.habByName(name)
        return hab.pre if hab else None

    def incept_witness(self, name: str) -> str:
        """A new AID of one key that never changes."""
        pre: str = self._hby.makeHab(name=name, transferable=False).pre
        return pre

    def incept(self, name: str, threshold: str | Sequence[str], *, keys: int, witnesses: Sequence[str], delegator: str) -> str:
        """A new AID, with its receipts and its delegator's seal.

        Args:
            name: of which there is none yet.
            threshold: a number in hexadecimal, or a weight a key.
            keys: how many.
            witnesses: their AIDs; keripy chooses how many receipts are needed.
            delegator: the AID that must seal the inception; empty for none.
        """
        pre: str = self._hby.makeHab(
            name=name,
            icount=keys,
            isith=threshold,
            wits=list(witnesses),
            delpre=delegator or None,
        ).pre
        self._settle(pre)
        return pre

    def rotate(self, aid: str) -> None:
        """Change to the keys that were committed to, and commit to new ones."""
        self._hby.habs[aid].rotate()
        self._settle(aid)

    def create_registry(self, aid: str, nonce: str) -> str:
        """A registry without backers; its SAID."""
        return self._record(aid, eventing.incept(aid, nonce=nonce, cnfg=[_NO_BACKERS], baks=[]))

    def issue(self, aid: str, registry: str, credential: str, at: str) -> str:
        """Record that a credential is issued; the SAID of the record."""
        return self._record(aid, eventing.issue(credential, registry, dt=at))

    def revoke(self, aid: str, registry: str, credential: str, at: str) -> str:
        """Record that it is revoked; the SAID of the record."""
        issued = bytes(self._reger.getTel(dbing.snKey(credential, 0))).decode()
        return self._record(aid, eventing.revoke(credential, registry, issued, dt=at))

    def _record(self, aid: str, serder: Any) -> str:
        number, anchor = self._seal(aid, Event(serder.pre, serder.sn, serder.said))
        self._tevery.processEvent(serder, coring.Seqner(sn=number), coring.Saider(qb64=anchor))
        said: str = serder.said
        return said

    def _seal(self, aid: str, sealed: Event) -> tuple[int, str]:
        """Commit to another event in this AID's log; number and SAID of the event that does."""
        hab = self._hby.habs[aid]
        hab.interact(data=[sealed.seal()])
        self._settle(aid)
        return hab.kever.sner.num, hab.kever.serder.said

    def _settle(self, aid: str) -> None:
        """Get for the latest event what makes it count elsewhere: the receipts of the witnesses, and the delegator's seal."""
        hab = self._hby.habs[aid]
        event = hab.kever.serder
        key = dbing.dgKey(aid, event.said)
        # `Hab.witness` would throw its receipt away, as keripy does for every event of the store's own AIDs.
        for index, witness in enumerate(hab.kever.wits):
            (receipt,) = self._hby.mgr.sign(ser=event.raw, pubs=[witness], indices=[index])
            self._hby.db.addWig(key, receipt.qb64b)
        if event.ilk in ("dip", "drt"):
            number, anchor = self._seal(hab.kever.delpre, Event(aid, event.sn, event.said))
            self._hby.db.setAes(key, coring.Seqner(sn=number).qb64b + anchor.encode())

    def established(self, aid: str) -> Event:
        """The event that gave an AID the keys it has now."""
        last = self._hby.habs[aid].kever.lastEst
        return Event(aid, last.s, last.d)

    def log(self, aid: str) -> bytes:
        """An AID's own key event log with signatures, receipts and the places of the delegator's seals."""
        return b"".join(bytes(message) for message in self._hby.db.clonePreIter(pre=aid))

    def records(self, key: str) -> bytes:
        """The events of a registry, or of one credential in it, with the places of their anchors."""
        return b"".join(bytes(message) for message in self._reger.clonePreIter(pre=key))

    def sign(self, aid: str, data: bytes) -> str:
        """A signature by each of an AID's present keys, as one group of indexed signatures."""
        signatures = self._hby.habs[aid].sign(ser=data)
        counter = core.Counter(core.Codens.ControllerIdxSigs, count=len(signatures), gvrsn=kering.Vrsn_1_0)
        return "".join(part.qb64 for part in (counter, *signatures))

    def issued_by(self, credential: str, record: str) -> bytes:
        """The attachment of a credential that says which record issued it."""
        counter = core.Counter(core.Codens.SealSourceTriples, count=1, gvrsn=kering.Vrsn_1_0)
        return bytes(counter.qb64b + credential.encode() + coring.Seqner(sn=0).qb64b + record.encode())

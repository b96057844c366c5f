"""What every ledger offers a hospital, whichever driver is behind it."""

from collections.abc import Sequence
from typing import Protocol

from ledger.commitment import Commitment
from ledger.receipt import Receipt


class Ledger(Protocol):
    """A place where commitments are witnessed. All calls may be repeated; repeating changes nothing."""

    async def submit(self, commitments: Sequence[Commitment]) -> None:
        """Hand in commitments; when this returns they are stored and will be published."""
        ...

    async def receipts(self, commitments: Sequence[Commitment]) -> dict[bytes, Receipt]:
        """The receipts that are ready, by commitment digest; those not yet published are left out."""
        ...

    async def checkpoint(self) -> str:
        """The newest published checkpoint, cosigned, as the text of a signed note."""
        ...

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the log of size `new` continues the log of size `old`."""
        ...

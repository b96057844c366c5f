"""The operator of the embedded log: takes commitments, makes epochs, has them witnessed, gives receipts.

`step` is one round: seal what waits, sign the head, ask the witnesses, publish when enough cosigned. Every part can be repeated;
a process that dies anywhere is continued by the next one's first `step` (README.md, "What is lost").
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from ledger import publishing, sealing, tlog
from ledger.commitment import Commitment
from ledger.database import reading, writing
from ledger.epoch import LARGEST_EPOCH
from ledger.notes import NoteSignature, SigningKey
from ledger.publishing import Pending
from ledger.receipt import Receipt
from ledger.receipting import Receipts
from ledger.sealing import CommitmentState
from ledger.witnessing import Cosigning, Outcome, WitnessClient
from schemas.errors import InputError, NotFoundError
from storage.clock import Clock

log = logging.getLogger(__name__)


class Operator:
    """The embedded log as a `Ledger` (`ledger.interface`).

    Args:
        engine: the operator's database, migrated; see `ledger.writer` for who may write.
        key: signs checkpoints; its name is the log's origin.
        witnesses: whom to ask for cosignatures.
        quorum: how many of them must cosign before a checkpoint is published.
        random_bytes: makes the decoys.
    """

    def __init__(
        self,
        engine: Engine,
        key: SigningKey,
        witnesses: Sequence[WitnessClient],
        quorum: int,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._engine = engine
        self._key = key
        self._witnesses = witnesses
        self._quorum = quorum
        self._clock = clock
        self._random_bytes = random_bytes
        self._receipts = Receipts()
        self._stepping = asyncio.Lock()
        self.outcomes: dict[str, Outcome] = {}
        """What each witness did when asked last; empty until one was asked."""

    async def submit(self, commitments: Sequence[Commitment]) -> None:
        def write() -> None:
            with writing(self._engine) as connection:
                sealing.submit(connection, commitments, self._clock.now())

        await asyncio.to_thread(write)

    async def receipts(self, commitments: Sequence[Commitment]) -> dict[bytes, Receipt]:
        def read() -> dict[bytes, Receipt]:
            with reading(self._engine) as connection:
                return self._receipts.make(connection, commitments)

        return await asyncio.to_thread(read)

    async def checkpoint(self) -> str:
        """The newest published checkpoint.

        Raises:
            NotFoundError: `ledger.no_checkpoint`, nothing was published yet.
        """

        def read() -> str:
            with reading(self._engine) as connection:
                note = publishing.published_note(connection)
            if note is None:
                raise NotFoundError("ledger.no_checkpoint", "This log has published nothing yet.", "Ask after the first epoch.")
            return str(note)

        return await asyncio.to_thread(read)

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof between two sizes of this log.

        Raises:
            InputError: `ledger.sizes`, unless 0 ≤ old ≤ new ≤ the size of the log.
        """

        def read() -> list[bytes]:
            with reading(self._engine) as connection:
                if not 0 <= old <= new <= tlog.size(connection):
                    raise InputError("ledger.sizes", "The log has no such sizes.", "Ask for old ≤ new ≤ the newest checkpoint.")
                return tlog.consistency(connection, old, new)

        return await asyncio.to_thread(read)

    async def counts(self) -> Mapping[CommitmentState, int]:
        """How many commitments are in each state."""

        def read() -> Mapping[CommitmentState, int]:
            with reading(self._engine) as connection:
                return sealing.counts(connection)

        return await asyncio.to_thread(read)

    async def step(self) -> None:
        """One round. Rounds do not overlap.

        Raises:
            StateError: `ledger.rewritten`, `ledger.other_key`; nothing is signed then.
        """
        async with self._stepping:
            await asyncio.to_thread(self._seal)
            pending = await asyncio.to_thread(self._sign)
            if pending is None:
                return
            answers = await self._ask(pending)
            await asyncio.to_thread(self._publish, pending, answers)

    def _seal(self) -> None:
        taken = LARGEST_EPOCH
        while taken == LARGEST_EPOCH:
            with writing(self._engine) as connection:
                taken = sealing.seal(connection, self._clock.now(), self._random_bytes)
            if taken:
                log.info("epoch sealed", extra={"count": taken})

    def _sign(self) -> Pending | None:
        with writing(self._engine) as connection:
            return publishing.sign_head(connection, self._key, self._clock.now())

    async def _ask(self, pending: Pending) -> list[Cosigning]:
        missing = [witness for witness in self._witnesses if witness.name not in pending.cosigned]
        return await asyncio.gather(*(self._ask_one(witness, pending) for witness in missing))

    async def _ask_one(self, witness: WitnessClient, pending: Pending) -> Cosigning:
        size = pending.head.size

        def last() -> int:
            with reading(self._engine) as connection:
                return publishing.last_cosigned(connection, witness.name)

        async def prove(old: int) -> list[bytes]:
            return await self.consistency(old, size)

        answer = await witness.cosign(pending.note, size, await asyncio.to_thread(last), prove)
        self.outcomes[witness.name] = answer.outcome
        say = log.error if answer.outcome.alarming else log.info
        say("witness answered", extra={"outcome": answer.outcome, "size": size, "where": witness.name})
        return answer

    def _publish(self, pending: Pending, answers: Sequence[Cosigning]) -> None:
        size = pending.head.size
        lines: dict[str, NoteSignature] = {answer.witness: answer.line for answer in answers if answer.line}
        with writing(self._engine) as connection:
            publishing.keep_cosignatures(connection, size, lines)
            published = publishing.publish(connection, size, self._quorum, self._clock.now())
        log.info("checkpoint published" if published else "checkpoint waits for witnesses", extra={"size": size})

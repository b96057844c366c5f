"""What a witness does with a checkpoint, step by step (C2SP tlog-witness, `add-checkpoint`).

    1 read strictly                                                        400
    2 the origin is a log this witness watches                             404
    3 the log's own key signed it, and no known signature is bad           403
    4 `old` is not larger than the checkpoint                              400
    5 `old` is the size this witness cosigned last                         409 with that size
    6 the same size has the same root                                      409
    7 the proof shows that the checkpoint continues the last one           422
    8 the new head is stored, durably                                      then 200 with the cosignature

5 to 8 happen in one transaction that holds the log's row: two requests at once cannot roll the memory back. A cosignature
that left before its head was stored could be followed, after a crash, by one for another history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select, update

from ledger.checkpoint import Checkpoint
from ledger.database import insert_new, writing
from ledger.merkle import SHA256, verify_consistency
from ledger.notes import SigningKey, VerifierKey, cosign
from ledger.witness.tables import cosigned_head
from ledger.witness_request import SIZE_MEDIA_TYPE, AddCheckpoint
from schemas.errors import ConfigError, FormatError
from storage.clock import Clock


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """An HTTP answer as data."""

    status: int
    body: str
    media_type: str = "text/plain; charset=utf-8"


class Witness:
    """A witness of some logs.

    Args:
        engine: its database, migrated.
        key: its cosigning key.
        logs: verifier keys of the logs it watches.

    Raises:
        ConfigError: `witness.own_log`, a log signs with the witness's own key.
    """

    def __init__(self, engine: Engine, key: SigningKey, logs: Sequence[VerifierKey], clock: Clock) -> None:
        if any(log.public_key == key.verifier_key.public_key for log in logs):
            raise ConfigError("witness.own_log", "A log signs with this witness's key.", "Give the witness a key of its own.")
        self._engine = engine
        self._key = key
        self._logs = logs
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Judge one request; see the steps above."""
        try:
            request = AddCheckpoint.parse(body)
            head = Checkpoint.parse(request.note.body)
        except FormatError as error:
            return WitnessAnswer(400, f"{error.message}\n")
        keys = [log for log in self._logs if log.name == head.origin]
        if not keys:
            return WitnessAnswer(404, "This log is not watched here.\n")
        try:
            signed = request.note.verify(keys)
        except FormatError as error:
            return WitnessAnswer(403, f"{error.message}\n")
        if not signed:
            return WitnessAnswer(403, "The log's own key did not sign this checkpoint.\n")
        if request.old > head.size:
            return WitnessAnswer(400, "The old size is larger than the checkpoint.\n")
        with writing(self._engine) as connection:
            refusal = self._advance(connection, request, head)
        return refusal or WitnessAnswer(200, str(cosign(request.note.body, self._key, self._clock.now())))

    def _advance(self, connection: Connection, request: AddCheckpoint, head: Checkpoint) -> WitnessAnswer | None:
        """Steps 5 to 8: move the memory to `head`, or say why not."""
        empty = {"origin": head.origin, "size": 0, "root": SHA256.empty_root, "note": ""}
        connection.execute(insert_new(connection, cosigned_head), empty)
        mine = cosigned_head.c.origin == head.origin
        known = connection.execute(select(cosigned_head).where(mine).with_for_update()).one()
        if request.old != known.size:
            return WitnessAnswer(409, f"{known.size}\n", SIZE_MEDIA_TYPE)
        if head.size == known.size and head.root != bytes(known.root):
            return WitnessAnswer(409, f"{known.size}\n", SIZE_MEDIA_TYPE)
        if not verify_consistency(SHA256, known.size, bytes(known.root), head.size, head.root, request.proof):
            return WitnessAnswer(422, "The proof does not show that this checkpoint continues the last one.\n")
        connection.execute(update(cosigned_head).where(mine).values(size=head.size, root=head.root, note=str(request.note)))
        return None

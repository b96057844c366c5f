"""What a log sends a witness (C2SP tlog-witness, `POST /add-checkpoint`).

old <size of the last checkpoint this witness cosigned>
<base64 hash of the consistency proof>
…

<the checkpoint, signed by the log>
"""

from dataclasses import dataclass

from ledger.encoding import decode_decimal
from ledger.log_proof import hash_lines, parse_hash_lines
from ledger.notes import MAX_NOTE_BYTES, SignedNote
from schemas.errors import FormatError

MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 8192
SIZE_MEDIA_TYPE = "text/x.tlog.size"
"""The media type of a 409 answer, whose body is the size the witness knows."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint to cosign, and the proof that it continues the one of size `old`."""

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote

    def __str__(self) -> str:
        return f"old {self.old}\n{hash_lines(self.proof)}\n{self.note}"

    @classmethod
    def parse(cls, body: bytes) -> "AddCheckpoint":
        """Read a request strictly.

        Raises:
            FormatError: `witness_request.malformed`; those of `SignedNote.parse`.
        """
        try:
            if len(body) > MAX_REQUEST_BYTES:
                raise ValueError("too long")
            head, separator, note = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            if not separator or not first.startswith("old "):
                raise ValueError("no old size")
            old = decode_decimal(first.removeprefix("old "))
            proof = parse_hash_lines(lines)
        except ValueError as error:
            raise FormatError(
                "witness_request.malformed", "This is not an add-checkpoint request.", "Its first line is `old <size>` (C2SP)."
            ) from error
        return cls(old, tuple(proof), SignedNote.parse(note))

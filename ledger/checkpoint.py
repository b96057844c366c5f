"""Checkpoints (C2SP tlog-checkpoint): what a log says its tree is, as the body of a signed note.

<origin>
<tree size>
<base64 root>
<extension lines, if any>
"""

from dataclasses import dataclass

from ledger.algorithms import DIGEST_BYTES
from ledger.encoding import decode_base64, decode_decimal, encode_base64
from ledger.keys import check_name
from schemas.errors import FormatError

MAX_EXTENSION_LINES = 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's name, how many leaves, and their root. Extension lines carry no meaning here."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def body(self) -> str:
        """The text a log signs."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, body: str) -> "Checkpoint":
        """The tree head of a note's body.

        Raises:
            FormatError: `checkpoint.malformed`.
        """
        try:
            lines = body.split("\n")
            origin, size, root, *extensions, end = lines
            if end or not all(extensions) or len(extensions) > MAX_EXTENSION_LINES:
                raise ValueError("not a list of lines")
            checkpoint = cls(check_name(origin), decode_decimal(size), decode_base64(root), tuple(extensions))
            if len(checkpoint.root) != DIGEST_BYTES:
                raise ValueError("not a root")
        except ValueError as error:
            raise FormatError(
                "checkpoint.malformed", "This is not a checkpoint.", "Its lines are origin, size and base64 root (C2SP)."
            ) from error
        return checkpoint

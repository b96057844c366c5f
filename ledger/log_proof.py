"""Proofs that an entry is in a log, readable without the log (C2SP tlog-proof@v1).

    c2sp.org/tlog-proof@v1
    index <position of the entry>
    <base64 hash>                        from the entry's sibling up to the root's child
    …

    <the checkpoint, signed and cosigned>

An `extra` line is allowed and not kept: nothing authenticates it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.algorithms import DIGEST_BYTES
from ledger.encoding import decode_base64, decode_decimal, encode_base64
from ledger.merkle import MAX_PATH
from ledger.notes import MAX_NOTE_BYTES, SignedNote
from schemas.errors import FormatError

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_MAX_EXTRA_CHARACTERS = 4096
MAX_PROOF_CHARACTERS = MAX_NOTE_BYTES + 8192


@dataclass(frozen=True, slots=True)
class LogProof:
    """Where an entry stands in a log, the way from it to the root, and the checkpoint that has this root."""

    position: int
    path: tuple[bytes, ...]
    note: SignedNote

    def __str__(self) -> str:
        return f"{_FIRST_LINE}\nindex {self.position}\n{hash_lines(self.path)}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> "LogProof":
        """Read a proof strictly.

        Raises:
            FormatError: `log_proof.malformed`; those of `SignedNote.parse`.
        """
        try:
            if len(text) > MAX_PROOF_CHARACTERS:
                raise ValueError("too long")
            head, separator, note = text.partition("\n\n")
            first, *lines = head.split("\n")
            if first != _FIRST_LINE or not separator:
                raise ValueError("not a proof")
            if lines and lines[0].startswith("extra "):
                if len(lines[0]) > _MAX_EXTRA_CHARACTERS:
                    raise ValueError("too long")
                decode_base64(lines[0].removeprefix("extra "))
                lines = lines[1:]
            if not lines or not lines[0].startswith("index "):
                raise ValueError("no index")
            position = decode_decimal(lines[0].removeprefix("index "))
            path = parse_hash_lines(lines[1:])
        except ValueError as error:
            raise FormatError(
                "log_proof.malformed", "This is not a transparency log proof.", "Its first line is c2sp.org/tlog-proof@v1."
            ) from error
        return cls(position, tuple(path), SignedNote.parse(note))


def hash_lines(path: Sequence[bytes]) -> str:
    """One base64 line a hash."""
    return "".join(f"{encode_base64(step)}\n" for step in path)


def parse_hash_lines(lines: Sequence[str]) -> list[bytes]:
    """The hashes of `hash_lines`. Raises ValueError for more than a proof can have, other spellings and other lengths."""
    if len(lines) > MAX_PATH:
        raise ValueError("too many hashes")
    path = [decode_base64(line) for line in lines]
    if any(len(step) != DIGEST_BYTES for step in path):
        raise ValueError("not a hash")
    return path

"""Signed notes (C2SP signed-note) and timestamped cosignatures (C2SP tlog-cosignature, Ed25519).

    <body, one or more lines>
    <empty line>
    — <name> <base64(key id[4] ‖ signature)>                        signed over the body
    — <name> <base64(key id[4] ‖ be64 time ‖ signature)>            cosigned over "cosignature/v1\\ntime <t>\\n" and the body

Order of reading: size, UTF-8 without control characters, the last empty line, then each signature line strictly. Signatures of
unknown keys are ignored; a bad or repeated signature of a known key refuses the whole note. What a note says must not be
believed before `verify` has answered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.encoding import decode_base64, encode_base64
from ledger.keys import KeyType, SigningKey, VerifierKey, check_name
from schemas.errors import FormatError

__all__ = ["KeyType", "NoteSignature", "SignedNote", "SigningKey", "Verified", "VerifierKey", "cosign", "sign"]

MAX_NOTE_BYTES = 64 * 1024
MAX_SIGNATURES = 64
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_ID_BYTES = 4
_TIME_BYTES = 8
_ED25519_BYTES = 64
# The last second of the year 9999: a later one has no place in a datetime, and no honest witness writes it.
_LAST_SECOND = 253_402_300_799


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who says to have signed, by which key id, and the rest of the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """A known key whose signature on the note holds. `at` is when a witness cosigned; a log's signature has no time."""

    key: VerifierKey
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note as it was read: nothing in it is true yet."""

    body: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.body}\n{''.join(map(str, self.signatures))}"

    @classmethod
    def parse(cls, text: str) -> "SignedNote":
        """Read a note strictly.

        Raises:
            FormatError: `note.malformed`; `note.too_long`, more than 64 KiB or more than 64 signatures.
        """
        try:
            if len(text) > MAX_NOTE_BYTES or len(text.encode()) > MAX_NOTE_BYTES:
                raise _too_long()
            if _CONTROL.search(text):
                raise ValueError("control character")
            head, separator, tail = text.rpartition("\n\n")
            if not separator or not head or not tail.endswith("\n"):
                raise ValueError("no signature lines")
            lines = tail[:-1].split("\n")
            if len(lines) > MAX_SIGNATURES:
                raise _too_long()
            return cls(head + "\n", tuple(_parse_line(line) for line in lines))
        except ValueError as error:
            raise _malformed() from error

    def with_signatures(self, signatures: Sequence[NoteSignature]) -> "SignedNote":
        return SignedNote(self.body, (*self.signatures, *signatures))

    def verify(self, keys: Sequence[VerifierKey]) -> list[Verified]:
        """Those of `keys` that signed this note, in the order of the lines.

        Raises:
            FormatError: `note.bad_signature`, a line names a known key and does not hold; `note.repeated_signature`, a known
                key signed twice.
        """
        known = {(key.name, key.id): key for key in keys}
        verified: dict[tuple[str, bytes], Verified] = {}
        for line in self.signatures:
            identity = line.name, line.key_id
            if identity not in known:
                continue
            if identity in verified:
                raise FormatError("note.repeated_signature", "A known key signed this note twice.", "Ask for the note again.")
            verified[identity] = _check(self.body, line, known[identity])
        return list(verified.values())


def sign(body: str, key: SigningKey) -> SignedNote:
    """The note with one signature, that of a log's key, over `body` (one or more lines, each ended)."""
    signature = key.sign(body.encode())
    return SignedNote(body, (NoteSignature(key.verifier_key.name, key.verifier_key.id, signature),))


def cosign(body: str, key: SigningKey, at: datetime) -> NoteSignature:
    """A witness's cosignature: as of `at`, `body` is the largest consistent tree head it has seen of that log."""
    seconds = int(at.timestamp())
    signature = seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_cosigned(body, seconds))
    return NoteSignature(key.verifier_key.name, key.verifier_key.id, signature)


def parse_signature_lines(text: str) -> list[NoteSignature]:
    """The signature lines of a witness's answer (C2SP tlog-witness).

    Raises:
        FormatError: `note.malformed`, `note.too_long`.
    """
    note = SignedNote.parse(f"-\n\n{text}")
    if note.body != "-\n":
        raise _malformed()
    return list(note.signatures)


def _parse_line(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise ValueError("not a signature line")
    name, separator, text = line.removeprefix(_DASH).partition(" ")
    data = decode_base64(text)
    if not separator or len(data) <= _ID_BYTES:
        raise ValueError("not a signature line")
    return NoteSignature(check_name(name), data[:_ID_BYTES], data[_ID_BYTES:])


def _check(body: str, line: NoteSignature, key: VerifierKey) -> Verified:
    if key.type is KeyType.NOTE:
        if len(line.signature) == _ED25519_BYTES and key.signed(body.encode(), line.signature):
            return Verified(key, None)
        raise _bad_signature()
    seconds = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if (
        len(line.signature) == _TIME_BYTES + _ED25519_BYTES
        and seconds <= _LAST_SECOND
        and key.signed(_cosigned(body, seconds), line.signature[_TIME_BYTES:])
    ):
        return Verified(key, datetime.fromtimestamp(seconds, UTC))
    raise _bad_signature()


def _cosigned(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def _malformed() -> FormatError:
    return FormatError("note.malformed", "This is not a signed note.", "It has a body, an empty line and signature lines (C2SP).")


def _bad_signature() -> FormatError:
    return FormatError("note.bad_signature", "A signature of a known key does not hold.", "The note was altered or forged.")


def _too_long() -> FormatError:
    return FormatError("note.too_long", "This note is too long.", "It may have 64 KiB and 64 signatures.")

"""Asking a witness to cosign a checkpoint (C2SP tlog-witness), with whatever may come back.

    200  a cosignature; kept only if it is this witness's and holds         COSIGNED
    409  the witness knows another size: asked once more with a proof from there
         … a size beyond ours: this log was restored from a backup          AHEAD
         … the very size we named: it knows another root for it             INCONSISTENT
    422  the proof does not hold                                            INCONSISTENT
    403, 404 and the rest                                                   REFUSED
    no answer, too slow, too long, nonsense                                 UNREACHABLE

Nothing here raises for a witness's fault: one bad witness must not stop the others.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import httpx

from ledger.encoding import decode_decimal
from ledger.fetching import Answer, exchange
from ledger.keys import KeyType
from ledger.notes import NoteSignature, SignedNote, VerifierKey, parse_signature_lines
from ledger.witness_request import SIZE_MEDIA_TYPE, AddCheckpoint
from schemas.errors import ConfigError, FormatError, LedgerError

WITNESS_SECONDS = 5.0
_ANSWER_BYTES = 16 * 1024


class Outcome(StrEnum):
    """What a witness did with a checkpoint; shown by the operator's health page."""

    COSIGNED = "cosigned"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    AHEAD = "ahead"
    INCONSISTENT = "inconsistent"

    @property
    def alarming(self) -> bool:
        """Whether only a rewritten or restored log explains it."""
        return self in (Outcome.AHEAD, Outcome.INCONSISTENT)


@dataclass(frozen=True, slots=True)
class Cosigning:
    """A witness's answer, and its signature line when there is one."""

    witness: str
    outcome: Outcome
    line: NoteSignature | None = None


class WitnessClient:
    """One witness.

    Args:
        url: its submission prefix; `/add-checkpoint` is added.
        key: its verifier key, type 0x04.
        seconds: the most time for one exchange.

    Raises:
        ConfigError: `witness.key`, a key that does not cosign.
    """

    def __init__(self, url: str, key: VerifierKey, http: httpx.AsyncClient, *, seconds: float = WITNESS_SECONDS) -> None:
        if key.type is not KeyType.COSIGNATURE:
            raise ConfigError("witness.key", "A witness's verifier key has type 0x04.", "Use the key the witness shows.")
        self.key = key
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._http = http
        self._seconds = seconds

    @property
    def name(self) -> str:
        return self.key.name

    async def cosign(
        self, note: SignedNote, size: int, old: int, prove: Callable[[int], Awaitable[Sequence[bytes]]]
    ) -> Cosigning:
        """Ask for a cosignature on `note`, the checkpoint of `size`.

        Args:
            old: the size this witness cosigned last, as far as we know.
            prove: the consistency proof from a given size to `size`.
        """
        try:
            answer = await self._ask(note, old, await prove(old))
            if answer.status == 409:
                known = _size(answer)
                if known > size:
                    return Cosigning(self.name, Outcome.AHEAD)
                if known == old:
                    return Cosigning(self.name, Outcome.INCONSISTENT)
                answer = await self._ask(note, known, await prove(known))
            return self._judge(note, answer)
        except (LedgerError, FormatError, ValueError):
            return Cosigning(self.name, Outcome.UNREACHABLE)

    async def _ask(self, note: SignedNote, old: int, proof: Sequence[bytes]) -> Answer:
        body = str(AddCheckpoint(old, tuple(proof), note)).encode()
        return await exchange(self._http, "POST", self._url, content=body, seconds=self._seconds, limit=_ANSWER_BYTES)

    def _judge(self, note: SignedNote, answer: Answer) -> Cosigning:
        match answer.status:
            case 200:
                lines = parse_signature_lines(answer.body.decode())
                ours = [line for line in lines if (line.name, line.key_id) == (self.key.name, self.key.id)]
                if not ours or not SignedNote(note.body, tuple(ours)).verify([self.key]):
                    return Cosigning(self.name, Outcome.UNREACHABLE)
                return Cosigning(self.name, Outcome.COSIGNED, ours[0])
            case 422:
                return Cosigning(self.name, Outcome.INCONSISTENT)
            case 409:  # it moved on between our two questions; the next round asks again
                return Cosigning(self.name, Outcome.UNREACHABLE)
        return Cosigning(self.name, Outcome.REFUSED)


def _size(answer: Answer) -> int:
    if answer.media_type != SIZE_MEDIA_TYPE or not answer.body.endswith(b"\n"):
        raise ValueError("not a size")
    return decode_decimal(answer.body[:-1].decode())

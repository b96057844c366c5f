"""A ledger operator over HTTP, as a `Ledger`.

What comes back is read strictly and within limits; whether a receipt is worth anything is for `verify_receipt`.
"""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from ledger.commitment import Commitment
from ledger.encoding import decode_base64
from ledger.fetching import Answer, exchange
from ledger.notes import MAX_NOTE_BYTES, SignedNote
from ledger.receipt import Receipt
from schemas.errors import FormatError, LedgerError, NotFoundError

CALL_COMMITMENTS = 1000
NO_CHECKPOINT = "ledger.no_checkpoint"
"""The most commitments the service takes in one call."""

_SECONDS = 10.0
_RECEIPT_BYTES = 80 * 1024
_SHORT_BYTES = 64 * 1024


class LedgerClient:
    """The ledger at `url`.

    Args:
        url: where the operator's service is.
        token: needed for `submit` and `receipts`; empty for those who only check.
        http: carries the calls.

    Raises (from every call):
        LedgerError: `ledger.unreachable`, `ledger.slow`, `ledger.answer_too_long`, `ledger.answer_malformed`; `ledger.refused`,
            the operator answered with an error, whose code the message names.
    """

    def __init__(self, url: str, token: str, http: httpx.AsyncClient, *, seconds: float = _SECONDS) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
        self._http = http
        self._seconds = seconds

    async def submit(self, commitments: Sequence[Commitment]) -> None:
        for batch in _batches(commitments):
            await self._call("POST", "/commitments", limit=_SHORT_BYTES, content=_body(batch))

    async def receipts(self, commitments: Sequence[Commitment]) -> dict[bytes, Receipt]:
        ready: dict[bytes, Receipt] = {}
        for batch in _batches(commitments):
            answer = await self._call("POST", "/receipts", limit=len(batch) * _RECEIPT_BYTES + 1024, content=_body(batch))
            members = _member(answer, "receipts", dict)
            try:
                ready |= {one.digest: Receipt.from_json(members[one.text()]) for one in batch if one.text() in members}
            except FormatError as error:
                raise _malformed() from error
        return ready

    async def checkpoint(self) -> str:
        """The newest published checkpoint.

        Raises:
            NotFoundError: `ledger.no_checkpoint`, the ledger works and has published none yet.
            LedgerError: it does not work.
        """
        answer = await self._call("GET", "/checkpoint", limit=MAX_NOTE_BYTES)
        try:
            return str(SignedNote.parse(answer.body.decode()))
        except (FormatError, UnicodeDecodeError) as error:
            raise _malformed() from error

    async def consistency(self, old: int, new: int) -> list[bytes]:
        answer = await self._call("GET", f"/consistency?old={old}&new={new}", limit=_SHORT_BYTES)
        try:
            return [decode_base64(step) for step in _member(answer, "proof", list)]
        except (ValueError, AttributeError) as error:
            raise _malformed() from error

    async def _call(self, method: str, path: str, *, limit: int, content: bytes | None = None) -> Answer:
        answer = await exchange(
            self._http,
            method,
            self._url + path,
            content=content,
            headers=self._headers,
            seconds=self._seconds,
            limit=limit,
        )
        if not 200 <= answer.status < 300:
            code = _problem_code(answer)
            if code == NO_CHECKPOINT:
                raise NotFoundError(NO_CHECKPOINT, "The ledger has published no checkpoint yet.", "It does with its first epoch.")
            raise LedgerError(
                "ledger.refused",
                f"The ledger refused with status {answer.status} ({code}).",
                "Check the ledger's URL and token in agents.yml.",
            )
        return answer


def _batches(commitments: Sequence[Commitment]) -> list[Sequence[Commitment]]:
    return [commitments[i : i + CALL_COMMITMENTS] for i in range(0, len(commitments), CALL_COMMITMENTS)]


def _body(commitments: Sequence[Commitment]) -> bytes:
    return json.dumps({"commitments": [one.text() for one in commitments]}).encode()


def _member(answer: Answer, name: str, kind: type) -> Any:
    try:
        value = json.loads(answer.body)[name]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(value, kind):
        raise _malformed()
    return value


def _problem_code(answer: Answer) -> str:
    """The code of a problem answer, if it is one of ours: letters, digits, dots and underscores."""
    try:
        code = json.loads(answer.body)["code"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "no code"
    plain = isinstance(code, str) and code.isascii() and code.replace(".", "").replace("_", "").isalnum() and len(code) < 64
    return code if plain else "no code"


def _malformed() -> LedgerError:
    return LedgerError("ledger.answer_malformed", "The ledger's answer is not what it should be.", "Is this the ledger's URL?")

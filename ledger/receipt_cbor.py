"""Receipts in compact CBOR (RFC 8949), small enough for a QR code.

    [1, driver, multihash code,
     [index, size, root, path],                       epoch: the path is its hashes one after another
     [index, path],                                   log
     [origin, size, root, [extension lines]],         checkpoint
     [[name, key id ‖ signature], …]]                 its signatures

Exactly one sequence of bytes stands for one receipt: what was read is written again and must come out the same. That refuses
every non-canonical spelling, trailing bytes, tags and indefinite lengths at once.
"""

from typing import Any

import cbor2

from ledger.algorithms import DIGEST_BYTES, Algorithm
from ledger.checkpoint import Checkpoint
from ledger.epoch import EpochProof
from ledger.log_proof import LogProof
from ledger.notes import NoteSignature, SignedNote
from ledger.receipt import Receipt
from schemas.errors import FormatError

MAX_CBOR_BYTES = 8192
_VERSION = 1
_DRIVER_CODES = {"tlog": 0}
_ALGORITHM_CODES = {Algorithm.SHA_256: 0x12, Algorithm.SM3: 0x534D}
# Whatever a decoder may answer to hostile bytes; none of it may pass for more than "malformed".
_DECODER_ERRORS = (cbor2.CBORError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError)


def encode(receipt: Receipt) -> bytes:
    """The compact form.

    Raises:
        FormatError: `receipt.malformed`, the log's note is not a checkpoint; `receipt.too_long`, more than 8 KiB.
    """
    epoch, log = receipt.epoch, receipt.log
    checkpoint = Checkpoint.parse(log.note.body)
    data = cbor2.dumps(
        [
            _VERSION,
            _DRIVER_CODES[receipt.driver],
            _ALGORITHM_CODES[receipt.algorithm],
            [epoch.position, epoch.size, epoch.root, b"".join(epoch.path)],
            [log.position, b"".join(log.path)],
            [checkpoint.origin, checkpoint.size, checkpoint.root, list(checkpoint.extensions)],
            [[line.name, line.key_id + line.signature] for line in log.note.signatures],
        ]
    )
    if len(data) > MAX_CBOR_BYTES:
        raise FormatError("receipt.too_long", "This receipt is too long for the compact form.", "Carry it in the file.")
    return data


def decode(data: bytes) -> Receipt:
    """The receipt of its compact form, read strictly; nothing in it is believed yet.

    Raises:
        FormatError: `receipt.malformed`, not the one canonical form of a receipt.
    """
    if len(data) > MAX_CBOR_BYTES:
        raise _malformed()
    try:
        receipt = _build(cbor2.loads(data))
        if encode(receipt) != data:
            raise ValueError("not the canonical form")
    except (*_DECODER_ERRORS, FormatError) as error:
        raise _malformed() from error
    return receipt


def _build(value: Any) -> Receipt:
    version, driver, algorithm, epoch, log, head, lines = value
    if version != _VERSION:
        raise ValueError("another version")
    drivers = {code: name for name, code in _DRIVER_CODES.items()}
    algorithms = {code: name for name, code in _ALGORITHM_CODES.items()}
    epoch_position, epoch_size, epoch_root, epoch_path = epoch
    log_position, log_path = log
    origin, size, root, extensions = head
    body = Checkpoint(origin, size, root, tuple(extensions)).body()
    signatures = tuple(NoteSignature(name, signature[:4], signature[4:]) for name, signature in lines)
    return Receipt(
        drivers[driver],
        algorithms[algorithm],
        EpochProof(epoch_position, epoch_size, epoch_root, _hashes(epoch_path)),
        # Through the text form, so that both forms of a receipt pass the same gate.
        LogProof.parse(str(LogProof(log_position, _hashes(log_path), SignedNote(body, signatures)))),
    )


def _hashes(path: bytes) -> tuple[bytes, ...]:
    if not isinstance(path, bytes) or len(path) % DIGEST_BYTES:
        raise ValueError("not a path")
    return tuple(path[i : i + DIGEST_BYTES] for i in range(0, len(path), DIGEST_BYTES))


def _malformed() -> FormatError:
    return FormatError("receipt.malformed", "This is not a compact ledger receipt.", "Scan the code again.")

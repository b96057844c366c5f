"""Receipts: what a patient carries so that anyone can see, offline, that a commitment was witnessed.

    commitment ──path──▸ epoch root ──entry, path──▸ log root ──▸ checkpoint, signed by the log and cosigned by witnesses

A receipt is the `LedgerReceipt` member of a credential's `proof`, or compact CBOR in a QR code (`ledger.receipt_cbor`). It does
not contain the commitment: whoever checks it computes that from the record in hand.

`verify_receipt` first ties the commitment to the epoch root, then hands the rest to the receipt's driver. A driver proves one
thing, that an entry stands in a ledger under a trusted head; another kind of ledger is another row in `_DRIVERS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.algorithms import Algorithm, named
from ledger.commitment import Commitment
from ledger.epoch import EpochProof
from ledger.finding import LedgerFinding, LedgerTrust, Reason
from ledger.log_proof import LogProof
from ledger.notes import VerifierKey
from ledger.tlog_driver import verify_entry
from schemas.errors import FormatError

_TYPE = "LedgerReceipt"
_DRIVERS: Mapping[str, Callable[[bytes, LogProof, LedgerTrust], LedgerFinding]] = {"tlog": verify_entry}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was read: its parts have the right shape, and nothing in it is believed yet."""

    driver: str
    algorithm: Algorithm
    epoch: EpochProof
    log: LogProof

    def to_json(self) -> dict[str, Any]:
        """The `LedgerReceipt` member of `proof`."""
        return {
            "type": _TYPE,
            "driver": self.driver,
            "algorithm": str(self.algorithm),
            "epoch": self.epoch.to_json(),
            "log": str(self.log),
        }

    @classmethod
    def from_json(cls, member: object) -> "Receipt":
        """Read a `LedgerReceipt` member strictly.

        Raises:
            FormatError: `receipt.malformed`, any other shape; `receipt.driver`, a kind of ledger not known here;
                `hash.unknown`; those of `LogProof.parse`.
        """
        match member:
            case {"type": "LedgerReceipt", "driver": str(driver), "algorithm": algorithm, "epoch": epoch, "log": log}:
                if driver not in _DRIVERS:
                    raise FormatError("receipt.driver", "This kind of ledger receipt is not known here.", "Known is tlog.")
                if isinstance(member, dict) and len(member) == 5 and isinstance(log, str):
                    try:
                        proof = EpochProof.from_json(epoch)
                    except ValueError as error:
                        raise _malformed() from error
                    return cls(driver, named(algorithm), proof, LogProof.parse(log))
        raise _malformed()


def verify_receipt(
    receipt: object,
    commitment: Commitment,
    *,
    logs: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey],
    quorum: int,
) -> LedgerFinding:
    """Whether `receipt` shows that `commitment` stands in a trusted log that enough witnesses watched.

    Args:
        receipt: a `Receipt`, or the `LedgerReceipt` member just as it stood in the file.
        commitment: computed from the record in hand, never taken from the file.
        logs: verifier keys (type 0x01) of trusted logs.
        witnesses: verifier keys (type 0x04) of trusted witnesses.
        quorum: how many different witnesses must have cosigned; 0 believes the log alone.

    Returns:
        The finding; never raises for what is wrong with a receipt. Whether the checkpoint continues what was seen of this
        log before is for `ledger.memory`.
    """
    if quorum < 0:
        raise ValueError("a quorum cannot be negative")
    if not isinstance(receipt, Receipt):
        try:
            receipt = Receipt.from_json(receipt)
        except FormatError as error:
            unknown = error.code == "receipt.driver"
            return LedgerFinding(False, Reason.UNKNOWN_DRIVER if unknown else Reason.MALFORMED)
    if receipt.algorithm != commitment.algorithm:
        return LedgerFinding(False, Reason.OTHER_ALGORITHM)
    if not receipt.epoch.holds(commitment):
        return LedgerFinding(False, Reason.OTHER_COMMITMENT)
    entry = receipt.epoch.entry(receipt.algorithm)
    return _DRIVERS[receipt.driver](entry, receipt.log, LedgerTrust(logs, witnesses, quorum))


def _malformed() -> FormatError:
    return FormatError(
        "receipt.malformed", "This is not a ledger receipt.", "It has type LedgerReceipt, driver, algorithm, epoch and log."
    )

"""The records in a patient's wallet, read from the agent, with what this wallet can check of them itself.

The one check: the fingerprint recomputed from the record must be the one its ledger receipt speaks about, and the receipt must
be signed by a ledger and witnesses this wallet was given keys of. Who issued a record, and whether it was revoked since, is
for a verifier to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.commitment import credential_commitment
from ledger.notes import VerifierKey
from ledger.receipt import verify_receipt
from schemas.errors import FormatError, NotFoundError, RecordError
from schemas.types import RecordType, record_type_of
from wallet.tenants import Tenants

type Credential = dict[str, Any]


class Witnessing(StrEnum):
    WITNESSED = "witnessed"
    NO_RECEIPT = "no_receipt"
    NO_KEYS = "no_keys"
    NOT_ESTABLISHED = "not_established"


@dataclass(frozen=True)
class Witnessed:
    """What the receipt says. `at` and `by` are empty unless it is established."""

    state: Witnessing
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Record:
    """A record in the wallet: `record_id` is the agent's, it says nothing of the content."""

    record_id: str
    credential: Credential
    type: RecordType
    witnessed: Witnessed


@dataclass(frozen=True)
class ReceiptKeys:
    """The ledgers and witnesses this wallet knows."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...]
    quorum: int

    @classmethod
    def parse(cls, logs: Sequence[str], witnesses: Sequence[str], quorum: int) -> "ReceiptKeys":
        return cls(tuple(map(VerifierKey.parse, logs)), tuple(map(VerifierKey.parse, witnesses)), quorum)

    def check(self, credential: Credential) -> Witnessed:
        """Recompute the fingerprint and compare it with the receipt beside the signature. Never raises for a bad record."""
        if not self.logs:
            return Witnessed(Witnessing.NO_KEYS)
        proofs = credential.get("proof")
        members = [proofs] if isinstance(proofs, dict) else proofs if isinstance(proofs, list) else []
        receipts = [member for member in members if isinstance(member, dict) and member.get("type") == "LedgerReceipt"]
        if not receipts:
            return Witnessed(Witnessing.NO_RECEIPT)
        try:
            commitment = credential_commitment(credential)
        except FormatError:
            return Witnessed(Witnessing.NOT_ESTABLISHED)
        for receipt in receipts:
            found = verify_receipt(receipt, commitment, logs=self.logs, witnesses=self.witnesses, quorum=self.quorum)
            if found.established:
                return Witnessed(Witnessing.WITNESSED, found.integrated_at, found.origin)
        return Witnessed(Witnessing.NOT_ESTABLISHED)


class Records:
    def __init__(self, tenants: Tenants, keys: ReceiptKeys) -> None:
        self._tenants = tenants
        self._keys = keys

    async def all(self, account_id: str) -> list[Record]:
        """Every record of a kind this wallet knows, newest first."""
        held = await self._tenants.ask(account_id, lambda client: client.held_credentials())
        records = [
            Record(one.record_id, one.credential, record_type, self._keys.check(one.credential))
            for one in held
            if (record_type := known_type(one.credential)) is not None
        ]
        return sorted(records, key=lambda record: str(record.credential.get("validFrom", "")), reverse=True)

    async def get(self, account_id: str, record_id: str) -> Record:
        """Raises NotFoundError `record.unknown`."""
        for record in await self.all(account_id):
            if record.record_id == record_id:
                return record
        raise NotFoundError("record.unknown", "There is no such record in this wallet.")


def known_type(credential: Credential) -> RecordType | None:
    """Which of the nine kinds of record this is; None for any other credential."""
    try:
        return record_type_of(credential)
    except RecordError:
        return None


def issuer_of(credential: Credential) -> str:
    """The issuer's DID as the record states it."""
    issuer = credential.get("issuer")
    return str(issuer.get("id", "")) if isinstance(issuer, dict) else str(issuer or "")

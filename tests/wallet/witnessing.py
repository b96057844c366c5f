"""A ledger of one epoch, to put a real receipt beside a record's signature."""

from datetime import datetime
from typing import Any

from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import credential_commitment
from ledger.epoch import EpochTree
from ledger.keys import KeyType, SigningKey
from ledger.log_proof import LogProof
from ledger.merkle import SHA256, MemoryTree
from ledger.notes import cosign, sign
from ledger.receipt import Receipt

LOG = SigningKey.from_seed("ledger.example/harbour", KeyType.NOTE, "11" * 32)
WITNESS = SigningKey.from_seed("witness.example/bay", KeyType.COSIGNATURE, "22" * 32)


def receipt_for(credential: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The LedgerReceipt member for this record as it is now, cosigned at `at`."""
    leaves = sorted([credential_commitment(credential).digest, *(SHA256.leaf(bytes([number])) for number in range(31))])
    epoch = EpochTree(Algorithm.SHA_256, leaves)
    entries = [*(b"entry %d" % number for number in range(5)), epoch.entry()]
    tree = MemoryTree(SHA256, entries)
    body = Checkpoint(LOG.verifier_key.name, tree.size, tree.root()).body()
    note = sign(body, LOG).with_signatures([cosign(body, WITNESS, at)])
    proof = LogProof(5, tuple(tree.inclusion(5)), note)
    position = leaves.index(credential_commitment(credential).digest)
    return Receipt("tlog", Algorithm.SHA_256, epoch.proof(position), proof).to_json()

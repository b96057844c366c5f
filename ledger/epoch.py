"""Epochs: all commitments of some seconds under one root, and the entry that puts this root into a log.

    tree     RFC 6962 over the commitments of one algorithm, with random decoys up to a power of two (at least 16 leaves),
             in ascending order of their bytes: neither the order of arrival nor a hospital's exact volume can be read from it
    entry    "ddtp-epoch-v1\\n" <algorithm> "\\n" <leaves> "\\n" <base64 root> "\\n"

The entry binds root, size and algorithm, and its first line keeps it apart from anything else a log may hold. One tree has one
algorithm; SHA-256 and SM3 commitments of the same seconds become two trees.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ledger.algorithms import DIGEST_BYTES, Algorithm
from ledger.commitment import Commitment
from ledger.encoding import decode_base64, encode_base64
from ledger.merkle import MemoryTree, inclusion_root, tree_hash

SMALLEST_EPOCH = 16
"""Leaves of the smallest tree: a single record in a quiet night must not show as a tree of one. Costs four hashes a receipt."""

LARGEST_EPOCH = 2**17
"""Leaves of the largest tree sealed here, about a second's work; what is left over waits for the next epoch."""

MAX_EPOCH_PATH = 24
"""The longest path a receipt may bring from a commitment to its epoch root."""


@dataclass(frozen=True, slots=True)
class EpochProof:
    """Where a commitment stands in its epoch's tree, and the way to the root."""

    position: int
    size: int
    root: bytes
    path: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Raises ValueError unless size is the power of two that the path has hashes for, and all parts have their length."""
        if not 0 <= self.position < self.size or self.size != 1 << len(self.path) or len(self.path) > MAX_EPOCH_PATH:
            raise ValueError("position, size and path of an epoch proof do not fit")
        if any(len(step) != DIGEST_BYTES for step in (self.root, *self.path)):
            raise ValueError("not a hash")

    def holds(self, commitment: Commitment) -> bool:
        """Whether the path leads from this commitment to the root."""
        hashes = tree_hash(commitment.algorithm)
        leaf = hashes.leaf(commitment.digest)
        return inclusion_root(hashes, leaf, self.position, self.size, self.path) == self.root

    def entry(self, algorithm: Algorithm) -> bytes:
        """The log entry that vouches for this root."""
        return epoch_entry(algorithm, self.size, self.root)

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.position,
            "size": self.size,
            "root": encode_base64(self.root),
            "path": [encode_base64(step) for step in self.path],
        }

    @classmethod
    def from_json(cls, value: object) -> "EpochProof":
        """The proof of `to_json()`. Raises ValueError for any other shape."""
        match value:
            case {"index": int(position), "size": int(size), "root": str(root), "path": list(path)} if (
                isinstance(value, dict)
                and len(value) == 4
                and not isinstance(position, bool)
                and not isinstance(size, bool)
                and len(path) <= MAX_EPOCH_PATH
                and all(isinstance(step, str) for step in path)
            ):
                return cls(position, size, decode_base64(root), tuple(decode_base64(step) for step in path))
        raise ValueError("not an epoch proof")


def epoch_entry(algorithm: Algorithm, size: int, root: bytes) -> bytes:
    """The canonical bytes by which an epoch's root stands in a log."""
    return f"ddtp-epoch-v1\n{algorithm}\n{size}\n{encode_base64(root)}\n".encode()


def padded(commitments: Collection[bytes], random_bytes: Callable[[int], bytes]) -> tuple[list[bytes], list[bytes]]:
    """The leaves of an epoch in their order, and which of them are decoys.

    A decoy looks like a commitment to everyone who does not hold the operator's database.
    """
    size = max(SMALLEST_EPOCH, 1 << (len(commitments) - 1).bit_length())
    decoys = [random_bytes(DIGEST_BYTES) for _ in range(size - len(commitments))]
    return sorted([*commitments, *decoys]), decoys


class EpochTree:
    """The tree of one epoch and one algorithm, rebuilt from its leaves whenever receipts are made."""

    def __init__(self, algorithm: Algorithm, leaves: list[bytes]) -> None:
        self.algorithm = algorithm
        self._tree = MemoryTree(tree_hash(algorithm), leaves)
        self.size = len(leaves)
        self.root = self._tree.root()

    def entry(self) -> bytes:
        return epoch_entry(self.algorithm, self.size, self.root)

    def proof(self, position: int) -> EpochProof:
        return EpochProof(position, self.size, self.root, tuple(self._tree.inclusion(position)))

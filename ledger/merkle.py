"""Merkle trees after RFC 6962 §2 / RFC 9162 §2: hashing, proofs, and their strict verification.

    leaf = H(0x00 ‖ data)        node = H(0x01 ‖ left ‖ right)        root of nothing = H()

Proof makers ask a `Subtrees` for the hashes of complete subtrees only (`node(level, position)` covers the 2^level leaves from
position·2^level on): a tree in memory and a log in a database serve alike. Verifiers take nothing on trust: sizes, positions,
the number of hashes and their lengths must all fit, and a proof with anything left over fails.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from ledger.algorithms import DIGEST_BYTES, Algorithm, hash_constructor

if TYPE_CHECKING:
    from sm.digest import Hash

MAX_PATH = 63
"""The most hashes a proof of a tree with fewer than 2^63 leaves can have (C2SP tlog-witness allows no more)."""


class TreeHash:
    """The leaf and node hashes of one algorithm; the two prefixes keep a node from passing as a leaf."""

    def __init__(self, constructor: "Callable[..., Hash]") -> None:
        self._new = constructor
        self.empty_root = constructor(b"").digest()

    def leaf(self, data: bytes) -> bytes:
        return self._new(b"\x00" + data).digest()

    def node(self, left: bytes, right: bytes) -> bytes:
        return self._new(b"\x01" + left + right).digest()


@cache
def tree_hash(algorithm: Algorithm) -> TreeHash:
    """The tree hashes of an algorithm."""
    return TreeHash(hash_constructor(algorithm))


SHA256 = tree_hash(Algorithm.SHA_256)
"""The hashes of every transparency log (C2SP tlog-checkpoint knows no other)."""


class Subtrees(Protocol):
    """Where hashes of complete subtrees come from."""

    def node(self, level: int, position: int) -> bytes:
        """The hash over the 2^level leaves that begin at position·2^level; level 0 is a leaf hash."""
        ...


class MemoryTree:
    """A tree over leaf data, all levels in memory."""

    def __init__(self, hashes: TreeHash, leaves: Sequence[bytes]) -> None:
        self._hashes = hashes
        self.levels = [[hashes.leaf(data) for data in leaves]]
        while len(below := self.levels[-1]) > 1:
            self.levels.append([hashes.node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def node(self, level: int, position: int) -> bytes:
        return self.levels[level][position]

    @property
    def size(self) -> int:
        return len(self.levels[0])

    def root(self, size: int | None = None) -> bytes:
        return root(self._hashes, self, self.size if size is None else size)

    def inclusion(self, position: int) -> list[bytes]:
        return inclusion_proof(self._hashes, self, position, self.size)


def root(hashes: TreeHash, tree: Subtrees, size: int) -> bytes:
    """The root of the first `size` leaves (RFC 9162 §2.1.1)."""
    return _range(hashes, tree, 0, size) if size else hashes.empty_root


def inclusion_proof(hashes: TreeHash, tree: Subtrees, position: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `position` to the root of the first `size` leaves (RFC 9162 §2.1.3.1)."""
    if not 0 <= position < size:
        raise ValueError("no such leaf in a tree of this size")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if position < middle:
            path.append(_range(hashes, tree, middle, end))
            end = middle
        else:
            path.append(_range(hashes, tree, begin, middle))
            begin = middle
    return path[::-1]


def consistency_proof(hashes: TreeHash, tree: Subtrees, old: int, new: int) -> list[bytes]:
    """The hashes that show the first `old` leaves are the beginning of the first `new` (RFC 9162 §2.1.4.1).

    Empty when `old` is 0 or equal to `new`: then there is nothing to show but the root itself.
    """
    if not 0 <= old <= new:
        raise ValueError("a tree cannot shrink")
    if old in (0, new):
        return []
    path: list[bytes] = []
    begin, end = 0, new
    whole = True  # whether [begin, old) is the complete old tree, whose root the verifier already has
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range(hashes, tree, middle, end))
            end = middle
        else:
            path.append(_range(hashes, tree, begin, middle))
            begin = middle
            whole = False
    if not whole:
        path.append(_range(hashes, tree, begin, end))
    return path[::-1]


def inclusion_root(hashes: TreeHash, leaf_hash: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root a proof leads to, None when the proof does not fit position and size (RFC 9162 §2.1.3.2)."""
    if not 0 <= position < size or not _well_formed(path):
        return None
    fn, sn = position, size - 1
    current = leaf_hash
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            current = hashes.node(sibling, current)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            current = hashes.node(current, sibling)
        fn >>= 1
        sn >>= 1
    return current if sn == 0 else None


def verify_consistency(hashes: TreeHash, old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` shows that the tree (`new`, `new_root`) begins with (`old`, `old_root`) (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new or not _well_formed(path):
        return False
    if old == 0:
        return not path and old_root == hashes.empty_root and (new > 0 or new_root == old_root)
    if old == new:
        return not path and old_root == new_root
    if not path:
        return False
    hops = [old_root, *path] if old & (old - 1) == 0 else list(path)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    old_end = new_end = hops[0]
    for hop in hops[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_end = hashes.node(hop, old_end)
            new_end = hashes.node(hop, new_end)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            new_end = hashes.node(new_end, hop)
        fn >>= 1
        sn >>= 1
    return sn == 0 and old_end == old_root and new_end == new_root


def _range(hashes: TreeHash, tree: Subtrees, begin: int, end: int) -> bytes:
    """The hash over leaves [begin, end), where `begin` is a multiple of the largest power of two below the width."""
    width = end - begin
    if width & (width - 1) == 0:
        return tree.node(width.bit_length() - 1, begin // width)
    middle = begin + _split(width)
    return hashes.node(_range(hashes, tree, begin, middle), _range(hashes, tree, middle, end))


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _well_formed(path: Sequence[bytes]) -> bool:
    return len(path) <= MAX_PATH and all(len(step) == DIGEST_BYTES for step in path)

"""Epochs: what they hide, what their entry binds, and proofs from a commitment to the root."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.algorithms import Algorithm
from ledger.commitment import Commitment
from ledger.encoding import encode_base64
from ledger.epoch import SMALLEST_EPOCH, EpochProof, EpochTree, epoch_entry, padded


def digests(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


def random_bytes(count: int) -> bytes:
    random_bytes.made = getattr(random_bytes, "made", 0) + 1  # type: ignore[attr-defined]
    return hashlib.sha256(b"decoy%d" % random_bytes.made).digest()[:count]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("count", "size"), [(1, 16), (15, 16), (16, 16), (17, 32), (32, 32), (1000, 1024)])
def test_volumes_are_hidden_in_powers_of_two(count: int, size: int) -> None:
    leaves, decoys = padded(digests(count), random_bytes)
    assert (len(leaves), len(decoys)) == (size, size - count)
    assert set(leaves) == set(digests(count)) | set(decoys)
    assert len(set(leaves)) == size


def test_the_order_of_arrival_leaves_no_trace() -> None:
    forwards, _ = padded(digests(16), random_bytes)
    backwards, _ = padded(digests(16)[::-1], random_bytes)
    assert forwards == backwards == sorted(digests(16))


def test_the_entry_written_out() -> None:
    root = bytes(range(32))
    assert epoch_entry(Algorithm.SM3, 16, root) == f"ddtp-epoch-v1\nsm3\n16\n{encode_base64(root)}\n".encode()


def test_the_entry_binds_root_size_and_algorithm() -> None:
    root = bytes(range(32))
    entries = {
        epoch_entry(Algorithm.SHA_256, 16, root),
        epoch_entry(Algorithm.SM3, 16, root),
        epoch_entry(Algorithm.SHA_256, 32, root),
        epoch_entry(Algorithm.SHA_256, 16, root[::-1]),
    }
    assert len(entries) == 4


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("count", [1, 16, 100])
def test_every_commitment_has_its_proof(algorithm: Algorithm, count: int) -> None:
    leaves, decoys = padded(digests(count), random_bytes)
    tree = EpochTree(algorithm, leaves)
    for position, digest in enumerate(leaves):
        proof = tree.proof(position)
        assert proof.holds(Commitment(algorithm, digest))
        assert EpochProof.from_json(proof.to_json()) == proof
        assert proof.entry(algorithm) == tree.entry()
    assert tree.size >= SMALLEST_EPOCH
    assert len(decoys) == tree.size - count


@settings(max_examples=100)
@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 4))
def test_a_proof_serves_one_commitment_in_one_place(position: int, other: int, at: int) -> None:
    tree = EpochTree(Algorithm.SHA_256, sorted(digests(32)))
    mine = Commitment(Algorithm.SHA_256, sorted(digests(32))[position])
    proof = tree.proof(position)
    assert proof.holds(mine)
    if other != position:
        assert not tree.proof(other).holds(mine)
        assert not replace(proof, position=other).holds(mine)
    altered = list(proof.path)
    altered[at] = bytes([altered[at][0] ^ 1]) + altered[at][1:]
    assert not replace(proof, path=tuple(altered)).holds(mine)
    assert not replace(proof, root=bytes(32)).holds(mine)


def test_the_other_algorithm_does_not_lead_to_the_root() -> None:
    leaves = sorted(digests(16))
    proof = EpochTree(Algorithm.SHA_256, leaves).proof(3)
    assert not proof.holds(Commitment(Algorithm.SM3, leaves[3]))


GOOD = EpochTree(Algorithm.SHA_256, sorted(digests(16))).proof(3).to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": 16},
        {"index": "3"},
        {"index": True},
        {"index": 3.0},
        {"size": 15},
        {"size": 32},
        {"size": 2**70},
        {"root": GOOD["root"][:-4]},
        {"root": None},
        {"path": GOOD["path"][:-1]},
        {"path": [*GOOD["path"], GOOD["root"]]},
        {"path": [*GOOD["path"][:-1], "AAAA"]},
        {"path": [*GOOD["path"][:-1], 5]},
        {"path": "AAAA"},
        {"path": [GOOD["root"]] * 1000},
        {"more": 1},
    ],
)
def test_other_shapes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        EpochProof.from_json(GOOD | change)


@pytest.mark.parametrize("value", [None, [], "text", {}, {"index": 0}])
def test_what_is_no_proof_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        EpochProof.from_json(value)

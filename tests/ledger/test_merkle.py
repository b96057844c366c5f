"""Trees and proofs: the RFC's values, every small tree against two implementations by others, and every kind of tampering."""

import aics_tlog
import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.algorithms import Algorithm
from ledger.merkle import (
    SHA256,
    MemoryTree,
    consistency_proof,
    inclusion_proof,
    inclusion_root,
    root,
    tree_hash,
    verify_consistency,
)

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
SHA256_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
SM3_ROOTS = {
    0: "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
    1: "2daef60e7a0b8f5e024c81cd2ab3109f2b4f155cf83adeb2ae5532f74a157fdf",
    3: "209ec96a210d662a964772680e8544d18cab7b88ffec3e00962220349b56ea56",
    8: "bc48ba7a709184b5f2a631e1adeb8dc2a0d4c018c1d6cc89b5664fe154c93b38",
}
MOST = 64
DATA = [bytes([number]) * 3 for number in range(MOST)]
TREE = MemoryTree(SHA256, DATA)
ROOTS = [root(SHA256, TREE, size) for size in range(MOST + 1)]


@pytest.mark.parametrize(
    ("algorithm", "roots"), [(Algorithm.SHA_256, SHA256_ROOTS), (Algorithm.SM3, SM3_ROOTS)], ids=["sha-256", "sm3"]
)
def test_roots_of_the_rfc_leaves(algorithm: Algorithm, roots: dict[int, str]) -> None:
    tree = MemoryTree(tree_hash(algorithm), LEAVES)
    assert {size: tree.root(size).hex() for size in roots} == roots


def test_every_small_tree_has_the_root_that_pymerkle_computes() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for size, data in enumerate(DATA, start=1):
        oracle.append_entry(data)
        assert oracle.get_root() == ROOTS[size]


def test_every_inclusion_proof_of_every_small_tree() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for data in DATA:
        oracle.append_entry(data)
    for size in range(1, MOST + 1):
        for position in range(size):
            path = inclusion_proof(SHA256, TREE, position, size)
            leaf = SHA256.leaf(DATA[position])
            assert inclusion_root(SHA256, leaf, position, size, path) == ROOTS[size]
            assert aics_tlog.verify_inclusion(leaf, position, size, path, ROOTS[size])
            theirs = oracle.prove_inclusion(position + 1, size).serialize()["path"]
            assert {step.hex() for step in path} <= set(theirs)


def test_every_consistency_proof_of_every_small_tree() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for data in DATA:
        oracle.append_entry(data)
    for new in range(MOST + 1):
        for old in range(new + 1):
            path = consistency_proof(SHA256, TREE, old, new)
            assert verify_consistency(SHA256, old, ROOTS[old], new, ROOTS[new], path)
            if old:
                assert aics_tlog.verify_consistency(old, new, ROOTS[old], ROOTS[new], path)
                oracle.prove_consistency(old, new).verify(ROOTS[old], ROOTS[new])  # raises unless our roots follow


def test_proofs_of_others_are_understood() -> None:
    theirs = aics_tlog.MerkleTree()
    for data in DATA[:37]:
        theirs.append(data)
    for position in range(37):
        path = theirs.inclusion_proof(position, 37)
        assert inclusion_root(SHA256, SHA256.leaf(DATA[position]), position, 37, path) == ROOTS[37]
    for old in range(1, 37):
        assert verify_consistency(SHA256, old, ROOTS[old], 37, ROOTS[37], theirs.consistency_proof(old, 37))


@st.composite
def _places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, MOST))
    return draw(st.integers(0, size - 1)), size


@settings(max_examples=200)
@given(_places(), st.data())
def test_an_altered_inclusion_proof_fails(place: tuple[int, int], data: st.DataObject) -> None:
    position, size = place
    path = inclusion_proof(SHA256, TREE, position, size)
    leaf = SHA256.leaf(DATA[position])
    altered = data.draw(_altered(path))
    assert inclusion_root(SHA256, leaf, position, size, altered) != ROOTS[size]


@settings(max_examples=200)
@given(_places(), st.integers(0, MOST), st.integers(0, MOST))
def test_an_inclusion_proof_is_bound_to_its_place(place: tuple[int, int], other: int, other_size: int) -> None:
    position, size = place
    path = inclusion_proof(SHA256, TREE, position, size)
    leaf = SHA256.leaf(DATA[position])
    if other != position:
        assert inclusion_root(SHA256, leaf, other, size, path) != ROOTS[size]
    if other_size != size:
        assert inclusion_root(SHA256, leaf, position, other_size, path) != ROOTS[other_size]


@settings(max_examples=200)
@given(_places(), st.data())
def test_an_altered_consistency_proof_fails(place: tuple[int, int], data: st.DataObject) -> None:
    old, new = place
    path = consistency_proof(SHA256, TREE, old, new)
    altered = data.draw(_altered(path))
    assert not verify_consistency(SHA256, old, ROOTS[old], new, ROOTS[new], altered)


def test_a_rewritten_leaf_breaks_every_consistency_proof() -> None:
    for old in range(1, 33):
        rewritten = MemoryTree(SHA256, [b"rewritten", *DATA[1:]])
        path = consistency_proof(SHA256, rewritten, old, 33)
        assert not verify_consistency(SHA256, old, ROOTS[old], 33, rewritten.root(33), path)


@pytest.mark.parametrize(
    ("old", "old_root", "new", "new_root"),
    [
        (5, ROOTS[5], 4, ROOTS[4]),
        (5, ROOTS[5], 5, ROOTS[4]),
        (5, ROOTS[5], 6, ROOTS[6]),
        (-1, ROOTS[0], 4, ROOTS[4]),
        (0, ROOTS[1], 4, ROOTS[4]),
        (0, ROOTS[0], 0, ROOTS[1]),
    ],
)
def test_heads_that_do_not_follow_need_more_than_an_empty_proof(old: int, old_root: bytes, new: int, new_root: bytes) -> None:
    assert not verify_consistency(SHA256, old, old_root, new, new_root, [])


def test_a_proof_from_nothing_is_empty() -> None:
    assert verify_consistency(SHA256, 0, ROOTS[0], 9, ROOTS[9], [])
    assert not verify_consistency(SHA256, 0, ROOTS[0], 9, ROOTS[9], [ROOTS[1]])


def test_a_node_does_not_pass_as_a_leaf() -> None:
    inner = TREE.node(1, 0)
    forged = SHA256.leaf(TREE.node(0, 0) + TREE.node(0, 1))
    assert inner != forged


def test_proof_makers_refuse_places_that_do_not_exist() -> None:
    with pytest.raises(ValueError):
        inclusion_proof(SHA256, TREE, 4, 4)
    with pytest.raises(ValueError):
        consistency_proof(SHA256, TREE, 5, 4)


def _altered(path: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Paths near this one that are not this one."""
    extra = st.binary(min_size=32, max_size=32)
    ways = [
        st.builds(lambda step: [*path, step], extra),
        st.builds(lambda step: [step, *path], extra),
        st.just([*path, b"short"]),
        st.just([ROOTS[1]] * 64),
    ]
    if path:
        places = st.integers(0, len(path) - 1)
        ways += [
            st.just(path[:-1]),
            st.just(path[1:]),
            places.map(lambda at: [*path[:at], path[at][:31] + bytes([path[at][31] ^ 1]), *path[at + 1 :]]),
            places.map(lambda at: [*path[:at], path[at][:31], *path[at + 1 :]]),
        ]
    return st.one_of(ways)

"""Thresholds and CESR primitives beside keripy's, over values drawn at random."""

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keri import kering
from keri.core.coring import Matter, Tholder
from keri.core.indexing import Siger

from tests.verifier.identity.vlei.forge import Key, digest, text
from verifier.identity.vlei.codes import CODES, INDEX_CODES, Role, decode, decode_indexed, encode, is_primitive
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.thresholds import read_threshold

ROLES = {"key": Role.KEY, "digest": Role.DIGEST, "signature": Role.SIGNATURE}
WEIGHTS = st.sampled_from(["0", "1", "1/2", "1/3", "2/3", "1/4", "3/4", "1/5"])
ENTRY = WEIGHTS | st.builds(lambda outer, inner: {outer: inner}, WEIGHTS, st.lists(WEIGHTS, min_size=1, max_size=3))
CLAUSE = st.lists(ENTRY, min_size=1, max_size=4)
THRESHOLD = st.integers(1, 6).map(lambda number: f"{number:x}") | CLAUSE | st.lists(CLAUSE, min_size=1, max_size=3)


def keys_of(threshold: Any) -> int:
    if isinstance(threshold, str):
        return 6
    clauses = threshold if isinstance(threshold[0], list) else [threshold]
    return sum(len(next(iter(entry.values()))) if isinstance(entry, dict) else 1 for clause in clauses for entry in clause)


@settings(max_examples=300, deadline=None)
@given(THRESHOLD)
def test_a_threshold_is_met_by_the_same_keys(threshold: Any) -> None:
    keys = keys_of(threshold)
    try:
        ours = read_threshold(threshold, keys)
    except Refused:
        with pytest.raises((ValueError, TypeError)):
            Tholder(sith=threshold)
        return
    theirs = Tholder(sith=threshold)
    assert theirs.size <= keys
    for count in range(min(keys, 7) + 1):
        for signers in itertools.combinations(range(min(keys, 7)), count):
            assert ours.met_by(set(signers)) == theirs.satisfy(list(signers)), signers


@pytest.mark.parametrize(
    "wrong",
    [
        None, 2, 2.0, True, {}, [], [[]], "", "0", "02", "A", "-1", "0x1", "3", "99999", [1, 1], ["1", 1],
        ["1/2"], ["1/2", "1/2", "0"],
        ["0.5", "0.5"], ["2/2", "0"], ["-1", "1"], ["1/0", "1"], ["1 ", "1"], [["1"], "1"], [{"1": []}, "0"], [{}, "1"],
        [{"1": ["1/2"]}, "1"], [{"1": [["1"]]}, "1"], [{"1": ["1"], "0": ["1"]}], ["9" * 5000, "1"], ["1/" + "9" * 5000, "1"],
    ],
    ids=str,
)  # fmt: skip
def test_no_threshold_for_two_keys(wrong: Any) -> None:
    with pytest.raises(Refused) as refused:
        read_threshold(wrong, 2)
    assert refused.value.reason == "kel.threshold"


def test_weights_are_exact() -> None:
    """Ten tenths are one; ten floating tenths are not."""
    threshold = read_threshold(["1/10"] * 10, 10)
    assert threshold.met_by(set(range(10)))
    assert not threshold.met_by(set(range(9)))
    assert sum([Fraction(1, 10)] * 10) == 1


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(CODES)), st.binary(min_size=64, max_size=64))
def test_primitives_are_written_and_read_alike(code: str, data: bytes) -> None:
    lead = len(code) % 4
    raw = data[: (CODES[code].length - len(code) + lead) * 3 // 4 - lead]
    written = encode(code, raw)
    assert len(written) == CODES[code].length
    assert written == text(code, raw) == Matter(raw=raw, code=code).qb64
    assert decode(written, CODES[code].role) == raw == Matter(qb64=written).raw


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([Key("a").text, digest(b"a"), Key("b", "p256").text]), st.data())
def test_what_is_read_is_what_keripy_reads(good: str, data: st.DataObject) -> None:
    """One character changed: where this verifier reads something, keripy reads the same, and nothing has two spellings."""
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.characters(max_codepoint=255)) + good[place + 1 :]
    for role in ROLES.values():
        if is_primitive(changed, role):
            raw = decode(changed, role)
            assert Matter(qb64=changed).raw == raw
            assert encode(changed[: 4 if changed[0] == "1" else 1], raw) == changed


@pytest.mark.parametrize(
    "wrong", ["", "D", "D" * 43, "D" + "A" * 44, " " * 44, "D" + "A" * 42 + "=", "D" + "A" * 42 + "+", "D_" + "A" * 42, None, 5]
)
def test_no_primitive(wrong: Any) -> None:
    assert not any(is_primitive(wrong, role) for role in Role)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(INDEX_CODES)), st.integers(0, 63), st.integers(0, 63), st.binary(min_size=64, max_size=64))
def test_indexed_signatures_are_read_alike(code: str, index: int, other: int, raw: bytes) -> None:
    row = INDEX_CODES[code]
    other = 0 if row.current_only else other if row.other else index
    made = Siger(raw=raw, code=code, index=index, ondex=None if row.current_only else other)
    assert len(made.qb64) == row.length
    read = decode_indexed(made.qb64, code)
    assert (read.index, read.next_index, read.signature) == (made.index, made.ondex, raw)


def test_an_unknown_indexed_code_is_refused_by_both() -> None:
    with pytest.raises(kering.KeriError):
        Siger(qb64="Z" + "A" * 87)

"""Receipts: both forms, every reason for refusing one, and tampering anywhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import receipt_cbor
from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.epoch import EpochTree
from ledger.finding import LedgerFinding, Reason
from ledger.keys import KeyType, SigningKey, VerifierKey
from ledger.log_proof import LogProof
from ledger.merkle import SHA256, MemoryTree
from ledger.notes import NoteSignature, SignedNote, cosign, sign
from ledger.receipt import Receipt, verify_receipt
from schemas.errors import FormatError

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LOG = SigningKey.from_seed("ledger.example/sz", KeyType.NOTE, "11" * 32)
OTHER_LOG = SigningKey.from_seed("ledger.example/other", KeyType.NOTE, "33" * 32)
IMPOSTOR = SigningKey.from_seed("ledger.example/sz", KeyType.NOTE, "44" * 32)
HK = SigningKey.from_seed("witness.example/hk", KeyType.COSIGNATURE, "22" * 32)
REG = SigningKey.from_seed("witness.example/reg", KeyType.COSIGNATURE, "55" * 32)


@dataclass
class Built:
    """One commitment in an epoch in a log of 21 entries."""

    commitment: Commitment
    receipt: Receipt
    body: str


def build(algorithm: Algorithm = Algorithm.SHA_256, *, log: SigningKey = LOG, witnesses: Sequence[SigningKey] = (HK,)) -> Built:
    leaves = sorted(SHA256.leaf(bytes([number])) for number in range(32))
    epoch = EpochTree(algorithm, leaves)
    entries = [b"entry %d" % number for number in range(20)]
    entries.insert(6, epoch.entry())
    tree = MemoryTree(SHA256, entries)
    body = Checkpoint(log.verifier_key.name, tree.size, tree.root()).body()
    late = [cosign(body, key, AT + timedelta(seconds=number)) for number, key in enumerate(witnesses)]
    proof = LogProof(6, tuple(tree.inclusion(6)), sign(body, log).with_signatures(late))
    return Built(Commitment(algorithm, leaves[9]), Receipt("tlog", algorithm, epoch.proof(9), proof), body)


def find(
    receipt: object,
    commitment: Commitment,
    *,
    logs: Sequence[SigningKey] = (LOG,),
    witnesses: Sequence[SigningKey] = (HK,),
    quorum: int = 1,
) -> LedgerFinding:
    return verify_receipt(receipt, commitment, logs=_public(logs), witnesses=_public(witnesses), quorum=quorum)


def _public(keys: Sequence[SigningKey]) -> list[VerifierKey]:
    return [key.verifier_key for key in keys]


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_good_receipt(algorithm: Algorithm) -> None:
    built = build(algorithm)
    finding = find(built.receipt, built.commitment)
    head = Checkpoint.parse(built.body)
    assert finding == LedgerFinding(True, Reason.WITNESSED, "ledger.example/sz", 21, head.root, AT, ("witness.example/hk",))
    assert find(built.receipt.to_json(), built.commitment) == finding
    assert find(receipt_cbor.decode(receipt_cbor.encode(built.receipt)), built.commitment) == finding


def test_the_member_written_out() -> None:
    built = build()
    member = json.loads(json.dumps(built.receipt.to_json()))
    assert {name: member[name] for name in ("type", "driver", "algorithm")} == {
        "type": "LedgerReceipt",
        "driver": "tlog",
        "algorithm": "sha-256",
    }
    assert member["epoch"].keys() == {"index", "size", "root", "path"}
    assert member["log"].startswith("c2sp.org/tlog-proof@v1\nindex 6\n")
    assert Receipt.from_json(member) == built.receipt


def test_the_earliest_witness_gives_the_time() -> None:
    built = build(witnesses=(HK, REG))
    finding = find(built.receipt, built.commitment, witnesses=(REG, HK), quorum=2)
    assert finding.established
    assert finding.integrated_at == AT
    assert set(finding.witnesses) == {"witness.example/hk", "witness.example/reg"}


def test_another_records_receipt() -> None:
    built = build()
    other = Commitment(Algorithm.SHA_256, bytes(32))
    assert find(built.receipt, other).reason is Reason.OTHER_COMMITMENT


def test_a_receipt_for_the_other_algorithm() -> None:
    built = build()
    other = Commitment(Algorithm.SM3, built.commitment.digest)
    assert find(built.receipt, other).reason is Reason.OTHER_ALGORITHM
    relabelled = replace(built.receipt, algorithm=Algorithm.SM3)
    assert find(relabelled, other).reason is Reason.OTHER_COMMITMENT


def test_a_receipt_from_another_log() -> None:
    built = build(log=OTHER_LOG)
    finding = find(built.receipt, built.commitment)
    assert (finding.established, finding.reason, finding.origin) == (False, Reason.UNKNOWN_LOG, "")
    assert find(built.receipt, built.commitment, logs=()).reason is Reason.UNKNOWN_LOG


def test_a_log_that_takes_a_trusted_name() -> None:
    built = build(log=IMPOSTOR)
    finding = find(built.receipt, built.commitment)
    assert (finding.established, finding.reason, finding.origin) == (False, Reason.UNSIGNED, "")


def test_a_checkpoint_only_witnesses_signed() -> None:
    built = build()
    note = SignedNote(built.body, (cosign(built.body, HK, AT),))
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=note))
    assert find(receipt, built.commitment).reason is Reason.UNSIGNED


def test_no_witness_no_receipt() -> None:
    built = build(witnesses=())
    finding = find(built.receipt, built.commitment)
    assert (finding.established, finding.reason, finding.size) == (False, Reason.NO_QUORUM, 21)
    assert find(built.receipt, built.commitment, quorum=0).established


def test_one_witness_is_not_two() -> None:
    built = build(witnesses=(HK,))
    assert find(built.receipt, built.commitment, witnesses=(HK, REG), quorum=2).reason is Reason.NO_QUORUM


def test_an_untrusted_witness_does_not_count() -> None:
    built = build(witnesses=(REG,))
    assert find(built.receipt, built.commitment).reason is Reason.NO_QUORUM


def test_one_key_under_two_names_counts_once() -> None:
    alias = SigningKey.from_seed("witness.example/alias", KeyType.COSIGNATURE, "22" * 32)
    built = build(witnesses=(HK, alias))
    assert find(built.receipt, built.commitment, witnesses=(HK, alias), quorum=2).reason is Reason.NO_QUORUM


def test_a_log_is_not_its_own_witness() -> None:
    own = SigningKey.from_seed("witness.example/own", KeyType.COSIGNATURE, "11" * 32)
    built = build(witnesses=(own,))
    assert find(built.receipt, built.commitment, witnesses=(own,)).reason is Reason.NO_QUORUM


def test_keys_in_the_wrong_list_do_not_count() -> None:
    built = build()
    assert find(built.receipt, built.commitment, logs=(HK,)).reason is Reason.UNKNOWN_LOG
    assert find(built.receipt, built.commitment, witnesses=(LOG,)).reason is Reason.NO_QUORUM


@pytest.mark.parametrize("which", [0, 1])
def test_a_forged_signature_in_a_trusted_name(which: int) -> None:
    built = build()
    lines = list(built.receipt.log.note.signatures)
    line = lines[which]
    lines[which] = NoteSignature(line.name, line.key_id, bytes([line.signature[0] ^ 1]) + line.signature[1:])
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=SignedNote(built.body, tuple(lines))))
    assert find(receipt, built.commitment).reason is Reason.BAD_SIGNATURE


def test_an_altered_checkpoint() -> None:
    built = build()
    body = built.body.replace("\n21\n", "\n22\n")
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=SignedNote(body, built.receipt.log.note.signatures)))
    assert find(receipt, built.commitment).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("change", [{"position": 7}, {"position": 21}, {"path": ()}, {"path": (bytes(32),) * 63}])
def test_an_epoch_that_is_not_in_the_log(change: dict[str, Any]) -> None:
    built = build()
    receipt = replace(built.receipt, log=replace(built.receipt.log, **change))
    finding = find(receipt, built.commitment)
    assert (finding.established, finding.reason) == (False, Reason.NOT_IN_LOG)


def test_an_epoch_made_up_around_a_commitment() -> None:
    """A forger can build any tree; its root is not in the log."""
    built = build()
    forged = EpochTree(Algorithm.SHA_256, sorted([bytes(32), *(SHA256.leaf(bytes([i])) for i in range(15))]))
    receipt = replace(built.receipt, epoch=forged.proof(0))
    assert find(receipt, Commitment(Algorithm.SHA_256, bytes(32))).reason is Reason.NOT_IN_LOG


def test_a_note_that_is_no_checkpoint() -> None:
    built = build()
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=sign("ledger.example/sz\nhello\n", LOG)))
    assert find(receipt, built.commitment).reason is Reason.MALFORMED
    with pytest.raises(FormatError):
        receipt_cbor.encode(receipt)


MEMBER = build().receipt.to_json()


@pytest.mark.parametrize(
    "member",
    [
        None,
        [],
        "LedgerReceipt",
        {},
        MEMBER | {"type": "OtherReceipt"},
        MEMBER | {"type": ["LedgerReceipt"]},
        MEMBER | {"algorithm": "md5"},
        MEMBER | {"algorithm": None},
        MEMBER | {"epoch": None},
        MEMBER | {"epoch": MEMBER["epoch"] | {"index": 99}},
        MEMBER | {"log": None},
        MEMBER | {"log": ""},
        MEMBER | {"log": MEMBER["log"] + "\n"},
        MEMBER | {"log": MEMBER["log"].replace("@v1", "@v9")},
        MEMBER | {"log": MEMBER["log"].replace("\n", "\r\n")},
        MEMBER | {"log": "\ud800" + MEMBER["log"]},
        MEMBER | {"driver": 5},
        MEMBER | {"more": "members"},
        {name: value for name, value in MEMBER.items() if name != "driver"},
    ],
)
def test_what_is_not_a_receipt(member: object) -> None:
    finding = find(member, build().commitment)
    assert (finding.established, finding.reason) == (False, Reason.MALFORMED)
    with pytest.raises(FormatError):
        Receipt.from_json(member)


def test_another_kind_of_ledger() -> None:
    assert find(MEMBER | {"driver": "evm"}, build().commitment).reason is Reason.UNKNOWN_DRIVER


def test_a_quorum_below_zero_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        find(MEMBER, build().commitment, quorum=-1)


def test_the_compact_form_is_small() -> None:
    """Facts: 360 bytes with a thousand leaves before the checkpoint; a self-contained receipt near one kilobyte."""
    built = build()
    assert len(receipt_cbor.encode(built.receipt)) < 750
    assert len(receipt_cbor.encode(built.receipt)) < len(json.dumps(built.receipt.to_json())) * 2 / 3


def test_the_compact_form_refuses_what_is_too_long() -> None:
    built = build()
    lines = tuple(NoteSignature(f"stranger{i}", bytes(4), bytes(2420)) for i in range(4))
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=built.receipt.log.note.with_signatures(lines)))
    with pytest.raises(FormatError) as error:
        receipt_cbor.encode(receipt)
    assert error.value.code == "receipt.too_long"
    with pytest.raises(FormatError):
        receipt_cbor.decode(bytes(9000))


def test_the_compact_form_has_one_spelling() -> None:
    data = receipt_cbor.encode(build().receipt)
    value = cbor2.loads(data)
    others = [
        data + b"\x00",
        data[:-1],
        b"\xd9\xd9\xf7" + data,  # self-described CBOR tag
        b"\x9f" + data[1:] + b"\xff",  # indefinite length
        data[:1] + b"\x18\x01" + data[2:],  # a longer spelling of 1
        cbor2.dumps([*value, None]),
        cbor2.dumps([2, *value[1:]]),
        cbor2.dumps([True, *value[1:]]),
        cbor2.dumps([1.0, *value[1:]]),
        cbor2.dumps([1, 9, *value[2:]]),
        cbor2.dumps([1, 0, 0x13, *value[3:]]),
        cbor2.dumps([1, False, *value[2:]]),
        cbor2.dumps(dict(enumerate(value))),
        cbor2.dumps([*value[:3], [*value[3][:3], value[3][3][:-1]], *value[4:]]),
        cbor2.dumps([*value[:5], ["two words", *value[5][1:]], value[6]]),
        cbor2.dumps([*value[:5], [value[5][0], -1, *value[5][2:]], value[6]]),
        cbor2.dumps([*value[:6], []]),
        cbor2.dumps([*value[:6], [["name", "text"]]]),
        cbor2.dumps([*value[:6], [["na\nme", bytes(68)]]]),
        b"\x81" * 4000,
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"",
    ]
    for other in others:
        with pytest.raises(FormatError) as error:
            receipt_cbor.decode(other)
        assert error.value.code == "receipt.malformed"


def test_extension_lines_survive_the_compact_form() -> None:
    built = build()
    body = built.body + "an extension\n"
    receipt = replace(built.receipt, log=replace(built.receipt.log, note=sign(body, LOG)))
    assert receipt_cbor.decode(receipt_cbor.encode(receipt)) == receipt


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_malformed(data: bytes) -> None:
    with pytest.raises(FormatError):
        receipt_cbor.decode(data)


@settings(max_examples=300)
@given(st.data())
def test_flipping_any_bit_of_the_compact_form_is_noticed(data: st.DataObject) -> None:
    built = build()
    good = receipt_cbor.encode(built.receipt)
    at = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[at // 8] ^= 1 << (at % 8)
    try:
        receipt = receipt_cbor.decode(bytes(bad))
    except FormatError:
        return
    assert not find(receipt, built.commitment).established


@settings(max_examples=300)
@given(st.data())
def test_changing_any_character_of_the_log_text_is_noticed(data: st.DataObject) -> None:
    built = build()
    text = MEMBER["log"]
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from("A1 \n—=é"))
    altered = text[:at] + character + text[at + 1 :]
    if altered != text:
        assert not find(MEMBER | {"log": altered}, built.commitment).established

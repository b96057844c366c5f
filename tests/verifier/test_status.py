"""Bitstring status lists: written, read, and refused."""

import base64
import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import FormatError
from tests.verifier.world import HK, HK_KEY, ISSUED, POSITION, REVOCATION, ROGUE_KEY, status_list, unsigned_list
from verifier.status import (
    MAX_LIST_BYTES,
    MIN_ENTRIES,
    StatusSource,
    decode_bitstring,
    encode_bitstring,
    read_status_list,
)


def pack(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(data, mtime=0)).rstrip(b"=").decode()


@pytest.mark.independent
def test_the_vector_of_the_specification(independent_data: Path) -> None:
    vector = json.loads((independent_data / "vc" / "bitstring" / "vector.json").read_text())
    assert decode_bitstring(vector["encodedList"]) == bytes(vector["bytes"])
    assert encode_bitstring(vector["bits"], []) == vector["encodedList"]


@settings(max_examples=25)
@given(st.sets(st.integers(0, MIN_ENTRIES - 1), max_size=50))
def test_what_is_written_is_read(positions: set[int]) -> None:
    document = unsigned_list(positions=sorted(positions))
    read = read_status_list(document)
    assert {position for position in range(MIN_ENTRIES) if read.is_set(position)} == positions
    assert read.is_set(-1) is read.is_set(MIN_ENTRIES) is None


def test_position_0_is_the_left_most_bit() -> None:
    assert decode_bitstring(encode_bitstring(MIN_ENTRIES, [0, 15]))[:2] == b"\x80\x01"


def test_one_percent_revoked_stays_small() -> None:
    text = encode_bitstring(MIN_ENTRIES, range(0, MIN_ENTRIES, 100))
    assert len(text) <= 4096


@pytest.mark.parametrize(
    ("size", "positions"), [(8, []), (MIN_ENTRIES + 1, []), (MIN_ENTRIES, [-1]), (MIN_ENTRIES, [MIN_ENTRIES]), (2**40, [])]
)
def test_what_is_not_written(size: int, positions: list[int]) -> None:
    with pytest.raises(ValueError, match="position"):
        encode_bitstring(size, positions)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "status.encoding"),
        ("", "status.encoding"),
        ("zAAAA", "status.encoding"),
        ("u%%%", "status.encoding"),
        ("uAAAA", "status.encoding"),
        (pack(bytes(MIN_ENTRIES // 8))[:-8], "status.encoding"),
        (pack(bytes(MIN_ENTRIES // 8 - 1)), "status.too_small"),
        (pack(bytes(MAX_LIST_BYTES + 1)), "status.too_large"),
        ("u" + base64.urlsafe_b64encode(gzip.compress(bytes(16384), mtime=0) + b"more").decode(), "status.encoding"),
        ("u" + "A" * 7_000_000, "status.encoding"),
    ],
)
def test_what_is_not_read(text: Any, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        decode_bitstring(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", None),
        ("type", ["VerifiableCredential"]),
        ("issuer", {}),
        ("validFrom", None),
        ("validUntil", "tomorrow"),
        ("credentialSubject", []),
        ("credentialSubject.type", "Other"),
        ("credentialSubject.statusPurpose", None),
        ("credentialSubject.statusPurpose", [7]),
        ("credentialSubject.ttl", -1),
        ("credentialSubject.ttl", "300000"),
        ("credentialSubject.ttl", True),
    ],
)
def test_what_is_no_status_list(name: str, value: Any) -> None:
    document = unsigned_list()
    outer, _, inner = name.partition(".")
    if inner:
        document[outer][inner] = value
    else:
        document[outer] = value
    with pytest.raises(FormatError) as refused:
        read_status_list(document)
    assert refused.value.code == "status.malformed"
    assert StatusSource(document).read is None


def test_a_list_for_several_purposes_with_a_time_to_live() -> None:
    document = unsigned_list()
    document["credentialSubject"] |= {"statusPurpose": ["revocation", "suspension"], "ttl": 60_000}
    read = read_status_list(document)
    assert (read.purposes, read.ttl) == (("revocation", "suspension"), timedelta(minutes=1))


def test_whose_list_it_is() -> None:
    source = StatusSource(status_list(positions=[POSITION]))
    own = HK_KEY.public_key().public_bytes_raw()
    assert source.signed_by(f"{HK}#key-1", own)
    assert not source.signed_by(f"{HK}#key-2", own)
    assert not source.signed_by(f"{HK}#key-1", ROGUE_KEY.public_key().public_bytes_raw())
    assert source.read
    assert (source.read.url, source.read.is_set(POSITION)) == (REVOCATION, True)


def test_for_which_time_a_list_speaks() -> None:
    later, end = ISSUED + timedelta(hours=5), ISSUED + timedelta(hours=2)
    ending = {**unsigned_list(), "validUntil": "2026-11-24T17:00:00Z"}
    assert StatusSource(unsigned_list()).as_of() == ISSUED
    assert StatusSource(unsigned_list(), later).as_of() == later
    assert StatusSource(unsigned_list(), ISSUED - timedelta(days=1)).as_of() == ISSUED
    assert StatusSource(ending, later).as_of() == end
    assert StatusSource({}).as_of() is None

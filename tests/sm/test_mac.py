"""HMAC-SM3 and HKDF-SM3, against the implementation of the `cryptography` package."""

import random

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from schemas.errors import FormatError
from sm import mac


def test_hmac_of_a_known_sentence() -> None:
    expected = "bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398"
    assert mac.hmac_sm3(b"key", b"The quick brown fox jumps over the lazy dog").hex() == expected


@pytest.mark.parametrize("key_bytes", [0, 1, 32, 63, 64, 65, 200])
def test_hmac_with_keys_around_the_block_size(key_bytes: int) -> None:
    key = random.Random(key_bytes).randbytes(key_bytes)
    other = hmac.HMAC(key, hashes.SM3())
    other.update(b"message")
    expected = other.finalize()
    fed = mac.new_hmac_sm3(key)
    fed.update(b"mess")
    fed.update(b"age")
    assert mac.hmac_sm3(key, b"message") == fed.digest() == expected


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 1000, 8160])
@pytest.mark.parametrize("salt", [b"", b"salt", bytes(range(100))], ids=["none", "short", "long"])
def test_hkdf(length: int, salt: bytes) -> None:
    expected = HKDF(hashes.SM3(), length, salt or None, b"info").derive(b"a secret")
    assert mac.hkdf_sm3(b"a secret", salt=salt, info=b"info", length=length) == expected
    key = mac.hkdf_extract(salt, b"a secret")
    assert mac.hkdf_expand(key, b"info", length) == HKDFExpand(hashes.SM3(), length, b"info").derive(key) == expected


@pytest.mark.parametrize("length", [-1, 0, 8161])
def test_hkdf_gives_no_other_lengths(length: int) -> None:
    with pytest.raises(FormatError) as refusal:
        mac.hkdf_sm3(b"secret", salt=b"", info=b"", length=length)
    assert refusal.value.code == "sm.hkdf_length"


def test_hkdf_does_not_expand_a_weak_key() -> None:
    with pytest.raises(FormatError) as refusal:
        mac.hkdf_expand(b"password", b"", 32)
    assert refusal.value.code == "sm.hkdf_key"

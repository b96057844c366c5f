"""Keys as text: one spelling, or a refusal."""

import pytest

from schemas.errors import FormatError
from schemas.keys import decode_base58btc, decode_multikey, did_key, did_key_method, encode_base58btc, encode_multikey

# did:key specification, Ed25519 test vector.
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def test_a_did_key_holds_its_public_key() -> None:
    key = decode_multikey(DID.removeprefix("did:key:"))
    assert len(key) == 32
    assert did_key(key) == DID
    assert encode_multikey(key) == DID.removeprefix("did:key:")
    assert did_key_method(DID) == f"{DID}#{DID.removeprefix('did:key:')}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "multibase.malformed"),
        ("6MkhaXg", "multibase.malformed"),
        ("z0OIl", "multibase.malformed"),
        ("z", "key.malformed"),
        (encode_base58btc(b"\xed\x01" + bytes(31)), "key.malformed"),
        (encode_base58btc(b"\xed\x01" + bytes(33)), "key.malformed"),
        (encode_base58btc(b"\x80\x24" + bytes(32)), "key.malformed"),
    ],
)
def test_other_text_is_no_key(text: str, code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        decode_multikey(text)
    assert refusal.value.code == code


def test_base58_round_trip() -> None:
    assert decode_base58btc(encode_base58btc(b"\0\0\x01")) == b"\0\0\x01"

"""Every value has one spelling; all others are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import encoding


@given(st.binary(max_size=80))
def test_both_base64_forms_come_back(data: bytes) -> None:
    assert encoding.decode_base64(encoding.encode_base64(data)) == data
    assert encoding.decode_multibase(encoding.encode_multibase(data)) == data


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ==\n", " QQ==", "QQ==QQ==", "Q-==", "QQ=é"])
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encoding.decode_base64(text)


@pytest.mark.parametrize("text", ["", "QQ", "uQQ==", "uQR", "zQQ", "uQ", "uQ+", "uQQ\n", "ué", None, 7, b"uQQ"])
def test_other_spellings_of_multibase_are_refused(text: object) -> None:
    with pytest.raises(ValueError):
        encoding.decode_multibase(text)


@pytest.mark.parametrize("number", [0, 1, 10, 2**63 - 1])
def test_decimals(number: int) -> None:
    assert encoding.decode_decimal(str(number)) == number


@pytest.mark.parametrize("text", ["", "00", "01", "-1", "+1", " 1", "1\n", "1.0", "1e3", "٣", "0x1", str(2**63), "9" * 30])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encoding.decode_decimal(text)

"""JSON from strangers: one text has one meaning, or it is refused."""

from decimal import Decimal

import pytest

from schemas.errors import FormatError
from schemas.strict_json import check_values, read_json


def test_decimals_keep_every_digit() -> None:
    assert read_json(b'{"a":5.0,"b":0.10,"c":7,"d":1e-7}', max_bytes=99) == {
        "a": Decimal("5.0"),
        "b": Decimal("0.10"),
        "c": 7,
        "d": Decimal("1E-7"),
    }
    assert [str(value) for value in read_json(b"[5.0, 0.10]", max_bytes=99)] == ["5.0", "0.10"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.malformed"),
        (b"{", "json.malformed"),
        (b"\xff\xfe{}", "json.malformed"),
        (b'{"a":1,"a":2}', "json.duplicate_name"),
        (b'[{"b":{"a":1,"a":1}}]', "json.duplicate_name"),
        (b"[NaN]", "json.number"),
        (b"[-Infinity]", "json.number"),
        (b"[1e999999999]", "json.number"),
        (b"[1e99999999999999999999]", "json.number"),
        (b"[1e-101]", "json.number"),
        (b"[" + b"9" * 65 + b"]", "json.number"),
        (b"[0." + b"1" * 64 + b"]", "json.number"),
        (b"[" * 65 + b"]" * 65, "json.too_deep"),
        (b"[" * 200_000, "json.too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "json.too_deep"),
        (rb'["\u0000"]', "json.text"),
        (rb'["\ud800"]', "json.text"),
        (rb'{"\udfff":1}', "json.text"),
        (b" " * 300_000, "json.too_large"),
    ],
)
def test_hostile_json_is_refused(data: bytes, code: str) -> None:
    limit = 250_000 if code != "json.too_large" else 299_999
    with pytest.raises(FormatError) as refusal:
        read_json(data, max_bytes=limit)
    assert refusal.value.code == code


def test_limits_are_exact() -> None:
    assert read_json(b"[" * 64 + b"]" * 64, max_bytes=128)
    assert read_json("\ufeff[]".encode(), max_bytes=5) == []


@pytest.mark.parametrize("value", [{"a": float("nan")}, {1: "a"}, {"a": b""}, [{"a": {1, 2}}], {"a": "\0"}])
def test_parsed_values_are_held_to_the_same_rules(value: object) -> None:
    with pytest.raises(FormatError):
        check_values(value)

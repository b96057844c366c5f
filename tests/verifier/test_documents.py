"""Reading what strangers hand in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FormatError
from tests.verifier.world import AT
from verifier.documents import DuplicateMemberError, parse_stamp, read_document
from verifier.verdict import Word
from verifier.verify import verify_file


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.malformed"),
        (b"{", "json.malformed"),
        (b"\xff", "json.malformed"),
        ("{}".encode("utf-16"), "json.malformed"),
        (b"[NaN]", "json.malformed"),
        (b"[Infinity]", "json.malformed"),
        (b"[1e999]", "json.malformed"),
        (b"[" + b"9" * 65 + b"]", "json.malformed"),
        (b"[0." + b"9" * 65 + b"]", "json.malformed"),
        (b"[" * 100_000, "json.malformed"),
        (b'"' + b"x" * 100 + b'"', "json.too_large"),
    ],
)
def test_what_is_not_json(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        read_document(data, max_bytes=100 if code == "json.too_large" else 200_000)
    assert refused.value.code == code


def test_only_what_is_no_json_raises_from_verify_file() -> None:
    with pytest.raises(FormatError):
        verify_file(b"%PDF-1.7", at=AT)
    for data in (b"1", b'"text"', b"null", b'{"a": 1, "a": 2}', b"[]", b"{}"):
        assert verify_file(data, at=AT).verdict in (Word.COULD_NOT_CHECK, Word.NOT_GENUINE)


def test_numbers_keep_the_double_that_was_signed() -> None:
    assert read_document(b"\xef\xbb\xbf[1.0, 1e2, 0.1, 12]") == [1.0, 100.0, 0.1, 12]
    with pytest.raises(DuplicateMemberError):
        read_document(b'{"a": {"b": 1, "b": 1}}')


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24T15:00:00Z", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("2026-11-24T23:00:00+08:00", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("2026-11-24T15:00:00.250Z", datetime(2026, 11, 24, 15, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-11-24T15:00:00", None),
        ("2026-11-24", None),
        ("2026-13-24T15:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("２026-11-24T15:00:00Z", None),
        (20261124, None),
        (None, None),
    ],
)
def test_times(text: Any, at: datetime | None) -> None:
    assert parse_stamp(text) == at


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    at = parse_stamp(text)
    assert at is None or at.tzinfo is UTC

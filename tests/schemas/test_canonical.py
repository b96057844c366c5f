"""Canonical bytes: one order, the same from both writers, or a refusal; and the shape of a value that decides between them."""

import enum
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonicalize
from schemas.errors import FormatError
from schemas.shape import MAX_DEPTH, shape_of

numbers = st.integers(-(2**55), 2**55) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=6), inner, max_size=5),
    max_leaves=20,
)
plain_names = st.text(st.characters(max_codepoint=127), max_size=6)
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(plain_names, inner, max_size=5),
    max_leaves=20,
)


class Name(enum.StrEnum):
    WORD = "word"


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def form(write: Callable[[Any], bytes], value: Any) -> bytes | str:
    try:
        return write(value)
    except FormatError as error:
        return error.code
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return "json.not_canonical"


@given(values)
def test_the_bytes_are_those_of_rfc8785(value: Any) -> None:
    assert form(canonicalize, value) == form(rfc8785.dumps, value)


@given(plain_values)
def test_the_quick_writer_is_used_and_makes_the_same_bytes(value: Any) -> None:
    assert shape_of(value).plain
    assert form(canonicalize, value) == form(rfc8785.dumps, value)


def test_there_is_one_order() -> None:
    assert canonicalize({"b": "陳", "a": ["1.0", True, None]}) == '{"a":["1.0",true,null],"b":"陳"}'.encode()
    assert canonicalize({"\ufb33": 1, "\U0001f600": 2, "z": 1.0}) == '{"z":1,"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), 2**60, "\ud800", {"a": "\ud800"}, object(), {"a": b""}, {1: "a"}, deep(20_000)])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(FormatError) as refusal:
        canonicalize(value)
    assert refusal.value.code == "json.not_canonical"


def test_words_of_an_enumeration_are_texts() -> None:
    assert canonicalize({"type": Name.WORD}) == b'{"type":"word"}'


@pytest.mark.parametrize(
    ("value", "acceptable", "plain"),
    [
        ({"a": ["x", True, None, 7]}, True, True),
        ({"a": 2**53 - 1}, True, True),
        ({"a": 2**53}, True, False),
        ({"a": 1.5}, True, False),
        ({"é": "x"}, True, False),
        ({"a": [{"b": {"é": "x"}}]}, True, False),
        ({"a": "é"}, True, True),
        ({1: "a"}, False, False),
        ({Name.WORD: "a"}, False, False),
        ({"a": Name.WORD}, False, False),
        ({"a": object()}, False, False),
        ({"a": list(range(250_000))}, False, False),
        (deep(MAX_DEPTH - 1), True, True),
        (deep(MAX_DEPTH + 1), False, False),
        ("text", True, True),
    ],
)
def test_shapes(value: Any, acceptable: bool, plain: bool) -> None:
    shape = shape_of(value)
    assert (shape.acceptable, shape.plain) == (acceptable, plain)

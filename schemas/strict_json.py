"""JSON from strangers, read strictly: one text has one meaning, or it is refused.

Order: size, UTF-8, grammar, duplicate names, numbers, depth, text. Decimals come back as `decimal.Decimal` with every digit as
written (`5.0` stays `5.0`), because a rounded laboratory value is another value.

Refused: more bytes than allowed, NaN and infinities, a name twice in one object (two readers would see two documents),
numbers of more than 64 characters or beyond 1e±100, nesting deeper than allowed, NUL and lone surrogates (no database or
canonical form holds them).
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from schemas.errors import FormatError

MAX_DEPTH = 64
_MAX_NUMBER = 64
_MAX_EXPONENT = 100


def read_json(data: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """The JSON value of some bytes: dict, list, str, bool, None, int, and Decimal for numbers with a point or exponent.

    Args:
        data: UTF-8 text.
        max_bytes: the most bytes that are read.
        max_depth: the most objects and arrays inside each other.

    Raises:
        FormatError: `json.too_large`, `json.malformed`, `json.duplicate_name`, `json.number`, `json.too_deep`, `json.text`.
    """
    if len(data) > max_bytes:
        raise FormatError("json.too_large", f"This JSON is larger than {max_bytes} bytes.", "Send less at once.")
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    except ValueError as error:
        raise FormatError("json.malformed", "This is not JSON in UTF-8.", "Check how the file was made.") from error
    check_values(value, max_depth=max_depth)
    return value


def check_values(value: object, *, max_depth: int = MAX_DEPTH) -> None:
    """Refuse what `read_json` refuses in a value that something else parsed: depth, text, and what is not JSON at all.

    Raises:
        FormatError: `json.too_deep`, `json.text`, `json.number`, `json.malformed`.
    """
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list) and depth > max_depth:
            raise _too_deep(max_depth)
        if isinstance(item, dict):
            for name, inner in item.items():
                _check_text(name)
                waiting.append((inner, depth + 1))
        elif isinstance(item, list):
            waiting.extend((inner, depth + 1) for inner in item)
        elif isinstance(item, str):
            _check_text(item)
        elif isinstance(item, float | Decimal):
            if not Decimal(item).is_finite():
                raise _bad_number()
        elif not (item is None or isinstance(item, int)):
            raise FormatError(
                "json.malformed", "This value is not JSON.", "Use objects, arrays, text, numbers, true, false and null."
            )


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise FormatError("json.malformed", "This value is not JSON.", "Names in an object are text.")
    if "\0" in text or not (text.isascii() or _encodes(text)):
        raise FormatError("json.text", "A text holds NUL or half a character.", "Check how the file was made.")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("json.duplicate_name", "An object has the same name twice.", "Each name may stand once in an object.")
    return members


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_NUMBER:
        raise _bad_number()
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _bad_number() from error
    # A short text such as 1e999999999 would become a number of a billion digits wherever it is made an integer.
    if not -_MAX_EXPONENT <= number.adjusted() <= _MAX_EXPONENT:
        raise _bad_number()
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_NUMBER:
        raise _bad_number()
    return int(text)


def _no_constant(_: str) -> NoReturn:
    raise _bad_number()


def _bad_number() -> FormatError:
    return FormatError("json.number", "A number is not finite or too long.", "Write numbers of at most 64 characters.")


def _too_deep(max_depth: int) -> FormatError:
    return FormatError("json.too_deep", f"This JSON is nested deeper than {max_depth} levels.", "Check how the file was made.")

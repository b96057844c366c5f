"""JSON canonicalisation (RFC 8785): one sequence of bytes for one JSON value, whoever wrote it."""

import rfc8785

from schemas.errors import FormatError

type JsonValue = bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None


def canonicalize(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value.

    Raises:
        FormatError: `json.not_canonical`, the value has no canonical form (an integer beyond 2^53, NaN, a lone surrogate).
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError, TypeError, AttributeError) as error:
        raise FormatError(
            "json.not_canonical",
            "This JSON has no canonical form under RFC 8785.",
            "Write large or fractional numbers as strings.",
        ) from error

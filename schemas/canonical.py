"""JSON canonicalisation (RFC 8785): one sequence of bytes for one JSON value, whoever wrote it.

Signing, commitments and verifying all come here. A plain value (`schemas.shape`) is written by Python's own encoder, at a fifth
of the time; every other one by the `rfc8785` package. Both make the same bytes; a property test holds them to it.
"""

import json

import rfc8785

from schemas.errors import FormatError
from schemas.shape import shape_of

type JsonValue = bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None

# For plain values this encoder writes exactly the RFC 8785 bytes: sorting ASCII names by code point is sorting them by UTF-16
# unit (§3.2.3), whole numbers have one form (§3.2.2.3), and the escapes are those of §3.2.2.2.
_plain_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonicalize(value: object, *, plain: bool | None = None) -> bytes:
    """The RFC 8785 bytes of a JSON value.

    Args:
        value: what `json` reads: dict, list, str, int, float, bool, None.
        plain: `schemas.shape.shape_of(value).plain`, when the caller has looked.

    Raises:
        FormatError: `json.not_canonical`, the value has no canonical form (an integer beyond 2^53, NaN, a lone surrogate).
    """
    try:
        if shape_of(value).plain if plain is None else plain:
            return _plain_encoder.encode(value).encode()
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError, TypeError, AttributeError) as error:
        raise FormatError(
            "json.not_canonical",
            "This JSON has no canonical form under RFC 8785.",
            "Write large or fractional numbers as strings.",
        ) from error

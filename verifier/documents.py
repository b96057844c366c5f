"""Documents as strangers hand them in: bytes into JSON, and the members that all kinds of document share.

Numbers stay numbers: unlike `schemas.strict_json`, which keeps a decimal's digits, a verifier needs the double that the signer
canonicalised (RFC 8785 §3.2.2.3).

Refused while reading: too many bytes, other encodings than UTF-8, NaN and infinities, absurd numbers. A name that stands twice
in one object is no reading error but a finding: the file is JSON, and two readers would see two documents.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, NoReturn

from schemas.errors import FormatError

# A record is some kB; attachments (a PDF, a DICOM image) make a carried file large.
MAX_BYTES = 32 * 1024 * 1024
_MAX_NUMBER = 64
# XML Schema 1.1 dateTimeStamp: a time always names its offset (VC-DM 2.0 §4.9); `24:00:00` and leap seconds are not written by
# anybody.
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class DuplicateMemberError(ValueError):
    """An object names the same member twice. It never leaves this package: `verify_file` makes it a finding."""


def read_document(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The JSON value of some bytes.

    Raises:
        FormatError: `json.too_large`, `json.malformed`.
        DuplicateMemberError: an object names a member twice.
    """
    if len(data) > max_bytes:
        raise FormatError(
            "json.too_large", f"This file is larger than {max_bytes} bytes.", "A carried record is smaller; check the file."
        )
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_no_constant,
        )
    except DuplicateMemberError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(
            "json.malformed", "This file is not JSON in UTF-8.", "`medcred inspect` says what a file is."
        ) from error


def parse_stamp(text: object) -> datetime | None:
    """The time of an XML Schema dateTimeStamp, in UTC; None for anything else."""
    if not isinstance(text, str) or not _STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def did_of(value: object) -> str | None:
    """The `id` of an issuer, holder or subject, written as text or as an object with an `id`; None when there is none."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and value else None


def types_of(document: dict[str, Any]) -> tuple[str, ...]:
    """The `type` member as a tuple of text; empty when it has another form."""
    types = document.get("type")
    if isinstance(types, str):
        return (types,)
    if isinstance(types, list) and all(isinstance(item, str) for item in types):
        return tuple(types)
    return ()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMemberError("an object names the same member twice")
    return members


def _integer(text: str) -> int:
    if len(text) > _MAX_NUMBER:
        raise ValueError("absurd number")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if len(text) > _MAX_NUMBER or number in (float("inf"), float("-inf")):
        raise ValueError("absurd number")
    return number


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")

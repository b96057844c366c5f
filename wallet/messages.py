"""Out-of-band invitations as text: what was pasted or scanned, and what the message inside says it is (Aries RFC 0434).

Everything here was written by somebody unknown. Refused: anything that is not an out-of-band 1.x invitation, services without
a usable address, more than one thing attached, kinds this wallet does not answer. Names are cut and stripped of characters
that change how a line is read.
"""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from schemas.errors import FormatError
from wallet.states import InvitationKind

LONGEST_TEXT = 512 * 1024
LONGEST_LABEL = 80
LONGEST_ID = 200
_KINDS = {
    "issue-credential/2.0/offer-credential": InvitationKind.OFFER,
    "present-proof/2.0/request-presentation": InvitationKind.REQUEST,
}


@dataclass(frozen=True)
class OobMessage:
    """
    Attributes:
        message: the invitation as the agent takes it.
        label: what the sender calls itself. Not verified.
        thread_id: the thread of the attached offer or request.
        endpoints: the addresses the agent would send its answer to.
    """

    message: dict[str, Any]
    message_id: str
    kind: InvitationKind
    label: str
    thread_id: str | None
    endpoints: tuple[str, ...]


def clean_label(text: object, *, longest: int = LONGEST_LABEL) -> str:
    """A name as it may be shown: no control, direction or invisible characters, single spaces, at most `longest` characters.

    Empty when nothing is left: the pages then say that nobody gave a name.
    """
    kept = "".join(" " if c.isspace() else c for c in str(text) if c.isspace() or unicodedata.category(c)[0] != "C")
    return re.sub(" +", " ", kept).strip()[:longest]


def clean_id(text: object) -> str:
    """An identifier somebody else chose, as it may be stored: no character a database or a page refuses, at most 200."""
    return "".join(c for c in str(text) if unicodedata.category(c)[0] != "C")[:LONGEST_ID]


def message_in_link(link: str) -> dict[str, Any] | None:
    """The message a link carries in its `oob` parameter, or None when it carries none (a short link).

    Raises:
        FormatError: `invitation.malformed`.
    """
    if len(link) > LONGEST_TEXT:
        raise malformed()
    try:
        carried = parse_qs(urlsplit(link).query, max_num_fields=20).get("oob")
    except ValueError as error:
        raise malformed() from error
    if not carried:
        return None
    text = carried[0].rstrip("=")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed() from error
    return message_in_bytes(data)


def message_in_bytes(data: bytes) -> dict[str, Any]:
    """The JSON object in some bytes.

    Raises:
        FormatError: `invitation.malformed`.
    """
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise malformed() from error
    if not isinstance(message, dict):
        raise malformed()
    return message


def read_message(message: dict[str, Any]) -> OobMessage:
    """What an invitation says it is.

    Raises:
        FormatError: `invitation.malformed`; `invitation.unknown_kind`, for what this wallet does not answer.
    """
    kind_of_message, message_id, services = message.get("@type"), message.get("@id"), message.get("services")
    if not (isinstance(kind_of_message, str) and re.search(r"/out-of-band/1\.\d+/invitation$", kind_of_message)):
        raise malformed()
    if not (isinstance(message_id, str) and message_id == clean_id(message_id) != ""):
        raise malformed()
    if not (isinstance(services, list) and 0 < len(services) <= 5):
        raise malformed()
    kind, thread_id = _attached(message)
    return OobMessage(
        message=message,
        message_id=message_id,
        kind=kind,
        label=clean_label(message.get("label", "")),
        thread_id=thread_id,
        endpoints=tuple(endpoint for service in services for endpoint in _endpoint(service)),
    )


def _attached(message: Mapping[str, Any]) -> tuple[InvitationKind, str | None]:
    attached = message.get("requests~attach") or []
    if not attached and message.get("handshake_protocols"):
        return InvitationKind.LINK, None
    if not (isinstance(attached, list) and len(attached) == 1 and isinstance(attached[0], dict)):
        raise _unknown_kind()
    data = attached[0].get("data")
    inner = data.get("json") if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("@type"), str):
        raise _unknown_kind()
    for ending, kind in _KINDS.items():
        if inner["@type"].endswith("/" + ending):
            thread = inner.get("~thread")
            thread_id = thread.get("thid") if isinstance(thread, dict) else None
            thread_id = thread_id or inner.get("@id")
            if not (isinstance(thread_id, str) and thread_id == clean_id(thread_id) != ""):
                raise malformed()
            return kind, thread_id
    raise _unknown_kind()


def _endpoint(service: object) -> tuple[str, ...]:
    """A service is a public DID, which the agent resolves by its own rules, or an object with an address."""
    if isinstance(service, str) and service.startswith("did:"):
        return ()
    endpoint = service.get("serviceEndpoint") if isinstance(service, dict) else None
    if not isinstance(endpoint, str):
        raise malformed()
    return (endpoint,)


def malformed() -> FormatError:
    """What is said of text that is no invitation."""
    return FormatError(
        "invitation.malformed",
        "This is not a link from a hospital or a clinic.",
        "Copy the whole link, or scan the code again.",
    )


def _unknown_kind() -> FormatError:
    return FormatError(
        "invitation.unknown_kind",
        "This link asks for something this wallet does not do.",
        "It links to hospitals, takes records and answers requests for records.",
    )

"""Status: has the hospital taken the record back, or put it on hold?

For each status entry of the credential, every list at hand with the entry's URL is looked at. A list counts when it is for the
entry's purpose, made by the credential's own issuer, and signed with a key of that issuer. The newest list decides, and says
for which time it speaks (`as_of`). Only a revocation is believed from an older one too: it cannot be undone, while a hold can
be lifted.
"""

from datetime import datetime
from typing import Any

from verifier.checks.signature import did_document
from verifier.documents import types_of
from verifier.examination import Examination
from verifier.status import StatusList, StatusSource
from verifier.verdict import Check, stamp

_ENTRY = "BitstringStatusListEntry"
_SET = {"revocation": "status.revoked", "suspension": "status.suspended"}
MAX_ENTRIES = 8
# From what matters most to what matters least.
_GRAVITY = (
    "status.revoked",
    "status.suspended",
    "status.unsupported",
    "status.not_in_list",
    "status.unavailable",
    "status.list_rejected",
    "status.too_old",
    "status.as_of",
    "status.good",
)


def status(examined: Examination) -> Check:
    """No status entry of the credential is set, as of a time that is recent enough for the policy."""
    entries = examined.document.get("credentialStatus")
    entries = entries if isinstance(entries, list) else [] if entries is None else [entries]
    if not entries:
        return examined.found("status", "status.not_offered")
    if len(entries) > MAX_ENTRIES:
        return examined.found("status", "status.unsupported")
    found = [_entry(examined, entry) for entry in entries]
    heaviest = max(found, key=lambda one: (examined.found("status", one[0]).weight, -_GRAVITY.index(one[0])))
    times = [at for _, at in found if at]
    examined.status_as_of = min(times, default=None) if len(times) == len(found) else None
    facts = {"as_of": stamp(examined.status_as_of)} if examined.status_as_of else {}
    return examined.found("status", heaviest[0], **facts)


def _entry(examined: Examination, entry: Any) -> tuple[str, datetime | None]:
    """The reason for one entry, and the time its list speaks for."""
    match entry:
        case {
            "statusPurpose": "revocation" | "suspension" as purpose,
            "statusListIndex": index,
            "statusListCredential": str(url),
        } if _ENTRY in types_of(entry) and entry.get("statusSize", 1) == 1:
            position = _position(index)
        case _:
            return "status.unsupported", None
    if position is None:
        return "status.unsupported", None
    of_url = [source for source in examined.evidence.status_lists if source.document.get("id") == url]
    if not of_url:
        return "status.unavailable", None
    lists = [
        (as_of, read)
        for source in of_url
        if (read := source.read)
        and (as_of := source.as_of())
        and purpose in read.purposes
        and _is_the_issuers(examined, source, read)
    ]
    if not lists:
        return "status.list_rejected", None
    as_of, newest = max(lists, key=lambda one: one[0])
    bit = newest.is_set(position)
    if bit or (purpose == "revocation" and any(read.is_set(position) for _, read in lists)):
        return _SET[purpose], as_of
    if bit is None:
        return "status.not_in_list", as_of
    age = examined.at - as_of
    if age > examined.policy.status_limit:
        return "status.too_old", as_of
    return ("status.as_of" if age > examined.policy.status_note else "status.good"), as_of


def _position(index: Any) -> int | None:
    """A `statusListIndex`: a decimal text (§2.1); the number some issuers write instead is read as well."""
    if type(index) is int:
        return index if index >= 0 else None
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) <= 12:
        return int(index)
    return None


def _is_the_issuers(examined: Examination, source: StatusSource, read: StatusList) -> bool:
    if read.issuer != examined.issuer_did:
        return False
    if examined.issuer:
        # A list made with a retired key speaks only for the time before it was retired.
        return any(
            key.valid_from - examined.policy.clock_skew <= read.valid_from
            and (key.valid_until is None or read.valid_from <= key.valid_until)
            and source.signed_by(key.id, key.public_key)
            for key in examined.issuer.keys
        )
    document = did_document(examined, read.issuer)
    if document is None:
        return False
    return any(source.signed_by(method, document.keys[method]) for method in document.assertion & document.keys.keys())

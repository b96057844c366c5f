"""A record as a file to carry (`*.medcred.json`): everything a verifier needs when nobody answers.

The file holds the credential as issued, the status lists it points at, fetched now, and the attachments whose digest the
credential states. A status list that cannot be had, or an attachment that cannot be had or does not match its digest, is left
out and named in `missing`; the file is then still good, and its verdict says what could not be checked.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from schemas.errors import MedcredError
from wallet.outside import Outside
from wallet.records import Credential

MEDIA_TYPE = "application/medcred+json"
LARGEST_STATUS_LIST = 1024 * 1024
LARGEST_ATTACHMENT = 25 * 1024 * 1024
MOST_ATTACHMENTS = 20
_SRI = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class CarriedFile:
    """`missing_status` and `missing_attachments` count what could not be put in."""

    content: dict[str, Any]
    missing_status: int
    missing_attachments: int

    def as_bytes(self) -> bytes:
        return json.dumps(self.content, ensure_ascii=False, indent=1).encode()


async def carried_file(credential: Credential, outside: Outside) -> CarriedFile:
    """The file for this record, reading status lists and attachments from the addresses the record names."""
    wanted = dict.fromkeys(str(entry.get("statusListCredential", "")) for entry in _members(credential, "credentialStatus"))
    lists = [found for url in wanted if (found := await _status_list(url, outside)) is not None]
    related = _members(credential, "relatedResource")[:MOST_ATTACHMENTS]
    attachments = [found for entry in related if (found := await _attachment(entry, outside)) is not None]
    content = {
        "type": "CarriedRecord",
        "version": "1",
        "credential": credential,
        "statusLists": lists,
        "attachments": attachments,
    }
    return CarriedFile(content, len(wanted) - len(lists), len(related) - len(attachments))


def digest_matches(data: bytes, entry: dict[str, Any]) -> bool:
    """Whether `data` has the digest a relatedResource states (VC-DM 2.0 §5.3): `digestSRI`, else sha2-256 `digestMultibase`."""
    stated = str(entry.get("digestSRI", ""))
    algorithm, _, value = stated.partition("-")
    if algorithm in _SRI:
        return hmac.compare_digest(base64.b64encode(hashlib.new(algorithm, data).digest()).decode(), value)
    multihash = b"\x12\x20" + hashlib.sha256(data).digest()
    expected = "u" + base64.urlsafe_b64encode(multihash).decode().rstrip("=")
    return hmac.compare_digest(expected, str(entry.get("digestMultibase", "")))


async def _status_list(url: str, outside: Outside) -> dict[str, Any] | None:
    try:
        answer = await outside.read(url, accept="application/vc, application/json", limit=LARGEST_STATUS_LIST)
        found = json.loads(answer.body) if answer.status == 200 else None
    except (MedcredError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("id") == url else None


async def _attachment(entry: dict[str, Any], outside: Outside) -> dict[str, str] | None:
    address = str(entry.get("id", ""))
    try:
        answer = await outside.read(address, accept="*/*", limit=LARGEST_ATTACHMENT)
    except MedcredError:
        return None
    if answer.status != 200 or not digest_matches(answer.body, entry):
        return None
    name = address.rsplit("/", 1)[-1].partition("?")[0][:120]
    media_type = str(entry.get("mediaType", "application/octet-stream"))
    return {"name": name, "mediaType": media_type, "content": base64.b64encode(answer.body).decode()}


def _members(credential: Credential, name: str) -> list[dict[str, Any]]:
    value = credential.get(name)
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]

"""A record as a file to carry (`*.medcred.json`): everything a verifier needs when nobody answers.

The file holds the credential as issued, the status lists it points at, fetched now, and the attachments whose digest the
credential states. A status list that cannot be had, or an attachment that cannot be had or does not match its digest, is left
out and counted; the file is then still good, and its verdict says what could not be checked.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from schemas.errors import MedcredError
from wallet.files import Files
from wallet.outside import Outside
from wallet.records import Credential

MEDIA_TYPE = "application/medcred+json"
LARGEST_STATUS_LIST = 1024 * 1024
MOST_ATTACHMENTS = 20


@dataclass(frozen=True)
class CarriedFile:
    """`missing_status` and `missing_attachments` count what could not be put in."""

    content: dict[str, Any]
    missing_status: int
    missing_attachments: int

    def as_bytes(self) -> bytes:
        return json.dumps(self.content, ensure_ascii=False, indent=1).encode()


async def carried_file(account_id: str, credential: Credential, outside: Outside, files: Files) -> CarriedFile:
    """The file for this record, with status lists read now and attachments from the wallet's store or their addresses."""
    wanted = dict.fromkeys(str(entry.get("statusListCredential", "")) for entry in _members(credential, "credentialStatus"))
    lists = [found for url in wanted if (found := await _status_list(url, outside)) is not None]
    related, names = related_resources(credential), _file_names(credential)
    attachments = []
    for number, entry in enumerate(related, 1):
        content = await files.get(account_id, entry)
        if content is not None:
            attachments.append(
                {
                    "name": names.get(str(entry.get("id", "")), f"attachment-{number}"),
                    "mediaType": str(entry.get("mediaType", "application/octet-stream")),
                    "content": base64.b64encode(content).decode(),
                }
            )
    content_of_file = {
        "type": "CarriedRecord",
        "version": "1",
        "credential": credential,
        "statusLists": lists,
        "attachments": attachments,
    }
    return CarriedFile(content_of_file, len(wanted) - len(lists), len(related) - len(attachments))


def related_resources(credential: Credential) -> list[dict[str, Any]]:
    """What the record states about its files."""
    return _members(credential, "relatedResource")[:MOST_ATTACHMENTS]


async def _status_list(url: str, outside: Outside) -> dict[str, Any] | None:
    try:
        answer = await outside.read(url, accept="application/vc, application/json", limit=LARGEST_STATUS_LIST)
        found = json.loads(answer.body) if answer.status == 200 else None
    except (MedcredError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("id") == url else None


def _file_names(credential: Credential) -> dict[str, str]:
    """Address → the name the record gives the file."""
    subject = credential.get("credentialSubject")
    record = subject.get("record") if isinstance(subject, dict) else None
    links = _members(record, "attachments") if isinstance(record, dict) else []
    return {str(link.get("resource", "")): str(link["fileName"]) for link in links if link.get("fileName")}


def _members(credential: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = credential.get(name)
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]

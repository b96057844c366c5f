"""A record as a file to carry (`*.medcred.json`): everything a verifier needs when nobody answers.

The file holds the credential as issued, the status lists it points at, fetched now, and the attachments whose digest the
credential states. A status list that cannot be had, or an attachment that cannot be had or does not match its digest, is left
out and counted; the file is then still good, and its verdict says what could not be checked.

Where the trust list says that proofs of the issuer's identity are published, they travel too, so that they can be judged far
from any network. They are as they were read: each proves itself or does not.
"""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from schemas.acdc.thumbprint import ed25519_thumbprint, signer_stream
from schemas.errors import MedcredError
from schemas.keys import decode_multikey
from wallet.files import Files
from wallet.outside import Outside
from wallet.records import Credential
from wallet.trust import TrustList

MEDIA_TYPE = "application/medcred+json"
LARGEST_STATUS_LIST = 1024 * 1024
LARGEST_STREAM = 4 * 1024 * 1024
MOST_ATTACHMENTS = 20
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,20000})-----END CERTIFICATE-----")


@dataclass(frozen=True)
class CarriedFile:
    """`missing_status` and `missing_attachments` count what could not be put in."""

    content: dict[str, Any]
    missing_status: int
    missing_attachments: int

    def as_bytes(self) -> bytes:
        return json.dumps(self.content, ensure_ascii=False, indent=1).encode()


async def carried_file(
    account_id: str, credential: Credential, outside: Outside, files: Files, trust: TrustList | None = None
) -> CarriedFile:
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
    content_of_file: dict[str, Any] = {
        "type": "CarriedRecord",
        "version": "1",
        "credential": credential,
        "statusLists": lists,
        "attachments": attachments,
    }
    if identity := await _identity(account_id, credential, outside, trust):
        content_of_file["identity"] = identity
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


async def _identity(
    account_id: str, credential: Credential, outside: Outside, trust: TrustList | None
) -> dict[str, str | list[str]]:
    """The proofs of the issuer's identity and of its signer's, as a carried record has them; those that could be had."""
    issuer, signer = credential.get("issuer"), credential.get("signer")
    did = issuer.get("id") if isinstance(issuer, dict) else issuer
    if trust is None or not isinstance(did, str):
        return {}
    found: dict[str, str | list[str]] = {}
    try:
        roads = await trust.roads(account_id, did)
    except MedcredError:
        return {}
    for road, url in roads:
        text = await _text(url, outside)
        if road == "certificate":
            found["x5c"] = ["".join(body.split()) for body in _PEM.findall(text)]
        else:
            found["vlei"] = text
        if road == "vlei" and isinstance(signer, dict):
            found["signer"] = await _text(_signer_stream(url, str(signer.get("id"))), outside)
    return {name: part for name, part in found.items() if part}


def _signer_stream(stream: str, did: str) -> str:
    """Beside the hospital's stream, by the thumbprint of the signer's key; empty for a DID that has none."""
    try:
        return signer_stream(stream, ed25519_thumbprint(decode_multikey(did.removeprefix("did:key:"))))
    except MedcredError:
        return ""


async def _text(url: str, outside: Outside) -> str:
    try:
        answer = await outside.read(url, accept="*/*", limit=LARGEST_STREAM)
        return answer.body.decode("ascii") if answer.status == 200 else ""
    except (MedcredError, UnicodeDecodeError):
        return ""


def _file_names(credential: Credential) -> dict[str, str]:
    """Address → the name the record gives the file."""
    subject = credential.get("credentialSubject")
    record = subject.get("record") if isinstance(subject, dict) else None
    links = _members(record, "attachments") if isinstance(record, dict) else []
    return {str(link.get("resource", "")): str(link["fileName"]) for link in links if link.get("fileName")}


def _members(credential: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = credential.get(name)
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]

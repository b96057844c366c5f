"""Attachments: the files beside a record are exactly those the hospital signed for (VC-DM 2.0 §5.3 integrity of related
resources).

A file belongs to a `relatedResource` when every digest the resource names is the file's: `digestSRI` (sha256, sha384, sha512) and
`digestMultibase` (multihash SHA-256), and the media types agree. The name of a file proves nothing.
"""

import base64
import hashlib
from typing import Any

from schemas.errors import FormatError
from schemas.keys import decode_base58btc
from verifier.evidence import Attachment
from verifier.examination import Examination, Form
from verifier.verdict import Check

_SRI = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_MULTIHASH_SHA256 = b"\x12\x20"


def attachments(examined: Examination) -> Check:
    """Every file is one that the record names; every file it names is here."""
    resources = examined.document.get("relatedResource", [])
    resources = resources if isinstance(resources, list) else [resources]
    files = examined.evidence.attachments
    named = [any(_belongs(file, resource) for resource in resources) for file in files]
    if not all(named):
        return examined.found("attachments", "attachments.altered", file=str(named.index(False)))
    if not resources:
        return examined.found("attachments", "attachments.none")
    if examined.form is not Form.CARRIED:
        return examined.found("attachments", "attachments.not_carried", named=str(len(resources)))
    missing = sum(not any(_belongs(file, resource) for file in files) for resource in resources)
    if missing:
        return examined.found("attachments", "attachments.missing", missing=str(missing), named=str(len(resources)))
    return examined.found("attachments", "attachments.ok", named=str(len(resources)))


def _belongs(file: Attachment, resource: Any) -> bool:
    if not isinstance(resource, dict) or not ("digestSRI" in resource or "digestMultibase" in resource):
        return False
    if resource.get("mediaType", file.media_type) != file.media_type:
        return False
    return ("digestSRI" not in resource or _sri_fits(file.content, resource["digestSRI"])) and (
        "digestMultibase" not in resource or _multibase_fits(file.content, resource["digestMultibase"])
    )


def _sri_fits(content: bytes, integrity: Any) -> bool:
    """Subresource Integrity §3.3, one hash expression without options."""
    name, _, text = str(integrity).partition("-")
    if name not in _SRI:
        return False
    return base64.b64encode(_SRI[name](content).digest()).decode() == text


def _multibase_fits(content: bytes, multibase: Any) -> bool:
    wanted = _MULTIHASH_SHA256 + hashlib.sha256(content).digest()
    if not isinstance(multibase, str):
        return False
    if multibase.startswith("u"):
        return base64.urlsafe_b64encode(wanted).rstrip(b"=").decode() == multibase[1:]
    try:
        return decode_base58btc(multibase) == wanted
    except FormatError:
        return False

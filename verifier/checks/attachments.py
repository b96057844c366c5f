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

_SRI = frozenset({"sha256", "sha384", "sha512"})
_MULTIHASH_SHA256 = b"\x12\x20"
_MAX_MULTIBASE = 64


def attachments(examined: Examination) -> Check:
    """Every file is one that the record names; every file it names is here."""
    resources = examined.document.get("relatedResource", [])
    resources = resources if isinstance(resources, list) else [resources]
    files = [_File(attachment) for attachment in examined.evidence.attachments]
    named = [any(file.is_named_by(resource) for resource in resources) for file in files]
    if not all(named):
        return examined.found("attachments", "attachments.altered", file=str(named.index(False)))
    if not resources:
        return examined.found("attachments", "attachments.none")
    if examined.form is not Form.CARRIED:
        return examined.found("attachments", "attachments.not_carried", named=str(len(resources)))
    missing = sum(not any(file.is_named_by(resource) for file in files) for resource in resources)
    if missing:
        return examined.found("attachments", "attachments.missing", missing=str(missing), named=str(len(resources)))
    return examined.found("attachments", "attachments.ok", named=str(len(resources)))


class _File:
    """An attachment and its digests, each computed once: a record may name many resources, and a file may be large."""

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._digests: dict[str, bytes] = {}

    def is_named_by(self, resource: Any) -> bool:
        if not isinstance(resource, dict) or not ("digestSRI" in resource or "digestMultibase" in resource):
            return False
        if resource.get("mediaType", self._attachment.media_type) != self._attachment.media_type:
            return False
        return ("digestSRI" not in resource or self._fits_sri(resource["digestSRI"])) and (
            "digestMultibase" not in resource or self._fits_multibase(resource["digestMultibase"])
        )

    def _digest(self, name: str) -> bytes:
        if name not in self._digests:
            self._digests[name] = hashlib.new(name, self._attachment.content).digest()
        return self._digests[name]

    def _fits_sri(self, integrity: Any) -> bool:
        """Subresource Integrity §3.3, one hash expression without options."""
        name, _, text = str(integrity).partition("-")
        return name in _SRI and base64.b64encode(self._digest(name)).decode() == text

    def _fits_multibase(self, multibase: Any) -> bool:
        if not isinstance(multibase, str) or len(multibase) > _MAX_MULTIBASE:
            return False
        wanted = _MULTIHASH_SHA256 + self._digest("sha256")
        if multibase.startswith("u"):
            return base64.urlsafe_b64encode(wanted).rstrip(b"=").decode() == multibase[1:]
        try:
            return decode_base58btc(multibase) == wanted
        except FormatError:
            return False

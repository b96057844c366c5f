"""The carried record: what a patient has in a file (`*.medcred.json`, `application/medcred+json`).

    {"type": "CarriedRecord", "version": "1", "credential": {…},
     "statusLists": [status list credentials], "attachments": [{"name", "mediaType", "content": base64}],
     "identity": {"vlei": CESR text, "x5c": [base64 DER, the leaf first], "signer": CESR text}}

`identity` lets the issuer's identity, and the role of who signed for it, be judged far from any network; any part may be missing,
and older files have none.

The wrapper is not signed and proves nothing: the credential, the status lists, the digests of the attachments and the proofs of
identity do, each by itself. So it is
read strictly and anything else in it is refused, or unsigned words could travel under a signature.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.evidence import Attachment, IdentityProof
from verifier.status import StatusSource

TYPE = "CarriedRecord"
MEDIA_TYPE = "application/medcred+json"
MAX_LISTS = 16
MAX_ATTACHMENTS = 64
MAX_STREAM_BYTES = 4 * 1024 * 1024
MAX_CERTIFICATES = 8
MAX_CERTIFICATE_TEXT = 16_384


@dataclass(frozen=True, slots=True)
class CarriedRecord:
    """A carried record as it was read; nothing in it is believed yet."""

    credential: dict[str, Any]
    status_lists: tuple[StatusSource, ...]
    attachments: tuple[Attachment, ...]
    identity: IdentityProof | None = None
    signer: IdentityProof | None = None


def is_carried(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object says to be a carried record."""
    return document.get("type") == TYPE


def read_carried(document: Mapping[str, Any]) -> CarriedRecord | str:
    """The parts of a carried record, or the name of the first member that is missing, unknown or of another form."""
    unknown = document.keys() - {"type", "version", "credential", "statusLists", "attachments", "identity"}
    if unknown or document.get("version") != "1":
        return "version" if not unknown else "(unknown member)"
    credential = document.get("credential")
    if not isinstance(credential, dict):
        return "credential"
    lists = document.get("statusLists", [])
    if not isinstance(lists, list) or len(lists) > MAX_LISTS or not all(isinstance(one, dict) for one in lists):
        return "statusLists"
    entries = document.get("attachments", [])
    if not isinstance(entries, list) or len(entries) > MAX_ATTACHMENTS:
        return "attachments"
    attachments = [_attachment(entry) for entry in entries]
    read = tuple(attachment for attachment in attachments if attachment)
    if len(read) != len(attachments):
        return f"attachments[{attachments.index(None)}]"
    identity = _identity(document["identity"]) if "identity" in document else (None, None)
    if identity is None:
        return "identity"
    return CarriedRecord(credential, tuple(StatusSource(one) for one in lists), read, *identity)


def write_carried(
    credential: Mapping[str, Any],
    status_lists: Sequence[Mapping[str, Any]] = (),
    attachments: Sequence[Attachment] = (),
    identity: IdentityProof | None = None,
    signer: IdentityProof | None = None,
) -> dict[str, Any]:
    """The JSON of a carried record; `identity` is the issuer's, `signer` that of who signed for it."""
    written: dict[str, Any] = {
        "type": TYPE,
        "version": "1",
        "credential": dict(credential),
        "statusLists": [dict(one) for one in status_lists],
        "attachments": [
            {"name": one.name, "mediaType": one.media_type, "content": base64.b64encode(one.content).decode()}
            for one in attachments
        ],
    }
    identity, signer = identity or IdentityProof(), signer or IdentityProof()
    parts = {
        "vlei": identity.vlei.decode("ascii"),
        "x5c": [base64.b64encode(certificate).decode() for certificate in identity.chain],
        "signer": signer.vlei.decode("ascii"),
    }
    if any(parts.values()):
        written["identity"] = {name: part for name, part in parts.items() if part}
    return written


def _identity(value: Any) -> tuple[IdentityProof | None, IdentityProof | None] | None:
    """The issuer's proof and the signer's; None when it has another form."""
    if not isinstance(value, dict) or value.keys() - {"vlei", "x5c", "signer"}:
        return None
    streams, chain = [value.get("vlei", ""), value.get("signer", "")], value.get("x5c", [])
    if not all(isinstance(each, str) and each.isascii() and len(each) <= MAX_STREAM_BYTES for each in streams):
        return None
    if not isinstance(chain, list) or len(chain) > MAX_CERTIFICATES:
        return None
    try:
        certificates = tuple(base64.b64decode(_certificate(text), validate=True) for text in chain)
    except (binascii.Error, ValueError):
        return None
    stream, of_signer = (each.encode("ascii") for each in streams)
    issuer = IdentityProof(stream, None, certificates) if stream or certificates else None
    return issuer, IdentityProof(of_signer) if of_signer else None


def _certificate(text: Any) -> str:
    if not isinstance(text, str) or len(text) > MAX_CERTIFICATE_TEXT:
        raise ValueError("not a certificate's text")
    return text


def _attachment(entry: Any) -> Attachment | None:
    match entry:
        case {"name": str(name), "mediaType": str(media_type), "content": str(content)} if len(entry) == 3:
            try:
                return Attachment(name, media_type, base64.b64decode(content, validate=True))
            except (binascii.Error, ValueError):
                return None
    return None

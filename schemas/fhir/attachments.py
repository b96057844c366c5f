"""Files that belong to a record: checked, and named by digest. The bytes never enter a credential (VC-DM 2.0 §5.3).

Refused: a media type that is not `type/subtype`, an empty or too large file, `application/dicom` that pydicom cannot read or
that names no instance, `application/pdf` without the frame of a PDF.
"""

import base64
import hashlib
import re
import uuid
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import pydicom

from schemas.errors import FormatError
from schemas.records.base import AttachmentLink

DICOM = "application/dicom"
PDF = "application/pdf"
MAX_BYTES = 512 * 1024 * 1024

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.ASCII)
_UID = re.compile(r"[0-9]+(\.[0-9]+)+", re.ASCII)
_SHA2_256 = b"\x12\x20"
_PREAMBLE = 128


@dataclass(frozen=True)
class DicomIdentity:
    """The unique identifiers of one DICOM instance (PS3.3 §C.12.1, §C.7)."""

    sop_class: str
    sop_instance: str
    study_instance: str
    series_instance: str


@dataclass(frozen=True)
class Attachment:
    """A file beside a record.

    Args:
        name: the file's name, shown to the reader; no folders in it.
        media_type: lower case, without parameters.
        content: the bytes.

    Raises:
        FormatError: `attachment.name`, `attachment.media_type`, `attachment.size`, `attachment.not_dicom`, `attachment.not_pdf`.
    """

    name: str
    media_type: str
    content: bytes

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 255 or not self.name.isprintable() or "/" in self.name or "\\" in self.name:
            raise FormatError(
                "attachment.name", "The name of an attachment is not a file name.", "Use up to 255 characters, no folders."
            )
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise FormatError(
                "attachment.media_type", "The media type is not type/subtype in lower case.", "Write application/pdf."
            )
        if not 0 < len(self.content) <= MAX_BYTES:
            raise FormatError("attachment.size", "An attachment is empty or too large.", f"Send at most {MAX_BYTES} bytes.")
        if self.media_type == PDF:
            _check_pdf(self.content)
        _ = self.dicom

    @cached_property
    def dicom(self) -> DicomIdentity | None:
        """Which DICOM instance this is; None for other media types."""
        return _read_dicom(self.content) if self.media_type == DICOM else None

    @property
    def urn(self) -> str:
        """The name under which a credential refers to this file. It follows from the content, so the same file has one name."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, self._sri)}"

    def related_resource(self) -> dict[str, Any]:
        """The `relatedResource` member: digestSRI (sha384) and digestMultibase (multihash sha2-256)."""
        multihash = base64.urlsafe_b64encode(_SHA2_256 + hashlib.sha256(self.content).digest()).rstrip(b"=").decode()
        return {"id": self.urn, "mediaType": self.media_type, "digestSRI": self._sri, "digestMultibase": f"u{multihash}"}

    def link(self) -> AttachmentLink:
        """How the record itself speaks of this file."""
        return AttachmentLink(
            resource=self.urn,
            content_type=self.media_type,
            file_name=self.name,
            sop_class=self.dicom.sop_class if self.dicom else None,
            sop_instance=self.dicom.sop_instance if self.dicom else None,
        )

    @cached_property
    def _sri(self) -> str:
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()


def _check_pdf(content: bytes) -> None:
    if b"%PDF-" not in content[:1024] or b"%%EOF" not in content[-1024:]:
        raise FormatError(
            "attachment.not_pdf", "This file says it is a PDF and is not one.", "Check the file and its media type."
        )


def _read_dicom(content: bytes) -> DicomIdentity:
    wrong = FormatError("attachment.not_dicom", "This file says it is DICOM and is not.", "Check the file and its media type.")
    if content[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        raise wrong
    names = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
    try:
        dataset = pydicom.dcmread(BytesIO(content), stop_before_pixels=True, specific_tags=names)
        identity = [str(dataset.get(name, "")) for name in names]
        stored = [str(dataset.file_meta.get(f"MediaStorage{name}", "")) for name in names[:2]]
    except Exception as error:  # the reader raises whatever a broken file leads it to
        raise wrong from error
    # PS3.10 §7.1: the file's own header repeats class and instance. A file cut inside a UID reads as another, shorter UID.
    if stored != identity[:2] or not all(map(_UID.fullmatch, identity)):
        raise wrong
    return DicomIdentity(*identity)

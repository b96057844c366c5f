"""Which file belongs to which record. A file beside the wrong report could harm the patient, so nothing is guessed.

One record takes all files. Of several records, DICOM goes to the report whose study names the study or the instance; another
file to the report whose `presentedForm` has its name or its hash (FHIR R4 Attachment.hash, SHA-1).
"""

import base64
import hashlib
from collections.abc import Sequence

from schemas.errors import RecordError
from schemas.fhir.attachments import Attachment, DicomIdentity
from schemas.fhir.bundle import Resource
from schemas.fhir.report import studies


def place_attachments(origins: Sequence[Resource], attachments: Sequence[Attachment]) -> list[list[Attachment]]:
    """The files of each record, in the order of `origins`.

    Raises:
        RecordError: `record.attachment_unplaced`, a file fits no record or several; `record.attachment_mismatch`, a DICOM file is
            of another study than the report.
    """
    placed: list[list[Attachment]] = [[] for _ in origins]
    for number, file in enumerate(attachments):
        homes = [0] if len(origins) == 1 else [index for index, origin in enumerate(origins) if _names(origin, file)]
        if len(homes) != 1:
            raise RecordError(
                "record.attachment_unplaced",
                f"Attachment {number + 1} fits {'no record' if not homes else 'more than one record'} of the bundle.",
                "Name the file in DiagnosticReport.presentedForm, or send one record at a time.",
                path=f"attachments[{number}]",
            )
        home = homes[0]
        if file.dicom and (known := _uids(origins[home])) and not known & _both(file.dicom):
            raise RecordError(
                "record.attachment_mismatch",
                f"Attachment {number + 1} is a DICOM instance of another study than the report names.",
                "Send the images of the study that the report is about.",
                path=f"attachments[{number}]",
            )
        placed[home].append(file)
    return placed


def _names(origin: Resource, file: Attachment) -> bool:
    if file.dicom:
        return bool(_uids(origin) & _both(file.dicom))
    for form in origin.content.get("presentedForm") or []:
        if file.name in {form.get("title"), str(form.get("url") or "").rsplit("/", 1)[-1]}:
            return True
        if form.get("hash") == base64.b64encode(hashlib.sha1(file.content, usedforsecurity=False).digest()).decode():
            return True
    return False


def _both(identity: DicomIdentity) -> set[str]:
    return {identity.study_instance, identity.sop_instance}


def _uids(origin: Resource) -> set[str]:
    """The study and instance UIDs that the studies of a report name."""
    if origin.kind != "DiagnosticReport":
        return set()
    found = set()
    for study in studies(origin):
        found |= {str(item.get("value")).removeprefix("urn:oid:") for item in study.content.get("identifier") or []}
        found |= {instance["uid"] for item in study.content.get("series") or [] for instance in item.get("instance") or []}
    return found

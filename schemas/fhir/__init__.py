"""From FHIR R4 to records: read a bundle strictly, and draft the credentials it gives.

Needs the extra `records` (fhir.resources, pydicom); nothing else in `schemas` does.
"""

from schemas.fhir.attachments import Attachment
from schemas.fhir.bundle import Bundle
from schemas.fhir.drafting import RecordDraft, drafts
from schemas.fhir.reading import read_bundle

__all__ = ["Attachment", "Bundle", "RecordDraft", "drafts", "read_bundle"]

"""What the tests of this room share: sample drafts, whole credentials from them, and the frozen context loader."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pyld.documentloader.frozen import FrozenDocumentLoader

from schemas import samples
from schemas.contexts import frozen_contexts
from schemas.credential import bind_subject, new_credential
from schemas.fhir import Attachment, RecordDraft, drafts, read_bundle
from schemas.fhir.attachments import DICOM, PDF

type Json = dict[str, Any]

HOLDER = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
ISSUER = "did:web:localhost%3A8101:hospitals:hk"
STATUS = [
    {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": "94567",
        "statusListCredential": f"http://localhost:8101/status/hk/{purpose}/1",
    }
    for purpose in ("revocation", "suspension")
]


@pytest.fixture
def image() -> Attachment:
    return Attachment("imaging-report.dcm", DICOM, samples.sample_file("imaging-report.dcm"))


@pytest.fixture
def page() -> Attachment:
    return Attachment("imaging-report.pdf", PDF, samples.sample_file("imaging-report.pdf"))


@pytest.fixture
def sample_drafts(image: Attachment, page: Attachment) -> dict[str, list[RecordDraft]]:
    """The drafts of every sample bundle, the imaging report with its files."""
    return {
        name: drafts(read_bundle(samples.bundle(name)), attachments=[image, page] if name == samples.IMAGING_REPORT else [])
        for name in samples.BUNDLES
    }


@pytest.fixture
def credential_of() -> Callable[..., Json]:
    """A bound, unsigned credential for a draft."""

    def make(draft: RecordDraft, **changes: Any) -> Json:
        arguments: Json = {
            "issuer": ISSUER,
            "credential_id": "urn:uuid:7f3c2f0e-8c1b-4f6e-9d5a-0d3c0e5f1a2b",
            "valid_from": datetime(2026, 11, 24, 15, tzinfo=UTC),
            "valid_until": None,
            "status": STATUS,
            "salt": bytes(range(16)),
        }
        return bind_subject(new_credential(draft, **(arguments | changes)), HOLDER)

    return make


@pytest.fixture
def sample_credentials(sample_drafts: dict[str, list[RecordDraft]], credential_of: Callable[..., Json]) -> dict[str, list[Json]]:
    return {name: [credential_of(draft) for draft in found] for name, found in sample_drafts.items()}


@pytest.fixture(scope="session")
def loader() -> FrozenDocumentLoader:
    return FrozenDocumentLoader(dict(frozen_contexts()))


@pytest.fixture
def sample() -> Callable[[str], Json]:
    """A sample bundle as JSON that a test may change."""
    return lambda name: json.loads(samples.bundle(name))


@pytest.fixture
def resource() -> Callable[[Json, str], Json]:
    """The first resource of one type in a bundle."""

    def find(bundle: Json, kind: str) -> Json:
        return next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)

    return find

"""A record between upload and confirmation: kept for half an hour, seen by whoever uploaded it, gone once it is issued.

Its token is the idempotency key it is issued with, so a double click issues once.
"""

import asyncio
import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, delete

from issuer.console.tables import IssuePreview
from issuer.context import IssuerContext
from issuer.issuing.submitting import SubmissionBody
from schemas.errors import NotFoundError
from schemas.fhir import Attachment, RecordDraft, drafts, read_bundle
from schemas.strict_json import read_json
from schemas.types import RecordType

KEPT = timedelta(minutes=30)
LARGEST = 48 * 2**20


@dataclass(frozen=True)
class Upload:
    """A bundle as uploaded, and the files that belong to it."""

    bundle: bytes
    files: Sequence[Attachment]

    async def records(self) -> list[RecordDraft]:
        """The records in it, read in a thread: a large bundle takes a second.

        Raises:
            RecordError: the bundle does not validate; says where.
        """
        return await asyncio.to_thread(lambda: drafts(read_bundle(self.bundle), attachments=self.files))


async def keep(context: IssuerContext, upload: Upload, *, who: str, hospital: str, binding: str) -> str:
    """Keep an upload for the next page; the token it is found by."""
    token = str(uuid.UUID(bytes=context.entropy(16), version=4))
    await forget_old(context)
    async with context.database.begin() as session:
        session.add(
            IssuePreview(
                token=token,
                made_by=who,
                made_at=context.clock.now(),
                hospital=hospital,
                binding=binding,
                bundle=upload.bundle,
                files=[
                    {"name": file.name, "mediaType": file.media_type, "content": base64.b64encode(file.content).decode()}
                    for file in upload.files
                ],
            )
        )
    return token


async def kept(context: IssuerContext, token: str, *, who: str) -> IssuePreview:
    """What `who` uploaded under this token.

    Raises:
        NotFoundError: `preview.gone`.
    """
    async with context.database.begin() as session:
        row = await session.get(IssuePreview, token)
    if row is None or row.made_by != who or context.clock.now() - row.made_at >= KEPT:
        raise NotFoundError("preview.gone", "This preview is no longer kept.", "Upload the record again.")
    return row


def body_of(row: IssuePreview, types: list[RecordType], *, confirm_patient: bool = False) -> SubmissionBody:
    """The submission that issues these types of a preview."""
    return SubmissionBody.model_validate(
        {
            "hospital": row.hospital,
            "binding": row.binding,
            "bundle": read_json(row.bundle, max_bytes=LARGEST),
            "types": types,
            "attachments": row.files,
            "confirm_patient": confirm_patient,
        }
    )


async def forget(context: IssuerContext, token: str) -> None:
    """Delete a preview that was issued."""
    async with context.database.begin() as session:
        await session.execute(delete(IssuePreview).where(IssuePreview.token == token))


async def forget_old(context: IssuerContext) -> int:
    """Delete previews whose time is over. Returns how many. The worker does this too: nobody may come back to the console."""
    async with context.database.begin() as session:
        result = await session.execute(delete(IssuePreview).where(IssuePreview.made_at <= context.clock.now() - KEPT))
    assert isinstance(result, CursorResult)
    return int(result.rowcount)

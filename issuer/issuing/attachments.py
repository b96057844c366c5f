"""Files that belong to a credential (PDF, DICOM): they do not travel in it, the wallet fetches them.

A file's `relatedResource.id` is its address here, `{base_url}/files/{token}`: 32 random bytes that only the credential's holders
know, and the digest in the credential makes sure that what came is what was meant. No name of a file or a patient is in the
address. It can be fetched `file_fetches` times within `file_days` days; then the row is deleted, content and all.

Served as bytes to download, never as something a browser would show or run.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Response
from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.issuing.tables import KeptAttachment
from schemas.errors import NotFoundError
from schemas.fhir import Attachment

HEADERS = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True)
class ServedAttachment(Attachment):
    """A file that is known by the address where the wallet fetches it."""

    token: str
    address: str

    @property
    def urn(self) -> str:
        return self.address


def serve(context: IssuerContext, name: str, media_type: str, content: bytes) -> ServedAttachment:
    """The file with a fresh unguessable address.

    Raises:
        FormatError: as `schemas.fhir.Attachment`.
    """
    token = base64.urlsafe_b64encode(context.entropy(32)).decode().rstrip("=")
    return ServedAttachment(name, media_type, content, token, f"{context.settings.public_url}/files/{token}")


def keep(context: IssuerContext, session: AsyncSession, submission: str, file: ServedAttachment) -> None:
    """Add the file to the caller's transaction."""
    session.add(
        KeptAttachment(
            token=file.token,
            submission=submission,
            content=file.content,
            fetches_left=context.settings.file_fetches,
            expires_at=context.clock.now() + timedelta(days=context.settings.file_days),
        )
    )


async def forget_old(context: IssuerContext) -> int:
    """Delete the files whose time or fetches are over. Returns how many."""
    async with context.database.begin() as session:
        over = or_(KeptAttachment.expires_at <= context.clock.now(), KeptAttachment.fetches_left <= 0)
        result = await session.execute(delete(KeptAttachment).where(over))
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def router(context: IssuerContext) -> APIRouter:
    """The route that serves attachments."""
    routes = APIRouter()

    @routes.get("/files/{token}", response_class=Response, include_in_schema=False)
    async def file(token: str) -> Response:
        async with context.database.begin() as session:
            content = await session.scalar(
                update(KeptAttachment)
                .where(
                    KeptAttachment.token == token,
                    KeptAttachment.fetches_left > 0,
                    KeptAttachment.expires_at > context.clock.now(),
                )
                .values(fetches_left=KeptAttachment.fetches_left - 1)
                .returning(KeptAttachment.content)
            )
        if content is None:
            raise NotFoundError("file.gone", "There is no such file, or the time to fetch it is over.", "Ask the hospital.")
        return Response(content, media_type="application/octet-stream", headers=HEADERS)

    return routes

"""Take in a stranger's file: as a form, as pasted text, or as a bare request body. In memory only, and never more than the limit.

The framework's own form reader moves files over 1 MB to a temporary file on disk; the page promises otherwise.
"""

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from schemas.errors import FormatError

FORM_OVERHEAD = 4096  # boundaries and part headers around the file


async def read_upload(request: Request, limit: int) -> bytes:
    """The bytes to check.

    Args:
        limit: the most bytes of file taken.

    Raises:
        FormatError: `file.too_large`, `file.missing` (nothing was sent), `file.malformed` (not a form that can be read).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        return _within(b"".join([chunk async for chunk in _bounded(request, limit)]), limit)
    parser = _InMemory(request.headers, _bounded(request, limit + FORM_OVERHEAD), max_files=1, max_fields=2, max_part_size=limit)
    parser.spool_max_size = limit + FORM_OVERHEAD
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise FormatError("file.malformed", "The upload could not be read.", "Choose one file, or paste its text.") from error
    file, text = form.get("file"), form.get("text")
    try:
        data = await file.read() if isinstance(file, UploadFile) else b""
    finally:
        await form.close()
    return _within(data or (text.encode() if isinstance(text, str) else b""), limit)


class _InMemory(MultiPartParser):
    spool_max_size: int


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes]:
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > limit:
            raise _too_large()
        yield chunk


def _within(data: bytes, limit: int) -> bytes:
    if not data.strip():
        raise FormatError("file.missing", "There is nothing to check yet.", "Choose a file, or paste its text.")
    if len(data) > limit:
        raise _too_large()
    return data


def _too_large() -> FormatError:
    return FormatError("file.too_large", "This file is too large to check here.", "A record without large attachments fits.")

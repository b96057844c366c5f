"""Reading a request's body without letting its sender decide how much memory that takes."""

from fastapi import Request

from schemas.errors import InputError


async def read_body(request: Request, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes.

    Raises:
        InputError: `request.too_long`.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise InputError("request.too_long", "The request is too long.", f"At most {limit} bytes are read.")
    return bytes(body)

"""How much a service reads of a request: FORM_BYTES, and more on the routes that take uploads.

The framework reads a body before it asks who sent it, so the limit holds for everybody. A route may take its larger body from
signed-in people only; to others the form's limit applies. What a request says of its length is believed when it says too much,
and its bytes are counted in any case: a chunked body says nothing. The answer is 413, as a problem or a page like any error.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import TooLargeError

FORM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Upload:
    """A route that takes more.

    Attributes:
        path: as the route has it, `/console/issue/{binding}`.
        most: bytes, of the whole body.
        signed_in: only for a session with a person in it.
    """

    path: str
    most: int
    signed_in: bool = False


def install_body_limit(app: FastAPI, *uploads: Upload, most: int = FORM_BYTES) -> None:
    """Read at most `most` bytes of any request to `app`, and of those to `uploads` what they say."""
    app.add_middleware(BodyLimit, uploads=uploads, most=most)


class BodyLimit:
    """The limit as ASGI middleware. Reading on raises TooLargeError `request.too_large`."""

    def __init__(self, app: ASGIApp, uploads: Iterable[Upload], most: int) -> None:
        self.app = app
        self.uploads: list[tuple[re.Pattern[str], Upload]] = [(compile_path(each.path)[0], each) for each in uploads]
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        read = 0

        async def limited() -> Message:
            nonlocal read
            # Not before the route reads: only then is it known who is signed in.
            most = self._most(scope)
            if declared.isdecimal() and int(declared) > most:
                raise _too_large()
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _too_large()
            return message

        await self.app(scope, limited, send)

    def _most(self, scope: Scope) -> int:
        for path, upload in self.uploads:
            if path.fullmatch(scope["path"]) and (not upload.signed_in or scope.get("session", {}).get("person")):
                return upload.most
        return self.most


def _too_large() -> TooLargeError:
    return TooLargeError("request.too_large", "The request is too large.", "Send less at once.")

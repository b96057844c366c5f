"""Status lists as files anyone may fetch: `GET /status/{hospital}/{purpose}/{number}`.

The answer says nothing of who asks about whom: a list has 131,072 indices and the whole of it is served (Bitstring Status
List 1.0 §5.1). ETag and `max-age` keep repeated reads small.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Response
from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.status.states import Purpose
from issuer.status.tables import StatusList
from schemas.errors import NotFoundError, UnavailableError


def router(context: IssuerContext) -> APIRouter:
    """The route that serves status lists."""
    routes = APIRouter()

    @routes.get("/status/{hospital}/{purpose}/{number}", response_class=Response)
    async def status_list(hospital: str, purpose: Purpose, number: int, if_none_match: Annotated[str, Header()] = "") -> Response:
        """A status list credential; 304 when the caller has this one."""
        async with context.database.begin() as session:
            row = await session.scalar(
                select(StatusList).where(
                    StatusList.hospital == hospital, StatusList.purpose == purpose, StatusList.number == number
                )
            )
        if row is None:
            raise NotFoundError("status.unknown_list", "There is no such status list.")
        if row.document is None:
            raise UnavailableError("status.not_published", "This status list is being published.", "Ask again in a few seconds.")
        etag = f'"{hashlib.sha256(row.document.encode()).hexdigest()[:32]}"'
        headers = {
            "ETag": etag,
            "Cache-Control": f"public, max-age={context.settings.status_ttl_seconds}",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        if etag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(row.document, media_type="application/vc", headers=headers)

    return routes

"""Who changed what: the audit, newest first, or everything about one id."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from issuer.console.audit import entries
from issuer.console.parts import Console
from issuer.staff import Member


def router(console: Console) -> APIRouter:
    """GET /console/audit."""
    routes = APIRouter()

    @routes.get("/console/audit")
    async def audit(
        request: Request, _: Annotated[Member, console.roll.signed_in()], subject: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        found = await entries(console.context, subject.strip())
        return console.show(request, "audit.html", section="audit", entries=found, subject=subject.strip())

    return routes

"""The console's pages, put together. Every page needs a signed-in member of staff, every change a duty and a form's token."""

from fastapi import APIRouter

from issuer.console import approvals, checks, credentials, history, home, hospitals, issue, live, patients, sign_in
from issuer.console.parts import Console
from issuer.context import IssuerContext


def router(context: IssuerContext) -> APIRouter:
    """All pages of the console."""
    console = Console(context)
    routes = APIRouter(include_in_schema=False)
    for part in (sign_in, home, hospitals, checks, patients, issue, credentials, approvals, history, live):
        routes.include_router(part.router(console))
    return routes

"""The console's pages, put together. Every page needs a signed-in member of staff, every change a duty and a form's token."""

from fastapi import APIRouter

from issuer.context import IssuerContext


def router(context: IssuerContext) -> APIRouter:
    """All pages of the console."""
    return APIRouter(include_in_schema=False)

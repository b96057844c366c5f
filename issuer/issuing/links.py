"""The short offer URL for a QR code: `GET /o/{code}` (RFC 0434 §URL shortening).

A wallet that asks for JSON gets the invitation, a browser is sent on to it. For an offer that went over the wallet's connection
there is nothing to fetch: the answer tells the person to open the wallet. The code is 16 random bytes and dies with the offer.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState
from issuer.issuing.tables import Credential
from schemas.errors import NotFoundError, StateError, UnavailableError

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def offer_url(context: IssuerContext, code: str) -> str:
    """The short URL of an offer."""
    return f"{context.settings.public_url}/o/{code}"


def router(context: IssuerContext) -> APIRouter:
    """The route behind the QR code."""
    routes = APIRouter()

    @routes.get("/o/{code}", response_class=Response, include_in_schema=False)
    async def offer(code: str, accept: Annotated[str, Header()] = "") -> Response:
        async with context.database.begin() as session:
            row = await session.scalar(select(Credential).where(Credential.code == code))
        if row is None:
            raise NotFoundError("offer.unknown", "There is no such offer.", "Ask the hospital to show the code again.")
        if row.state not in (CredentialState.DRAFTED, CredentialState.OFFERED) or context.clock.now() >= row.expires_at:
            raise StateError("offer.over", "This offer was taken or is over.", "Ask the hospital to offer the record again.")
        if not row.by_invitation:
            raise StateError("offer.in_wallet", "This offer was sent to your wallet.", "Open your wallet to accept it.")
        if row.invitation is None or row.invitation_url is None:
            raise UnavailableError("offer.not_ready", "This offer is being made.", "Try again in a few seconds.")
        if "application/json" in accept:
            return JSONResponse(row.invitation, headers=HEADERS)
        return RedirectResponse(row.invitation_url, status_code=302, headers=HEADERS)

    return routes

"""The JSON API for credentials: submit, read, offer again, withdraw, change the status. Callers have a Bearer key.

Answers hold no record content: what a caller sent it has, and what others sent is not its business to read here.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.issuing.links import offer_url
from issuer.issuing.resending import resend, withdraw
from issuer.issuing.states import Delivery
from issuer.issuing.submitting import SubmissionBody, submit
from issuer.issuing.tables import Credential
from issuer.status.changes import approve_change, request_change
from issuer.status.states import StatusAction, StatusReason
from issuer.status.tables import LARGEST_CHANGE
from issuer.views import Body, View
from schemas.errors import InputError, NotFoundError
from schemas.strict_json import read_json

BODY_BYTES = 64 * 2**20
"""A bundle with its attachments in base64."""


class ResendBody(Body):
    delivery: Delivery | None = None


class StatusBody(Body):
    reason: StatusReason


class CredentialView(View):
    """A credential as a caller sees it."""

    id: str
    type: str
    state: str
    status: str
    reason: str | None
    hospital: str
    binding: str
    offer_url: str
    created_at: datetime
    expires_at: datetime
    acknowledged_at: datetime | None


class ChangeView(View):
    """A change of status: `effective` now, or `requested` and waiting for a second person."""

    change: int
    credential: str
    action: str
    state: str


def router(context: IssuerContext) -> APIRouter:
    """`/credentials` and what is below it."""
    routes = APIRouter(tags=["credentials"])
    key = Depends(caller(context))
    shape = {"requestBody": {"required": True, "content": {"application/json": {"schema": SubmissionBody.model_json_schema()}}}}

    def view(row: Credential) -> CredentialView:
        return CredentialView.of(row, offer_url=offer_url(context, row.code))

    @routes.post("/credentials", status_code=202, openapi_extra=shape)
    async def submit_bundle(
        request: Request, by: Annotated[Caller, key], idempotency_key: Annotated[str, Header()] = ""
    ) -> dict[str, Any]:
        """Draft the credentials of a FHIR bundle and offer them to the patient's wallet."""
        if not 1 <= len(idempotency_key) <= 255:
            raise InputError(
                "submission.no_key", "The request has no Idempotency-Key.", "Send a new random one with each new request."
            )
        body = await _read_body(request)
        by.require(body.hospital)
        return await submit(context, by.name, idempotency_key, body)

    @routes.get("/credentials/{credential}", dependencies=[key])
    async def read(credential: str) -> CredentialView:
        """Where a credential is on its way, and whether it is valid."""
        async with context.database.begin() as session:
            row = await session.get(Credential, credential)
        if row is None:
            raise NotFoundError("credential.unknown", "There is no such credential here.")
        return view(row)

    @routes.post("/credentials/{credential}/resend", status_code=202, dependencies=[key])
    async def offer_again(credential: str, body: ResendBody) -> CredentialView:
        """Offer a credential again that was not taken, or not acknowledged."""
        return view(await resend(context, credential, body.delivery))

    @routes.post("/credentials/{credential}/withdraw", status_code=202, dependencies=[key])
    async def take_back(credential: str) -> CredentialView:
        """Take back a credential that has not left the hospital."""
        return view(await withdraw(context, credential))

    @routes.post("/credentials/{credential}/{action}", status_code=202)
    async def change_status(credential: str, action: StatusAction, body: StatusBody, by: Annotated[Caller, key]) -> ChangeView:
        """Revoke, suspend or reinstate. A revocation waits for a second person unless this key may revoke alone."""
        alone = by.name in context.settings.revokes_alone
        change = await request_change(context, credential, action, body.reason, by=by.who, alone=alone)
        return ChangeView.of(change, change=change.id)

    @routes.post("/status-changes/{change}/approve")
    async def approve(change: Annotated[int, Path(ge=1, le=LARGEST_CHANGE)], by: Annotated[Caller, key]) -> ChangeView:
        """Agree to a revocation that another caller or person asked for."""
        return ChangeView.of(await approve_change(context, change, by=by.who), change=change)

    return routes


async def _read_body(request: Request) -> SubmissionBody:
    """The body, read strictly: decimals keep their digits, no name stands twice."""
    try:
        return SubmissionBody.model_validate(read_json(await request.body(), max_bytes=BODY_BYTES))
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_input=False, include_context=False)]
        raise RequestValidationError(faults) from None

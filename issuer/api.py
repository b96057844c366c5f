"""The JSON API for credentials: submit, read, offer again, withdraw, change the status. Callers have a Bearer key.

Answers hold no record content: what a caller sent it has, and what others sent is not its business to read here.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from issuer.bearer import api_key
from issuer.context import IssuerContext
from issuer.issuing.links import offer_url
from issuer.issuing.resending import resend, withdraw
from issuer.issuing.states import Delivery
from issuer.issuing.submitting import SubmissionBody, submit
from issuer.issuing.tables import Credential
from issuer.status.changes import approve_change, request_change
from issuer.status.states import StatusAction, StatusReason
from issuer.status.tables import StatusChange
from schemas.errors import InputError, NotFoundError
from schemas.strict_json import read_json

BODY_BYTES = 64 * 2**20
"""A bundle with its attachments in base64."""


class ResendBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    delivery: Delivery | None = None


class StatusBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: StatusReason


class CredentialView(BaseModel):
    """A credential as a caller sees it."""

    id: str
    type: str
    state: str
    status: str
    reason: str | None
    hospital: str
    binding: str
    offer_url: str
    created_at: str
    expires_at: str
    acknowledged_at: str | None

    @classmethod
    def of(cls, context: IssuerContext, row: Credential) -> "CredentialView":
        return cls(
            id=row.id,
            type=row.type,
            state=row.state,
            status=row.status,
            reason=row.reason,
            hospital=row.hospital,
            binding=row.binding,
            offer_url=offer_url(context, row.code),
            created_at=row.created_at.isoformat(),
            expires_at=row.expires_at.isoformat(),
            acknowledged_at=row.acknowledged_at.isoformat() if row.acknowledged_at else None,
        )


class ChangeView(BaseModel):
    """A change of status: `effective` now, or `requested` and waiting for a second person."""

    change: int
    credential: str
    action: str
    state: str

    @classmethod
    def of(cls, row: StatusChange) -> "ChangeView":
        return cls(change=row.id, credential=row.credential, action=row.action, state=row.state)


def router(context: IssuerContext) -> APIRouter:
    """`/credentials` and what is below it."""
    routes = APIRouter(tags=["credentials"])
    caller = Depends(api_key(context))
    shape = {"requestBody": {"required": True, "content": {"application/json": {"schema": SubmissionBody.model_json_schema()}}}}

    @routes.post("/credentials", status_code=202, openapi_extra=shape)
    async def submit_bundle(
        request: Request, name: Annotated[str, caller], idempotency_key: Annotated[str, Header()] = ""
    ) -> dict[str, Any]:
        """Draft the credentials of a FHIR bundle and offer them to the patient's wallet."""
        if not 1 <= len(idempotency_key) <= 255:
            raise InputError(
                "submission.no_key", "The request has no Idempotency-Key.", "Send a new random one with each new request."
            )
        return await submit(context, name, idempotency_key, await _read_body(request))

    @routes.get("/credentials/{credential}")
    async def read(credential: str, _: Annotated[str, caller]) -> CredentialView:
        """Where a credential is on its way, and whether it is valid."""
        async with context.database.begin() as session:
            row = await session.get(Credential, credential)
        if row is None:
            raise NotFoundError("credential.unknown", "There is no such credential here.")
        return CredentialView.of(context, row)

    @routes.post("/credentials/{credential}/resend", status_code=202)
    async def offer_again(credential: str, body: ResendBody, _: Annotated[str, caller]) -> CredentialView:
        """Offer a credential again that was not taken, or not acknowledged."""
        return CredentialView.of(context, await resend(context, credential, body.delivery))

    @routes.post("/credentials/{credential}/withdraw", status_code=202)
    async def take_back(credential: str, _: Annotated[str, caller]) -> CredentialView:
        """Take back a credential that has not left the hospital."""
        return CredentialView.of(context, await withdraw(context, credential))

    @routes.post("/credentials/{credential}/{action}", status_code=202)
    async def change_status(credential: str, action: StatusAction, body: StatusBody, name: Annotated[str, caller]) -> ChangeView:
        """Revoke, suspend or reinstate. A revocation waits for a second person unless this key may revoke alone."""
        alone = name in context.settings.revokes_alone
        return ChangeView.of(await request_change(context, credential, action, body.reason, by=f"api:{name}", alone=alone))

    @routes.post("/status-changes/{change}/approve")
    async def approve(change: int, name: Annotated[str, caller]) -> ChangeView:
        """Agree to a revocation that another caller or person asked for."""
        return ChangeView.of(await approve_change(context, change, by=f"api:{name}"))

    return routes


async def _read_body(request: Request) -> SubmissionBody:
    """The body, read strictly: decimals keep their digits, no name stands twice."""
    try:
        return SubmissionBody.model_validate(read_json(await request.body(), max_bytes=BODY_BYTES))
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_input=False, include_context=False)]
        raise RequestValidationError(faults) from None

"""Patients over HTTP: the short URL behind a binding's QR code for everyone, the rest for callers with a Bearer key.

    GET  /b/{code}                    the invitation, for the wallet that scans the code
    POST /patients                    an identity check was made: register the patient, or find the one with this document
    POST /patients/{id}/bindings      a code for one more wallet
    GET  /patients/{id}/bindings      the wallets of a patient
    GET  /bindings/{id}               where one binding stands
    POST /bindings/{id}/revoke        end it

No answer holds a name or a document number, and none is ever in a URL.
"""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field
from sqlalchemy import select

from issuer.bearer import Caller, caller
from issuer.context import IssuerContext
from issuer.patients.binding import binding_url, bindings_of, get_binding, invite, revoke
from issuer.patients.desk import patient_with_identity, register
from issuer.patients.identity import DocumentType, Sex
from issuer.patients.states import BindingReason
from issuer.patients.tables import PatientBinding
from issuer.views import Body, View
from schemas.errors import NotFoundError

NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Document(Body):
    """The document somebody looked at."""

    type: DocumentType
    number: Annotated[str, Field(max_length=64)]


class IdentityCheck(Body):
    hospital: str
    name: str
    document: Document
    birth_date: date | None = None
    sex: Sex | None = None


class PatientView(View):
    """A patient as a caller sees one. `known`: there was one with this document before."""

    id: str
    hospital: str
    known: bool


class Revocation(Body):
    reason: BindingReason


class BindingView(View):
    """A binding as a caller sees one. `invitation_url` is the short URL for the QR code."""

    id: str
    patient: str
    hospital: str
    state: str
    reason: str | None
    invitation_url: str
    expires_at: datetime
    activated_at: datetime | None


def router(context: IssuerContext) -> APIRouter:
    """Everything in the table above."""
    routes = APIRouter(tags=["patients"])
    key = Depends(caller(context))

    def view(row: PatientBinding) -> BindingView:
        return BindingView.of(row, invitation_url=binding_url(context, row.code))

    @routes.get("/b/{code}", response_class=Response, include_in_schema=False)
    async def invitation(code: str, accept: Annotated[str, Header()] = "") -> Response:
        message, url = await _open_invitation(context, code)
        if "application/json" in accept:
            return JSONResponse(message, headers=NOT_KEPT)
        return RedirectResponse(url, status_code=302, headers=NOT_KEPT)

    @routes.post("/patients", status_code=201)
    async def check_identity(body: IdentityCheck, response: Response, by: Annotated[Caller, key]) -> PatientView:
        """Record an identity check."""
        by.require(body.hospital)
        patient, known = await register(
            context,
            hospital=body.hospital,
            name=body.name,
            document=body.document.type,
            number=body.document.number,
            who=by.who,
            birth_date=body.birth_date,
            sex=body.sex,
        )
        if known:
            response.status_code = 200
        return PatientView.of(patient, known=known)

    @routes.post("/patients/{patient}/bindings", status_code=201)
    async def bind(patient: str, by: Annotated[Caller, key]) -> BindingView:
        """Invite one more wallet of a patient."""
        return view(await invite(context, patient, who=by.who))

    @routes.get("/patients/{patient}/bindings", dependencies=[key])
    async def wallets(patient: str) -> dict[str, Any]:
        """The wallets of a patient, newest first."""
        await patient_with_identity(context, patient)
        async with context.database.begin() as session:
            rows = await bindings_of(session, patient)
        return {"bindings": [view(row) for row in rows]}

    @routes.get("/bindings/{binding}", dependencies=[key])
    async def read(binding: str) -> BindingView:
        """Where a binding stands."""
        return view(await get_binding(context, binding))

    @routes.post("/bindings/{binding}/revoke")
    async def end(binding: str, body: Revocation, by: Annotated[Caller, key]) -> BindingView:
        """End a binding: no more offers to this wallet."""
        return view(await revoke(context, binding, who=by.who, reason=body.reason))

    return routes


async def _open_invitation(context: IssuerContext, code: str) -> tuple[dict[str, Any], str]:
    async with context.database.begin() as session:
        row = await session.scalar(select(PatientBinding).where(PatientBinding.code == code))
    if row is None or row.invitation is None or row.invitation_url is None or context.clock.now() >= row.expires_at:
        raise NotFoundError("binding.gone", "This code was used already or is out of date.", "Ask for a new code at the desk.")
    return row.invitation, row.invitation_url

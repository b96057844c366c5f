"""At the desk: find a patient, record an identity check, bind a wallet with a QR code, end a binding.

A name travels in the body of a request, never in its address.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from issuer.console.parts import Console, choice, go
from issuer.console.queries import lines
from issuer.issuing.tables import Credential
from issuer.patients.binding import binding_url, bindings_of, get_binding, invite, revoke
from issuer.patients.desk import find_patients, patient_with_identity, register
from issuer.patients.identity import DocumentType, Sex
from issuer.patients.states import PENDING, REVOCATION_REASONS, BindingReason, BindingState
from issuer.patients.tables import PatientBinding
from issuer.staff import Duty, Member
from schemas.errors import InputError
from web.qr import qr_svg
from web.sessions import FormGuard


def router(console: Console) -> APIRouter:
    """Patients and their wallets."""
    routes = APIRouter()
    context, roll = console.context, console.roll

    async def listed(request: Request, name: str) -> Response:
        return console.show(
            request,
            "patients.html",
            section="patients",
            name=name,
            patients=await find_patients(context, name=name),
            hospitals=await console.hospitals(),
        )

    @routes.get("/console/patients")
    async def newest(request: Request, _: Annotated[Member, roll.signed_in()]) -> Response:
        return await listed(request, "")

    @routes.post("/console/patients/search", dependencies=[FormGuard])
    async def search(
        request: Request, _: Annotated[Member, roll.signed_in()], name: Annotated[str, Form(max_length=120)] = ""
    ) -> Response:
        return await listed(request, name.strip())

    @routes.get("/console/patients/search")
    async def search_again() -> Response:
        """Where a change of language leads from a list that was searched for."""
        return go("/console/patients")

    @routes.get("/console/patients/new")
    async def form(request: Request, _: Annotated[Member, roll.signed_in(Duty.BIND_PATIENT)]) -> Response:
        hospitals = await console.hospitals()
        return console.show(
            request,
            "patient_new.html",
            section="patients",
            hospitals=hospitals.values(),
            documents=list(DocumentType),
            sexes=list(Sex),
        )

    @routes.post("/console/patients", dependencies=[FormGuard])
    async def check_identity(
        request: Request,
        member: Annotated[Member, roll.signed_in(Duty.BIND_PATIENT)],
        hospital: Annotated[str, Form(max_length=40)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        document: Annotated[str, Form(max_length=40)] = "",
        number: Annotated[str, Form(max_length=64)] = "",
        birth_date: Annotated[str, Form(max_length=10)] = "",
        sex: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        to = "/console/patients/new"
        async with console.change(request, member, "patient.register", hospital) as about:
            patient, _ = await register(
                context,
                hospital=hospital,
                name=name,
                document=choice(DocumentType, document),
                number=number,
                who=member.name,
                birth_date=_date(birth_date),
                sex=choice(Sex, sex) if sex else None,
            )
            about["subject"] = patient.id
            to = f"/console/patients/{patient.id}"
        return go(to)

    @routes.get("/console/patients/{patient}")
    async def one(request: Request, patient: str, _: Annotated[Member, roll.signed_in()]) -> Response:
        row, identity = await patient_with_identity(context, patient)
        async with context.database.begin() as session:
            wallets = await bindings_of(session, patient)
            issued = await lines(session, Credential.binding.in_([wallet.id for wallet in wallets]))
        hospitals = await console.hospitals()
        return console.show(
            request,
            "patient.html",
            section="patients",
            patient=row,
            identity=identity,
            hospital=hospitals.get(row.hospital),
            wallets=wallets,
            issued=issued,
            active=BindingState.ACTIVE,
        )

    @routes.post("/console/patients/{patient}/bindings", dependencies=[FormGuard])
    async def bind(request: Request, patient: str, member: Annotated[Member, roll.signed_in(Duty.BIND_PATIENT)]) -> Response:
        to = f"/console/patients/{patient}"
        async with console.change(request, member, "binding.invite", patient) as about:
            row = await invite(context, patient, who=member.name)
            about["subject"] = row.id
            to = f"/console/bindings/{row.id}"
        return go(to)

    @routes.get("/console/bindings/{binding}")
    async def binding_page(request: Request, binding: str, _: Annotated[Member, roll.signed_in()]) -> Response:
        row = await get_binding(context, binding)
        patient, identity = await patient_with_identity(context, row.patient)
        hospitals = await console.hospitals()
        return console.show(
            request,
            "binding.html",
            section="patients",
            binding=row,
            patient=patient,
            identity=identity,
            hospital=hospitals.get(row.hospital),
            qr=_code(console, request, row),
            address=binding_url(context, row.code),
            pending=row.state in PENDING,
            reasons=REVOCATION_REASONS,
            can_end=row.state in (*PENDING, BindingState.ACTIVE),
        )

    @routes.post("/console/bindings/{binding}/revoke", dependencies=[FormGuard])
    async def end(
        request: Request,
        binding: str,
        member: Annotated[Member, roll.signed_in(Duty.REVOKE_BINDING)],
        reason: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        async with console.change(request, member, "binding.revoke", binding):
            await revoke(context, binding, who=member.name, reason=choice(BindingReason, reason))
        return go(f"/console/bindings/{binding}")

    return routes


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("patient.birth_date", "This is not a date of birth.", "Give it as year-month-day.") from error


def _code(console: Console, request: Request, row: PatientBinding) -> str:
    """The QR code while it can be scanned; once scanned it is gone from the screen."""
    if row.state != BindingState.INVITED or console.context.clock.now() >= row.expires_at:
        return ""
    label = console.say(request, "QR code for the patient's wallet")
    return qr_svg(binding_url(console.context, row.code), label=label)

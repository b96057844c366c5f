"""One credential's life, and what may be done about it: offered again, withdrawn, suspended, revoked with a second person."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import select

from issuer.console.parts import Console, begin_of_day, choice, go
from issuer.console.queries import WHERE, Line, Shown, lines
from issuer.console.words import N_
from issuer.issuing.links import offer_url
from issuer.issuing.resending import resend, withdraw
from issuer.issuing.states import RESENDABLE, CredentialState, Delivery
from issuer.issuing.tables import Credential
from issuer.issuing.witnessing import ledger_trust
from issuer.staff import Duty, Member
from issuer.status.changes import request_change
from issuer.status.states import STEPS, CredentialStatus, StatusAction, StatusReason
from issuer.status.tables import StatusChange, StatusEntry, StatusList
from ledger.commitment import credential_commitment
from ledger.finding import LedgerFinding
from ledger.receipt import verify_receipt
from schemas.errors import InputError, NotFoundError
from web.qr import qr_svg
from web.sessions import FormGuard


@dataclass(frozen=True)
class Moment:
    """A line of the timeline; `at` is empty while it has not come."""

    words: str
    at: datetime | None


def router(console: Console) -> APIRouter:
    """The list, one credential, and the forms on its page."""
    routes = APIRouter()
    context, roll = console.context, console.roll

    @routes.get("/console/credentials")
    async def listed(request: Request, _: Annotated[Member, roll.signed_in()], show: Shown | None = None) -> Response:
        where = [WHERE[show](begin_of_day(context.clock.now()))] if show else []
        async with context.database.begin() as session:
            found = await lines(session, *where)
        return console.show(request, "credentials.html", section="credentials", lines=found, shown=show, lists=list(Shown))

    @routes.get("/console/credentials/{credential}")
    async def one(request: Request, credential: str, _: Annotated[Member, roll.signed_in()]) -> Response:
        async with context.database.begin() as session:
            found = await lines(session, Credential.id == credential)
            if not found:
                raise NotFoundError("credential.unknown", "There is no such credential here.", "Find it in the list.")
            changes = (
                await session.scalars(select(StatusChange).where(StatusChange.credential == credential).order_by(StatusChange.id))
            ).all()
            indices = (
                await session.execute(
                    select(StatusList.purpose, StatusList.number, StatusEntry.position)
                    .join(StatusList, StatusList.id == StatusEntry.list_id)
                    .where(StatusEntry.credential == credential)
                    .order_by(StatusList.purpose)
                )
            ).all()
        line = found[0]
        return console.show(
            request,
            "credential.html",
            section="credentials",
            line=line,
            credential=line.credential,
            timeline=_timeline(line),
            finding=_finding(console, line.credential),
            changes=changes,
            indices=indices,
            content=json.dumps(line.credential.signed or line.credential.draft, ensure_ascii=False, indent=2),
            actions=_actions(line.credential),
            reasons=list(StatusReason),
            resendable=line.credential.state in RESENDABLE and line.credential.status != CredentialStatus.REVOKED,
            withdrawable=line.credential.sent_at is None
            and line.credential.state in (CredentialState.DRAFTED, CredentialState.OFFERED),
            qr=_code(console, request, line.credential),
        )

    @routes.post("/console/credentials/{credential}/resend", dependencies=[FormGuard])
    async def offer_again(
        request: Request,
        credential: str,
        member: Annotated[Member, roll.signed_in(Duty.ISSUE)],
        delivery: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        async with console.change(request, member, "credential.resend", credential):
            await resend(context, credential, choice(Delivery, delivery))
        return go(f"/console/credentials/{credential}")

    @routes.post("/console/credentials/{credential}/withdraw", dependencies=[FormGuard])
    async def take_back(request: Request, credential: str, member: Annotated[Member, roll.signed_in(Duty.ISSUE)]) -> Response:
        async with console.change(request, member, "credential.withdraw", credential):
            await withdraw(context, credential)
        return go(f"/console/credentials/{credential}")

    @routes.post("/console/credentials/{credential}/status", dependencies=[FormGuard])
    async def change_status(
        request: Request,
        credential: str,
        member: Annotated[Member, roll.signed_in(Duty.ASK_STATUS_CHANGE)],
        action: Annotated[str, Form(max_length=20)] = "",
        reason: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        asked = action if action in set(StatusAction) else StatusAction.REVOKE
        async with console.change(request, member, f"status.{asked}", credential):
            if asked != action:
                raise InputError("form.choice", "This choice is not in the list.", "Choose one from the list.")
            await request_change(context, credential, StatusAction(action), choice(StatusReason, reason), by=member.name)
        return go(f"/console/credentials/{credential}")

    return routes


def _actions(credential: Credential) -> list[StatusAction]:
    """What could change about the status of a credential that left the hospital."""
    if credential.sent_at is None:
        return []
    return [action for action, steps in STEPS.items() if CredentialStatus(credential.status) in steps]


def _timeline(line: Line) -> list[Moment]:
    row = line.credential
    witnessed = any(proof.get("type") == "LedgerReceipt" for proof in _proofs(row))
    return [
        Moment(N_("Drafted"), row.created_at),
        Moment(N_("Accepted by the patient"), row.accepted_at),
        Moment(N_("Signed and witnessed"), row.sent_at if witnessed else None),
        Moment(N_("Sent to the wallet"), row.sent_at),
        Moment(N_("Stored in the wallet"), row.acknowledged_at),
    ]


def _finding(console: Console, row: Credential) -> LedgerFinding | None:
    """What the receipt in the credential proves, checked anew with the keys of the settings."""
    receipt = next((proof for proof in _proofs(row) if proof.get("type") == "LedgerReceipt"), None)
    if receipt is None or row.signed is None:
        return None
    trust = ledger_trust(console.context.settings.ledger)
    return verify_receipt(
        receipt, credential_commitment(row.signed), logs=trust.logs, witnesses=trust.witnesses, quorum=trust.quorum
    )


def _proofs(row: Credential) -> list[dict[str, Any]]:
    proof = (row.signed or {}).get("proof", [])
    return proof if isinstance(proof, list) else [proof]


def _code(console: Console, request: Request, row: Credential) -> str:
    if not row.by_invitation or row.state != CredentialState.OFFERED or console.context.clock.now() >= row.expires_at:
        return ""
    return qr_svg(offer_url(console.context, row.code), label=console.say(request, "QR code of the offer"))

"""`POST /credentials`: a FHIR bundle becomes credential drafts, all of them or none.

Order of steps:

    1. the idempotency key: same caller, key and body → the same answer again; another body → refused
    2. the bundle is read and drafted, in a thread, before anything is written
    3. in one transaction: hospital, binding and signer are active, the record's patient is the wallet's, status indices are
       taken, drafts and files are kept, the answer too

A record of another patient than the wallet's is refused. Where the comparison is not certain (`issuer.patients.likeness`), the
caller compares and sends `confirm_patient`; that is written into the audit.

When the answer is lost, the caller repeats the request and gets it. The body itself is not kept, only a keyed digest of it.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.console.tables import AuditEntry
from issuer.context import IssuerContext
from issuer.issuing.attachments import ServedAttachment, keep, serve
from issuer.issuing.links import offer_url
from issuer.issuing.states import CredentialState, Delivery
from issuer.issuing.tables import Credential, Submission
from issuer.parties import issuing_binding, issuing_hospital, require_types
from issuer.patients.likeness import Likeness, compare
from issuer.patients.tables import PatientIdentity
from issuer.settings import Slug
from issuer.signers.signing import issuing_signer, require_role
from issuer.status.allocation import allocate
from schemas.credential import new_credential
from schemas.errors import InputError, RefusedError, RepeatedError, UnavailableError
from schemas.fhir import Bundle, RecordDraft, drafts, read_bundle
from schemas.types import RecordType

SALT_BYTES = 32
TRIES = 5
type Json = dict[str, Any]


class AttachmentBody(BaseModel):
    """A file that belongs to the record: PDF, DICOM."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    media_type: Annotated[str, Field(alias="mediaType", max_length=127)]
    content: str
    """Base64 (RFC 4648 §4)."""


class SubmissionBody(BaseModel):
    """The body of `POST /credentials`."""

    model_config = ConfigDict(extra="forbid")

    hospital: Slug
    binding: str
    bundle: Json
    types: list[RecordType] | None = None
    """Only these types; by default every type the bundle has content for."""
    attachments: list[AttachmentBody] = Field(default=[], max_length=20)
    valid_days: int | None = Field(default=None, ge=1, le=36_525)
    delivery: Delivery = Delivery.CONNECTION
    signer: str | None = None
    """Id of the doctor or service that signs beside the hospital."""
    confirm_patient: bool = False
    """A person compared the record's patient with the wallet's, and they are the same."""


@dataclass(frozen=True)
class Drafted:
    """What a body gave, before anything is written."""

    records: list[RecordDraft]
    files: list[ServedAttachment]
    bundle: Bundle


async def submit(context: IssuerContext, caller: str, key: str, body: SubmissionBody) -> Json:
    """Draft and keep the credentials of a body, to be offered by the worker.

    Args:
        caller: the name of the API key, or of the person, that submits.
        key: the caller's idempotency key.

    Returns:
        `{"credentials": [{"id", "type", "state", "offer_url"}]}`.

    Raises:
        RepeatedError: `submission.repeated`.
        RecordError: the bundle does not validate; nothing is issued.
        InputError: `attachment.base64`, and what `schemas.fhir.Attachment` refuses.
        NotFoundError: `hospital.unknown`, `binding.unknown`, `signer.unknown`.
        StateError: `hospital.not_active`, `binding.not_active`, `signer.left`, `signer.not_proved`.
        RefusedError: `record.type_not_listed`, `signer.not_for_type`; `record.other_patient`; `record.patient_unsure`, without
            `confirm_patient`.
    """
    digest = _digest(context, body)
    answer = await _earlier_answer(context, caller, key, digest)
    if answer is not None:
        return answer
    drafted = await asyncio.to_thread(_draft, context, body)
    for _ in range(TRIES):
        try:
            async with context.database.begin() as session:
                submission = Submission(caller=caller, idempotency_key=key, body_digest=digest)
                answer = await _keep(context, session, body, drafted, submission)
        except IntegrityError:
            # The same request came twice at once, or two took the same new status list: look again, then try again.
            answer = await _earlier_answer(context, caller, key, digest)
            if answer is None:
                continue
        context.nudge()
        return answer
    raise UnavailableError("submission.busy", "Too many submissions at once.", "Send the same request again.")


def _digest(context: IssuerContext, body: SubmissionBody) -> bytes:
    # With or without the confirmation it is the same request; one without a signer is what it was before there were any.
    left_out = {"confirm_patient"} | ({"signer"} if body.signer is None else set())
    text = json.dumps(body.model_dump(by_alias=True, exclude=left_out), sort_keys=True, default=str)
    return hmac.digest(context.settings.session_secret.get_secret_value().encode(), text.encode(), hashlib.sha256)


async def _earlier_answer(context: IssuerContext, caller: str, key: str, digest: bytes) -> Json | None:
    async with context.database.begin() as session:
        earlier = await session.scalar(select(Submission).where(Submission.caller == caller, Submission.idempotency_key == key))
    if earlier is None:
        return None
    if not hmac.compare_digest(earlier.body_digest, digest):
        raise RepeatedError(
            "submission.repeated",
            "This Idempotency-Key was used for another request.",
            "Use a new key for each request; repeat a request with its own.",
        )
    return earlier.answer


def _draft(context: IssuerContext, body: SubmissionBody) -> Drafted:
    files = [serve(context, each.name, each.media_type, _content(each)) for each in body.attachments]
    bundle = read_bundle(body.bundle)
    return Drafted(drafts(bundle, types=body.types, attachments=files), files, bundle)


def _content(attachment: AttachmentBody) -> bytes:
    try:
        return base64.b64decode(attachment.content, validate=True)
    except binascii.Error as error:
        raise InputError("attachment.base64", "An attachment is not base64.", "Encode it without line breaks.") from error


async def _keep(
    context: IssuerContext, session: AsyncSession, body: SubmissionBody, drafted: Drafted, submission: Submission
) -> Json:
    hospital = await issuing_hospital(session, body.hospital)
    hospital.require_active()
    require_types(context.settings, body.hospital, {record.type for record in drafted.records})
    binding = await issuing_binding(session, body.binding)
    binding.require_active(body.hospital)
    signer = await issuing_signer(session, body.signer, body.hospital) if body.signer else None
    if signer:
        require_role(context.settings, body.hospital, signer, {record.type for record in drafted.records})
    likeness = await _require_same_patient(session, binding.patient, drafted.bundle, confirmed=body.confirm_patient)
    now = context.clock.now()
    ids = [_new_uuid(context) for _ in drafted.records]
    rows = [_row(context, body, record_id, record, now) for record_id, record in zip(ids, drafted.records, strict=True)]
    submission.id, submission.submitted_at = _new_uuid(context), now
    submission.answer = {
        "credentials": [
            {"id": row.id, "type": row.type, "state": row.state, "offer_url": offer_url(context, row.code)} for row in rows
        ]
    }
    session.add(submission)
    if likeness is Likeness.DOUBTFUL:
        who = _who(submission.caller)
        session.add(AuditEntry(at=now, who=who, action="patient.confirm", subject=submission.id, outcome="done"))
    await session.flush()
    status = await allocate(context, session, body.hospital, ids)
    begins = now.replace(microsecond=0)
    for row, record in zip(rows, drafted.records, strict=True):
        row.submission = submission.id
        row.draft = new_credential(
            record,
            issuer=hospital.did,
            credential_id=f"urn:uuid:{row.id}",
            valid_from=begins,
            valid_until=begins + timedelta(days=body.valid_days) if body.valid_days else None,
            status=status[row.id],
            salt=context.entropy(SALT_BYTES),
            signer=signer.named if signer else None,
        )
        session.add(row)
    for file in drafted.files:
        keep(context, session, submission.id, file)
    return submission.answer


async def _require_same_patient(session: AsyncSession, patient: str, bundle: Bundle, *, confirmed: bool) -> Likeness:
    known = await session.get(PatientIdentity, patient)
    likeness = compare(known, bundle).likeness if known else Likeness.DOUBTFUL
    if likeness is Likeness.OTHER:
        raise RefusedError(
            "record.other_patient",
            "This record is of another patient than the wallet's.",
            "Choose the patient's own wallet, or correct the record or the identity check.",
        )
    if likeness is Likeness.DOUBTFUL and not confirmed:
        raise RefusedError(
            "record.patient_unsure",
            "It is not certain that this record is of the wallet's patient.",
            "Compare name and date of birth; if they are the same person, confirm it (`confirm_patient`).",
        )
    return likeness


def _who(caller: str) -> str:
    """A caller as the audit names one."""
    return caller.removeprefix("console:") if caller.startswith("console:") else f"api:{caller}"


def _row(context: IssuerContext, body: SubmissionBody, record_id: str, record: RecordDraft, now: datetime) -> Credential:
    return Credential(
        id=record_id,
        hospital=body.hospital,
        binding=body.binding,
        type=record.type,
        signer=body.signer,
        delivery=body.delivery,
        code=base64.urlsafe_b64encode(context.entropy(16)).decode().rstrip("="),
        state=CredentialState.DRAFTED,
        created_at=now,
        changed_at=now,
        expires_at=now + timedelta(minutes=context.settings.offer_minutes),
        due_at=now,
        attempt=0,
    )


def _new_uuid(context: IssuerContext) -> str:
    return str(uuid.UUID(bytes=context.entropy(16), version=4))

"""The wizard: whom (a bound wallet), what (a FHIR bundle and files, or a sample), as the patient sees it, offered.

Nothing is issued before the confirmation; a bundle that does not validate is answered with the place and the reason.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from sqlalchemy import select

from issuer.console import previews
from issuer.console.parts import Console, choice, go
from issuer.console.queries import lines
from issuer.console.words import SAMPLES
from issuer.context import IssuerContext
from issuer.issuing.links import offer_url
from issuer.issuing.submitting import submit
from issuer.issuing.tables import Credential, Submission
from issuer.onboarding.tables import Hospital
from issuer.patients.binding import get_binding
from issuer.patients.desk import patient_with_identity
from issuer.patients.likeness import compare
from issuer.patients.states import BindingState
from issuer.patients.tables import PatientBinding, PatientIdentity
from issuer.staff import Duty, Member
from schemas import samples
from schemas.display import field_list, sections
from schemas.errors import FormatError, InputError, NotFoundError, RecordError
from schemas.fhir import Attachment, RecordDraft, read_bundle
from schemas.types import RecordType
from web.language import language_of
from web.qr import qr_svg
from web.sessions import FormGuard

FILES = 20
DICOM, PDF = "application/dicom", "application/pdf"
_SAMPLE_FILES = {samples.IMAGING_REPORT: (("imaging-report.dcm", DICOM), ("imaging-report.pdf", PDF))}
_TYPE_OF_SUFFIX = {"dcm": DICOM, "pdf": PDF}


def router(console: Console) -> APIRouter:
    """The pages of the wizard, in order."""
    routes = APIRouter()
    context, roll = console.context, console.roll

    @routes.get("/console/issue")
    async def whom(request: Request, _: Annotated[Member, roll.signed_in(Duty.ISSUE)]) -> Response:
        return console.show(request, "issue_whom.html", section="issue", wallets=await _bound_wallets(context))

    @routes.get("/console/issue/{binding}")
    async def what(request: Request, binding: str, _: Annotated[Member, roll.signed_in(Duty.ISSUE)]) -> Response:
        return await _what(request, binding, None)

    async def _what(request: Request, binding: str, problem: InputError | None) -> Response:
        row = await get_binding(context, binding)
        _, identity = await patient_with_identity(context, row.patient)
        return console.show(
            request,
            "issue_what.html",
            section="issue",
            status=200 if problem is None else 422,
            binding=row,
            identity=identity,
            samples=SAMPLES,
            problem=problem,
        )

    @routes.post("/console/issue/{binding}", dependencies=[FormGuard])
    async def look(
        request: Request,
        binding: str,
        member: Annotated[Member, roll.signed_in(Duty.ISSUE)],
        sample: Annotated[str, Form(max_length=40)] = "",
        bundle: UploadFile | None = None,
        files: list[UploadFile] | None = None,
    ) -> Response:
        row = await get_binding(context, binding)
        try:
            upload = _sample(sample) if sample else await _upload(bundle, files or [])
            await upload.records()
        except (RecordError, FormatError, InputError) as problem:
            return await _what(request, binding, problem)
        token = await previews.keep(context, upload, who=member.name, hospital=row.hospital, binding=binding)
        return go(f"/console/previews/{token}")

    @routes.get("/console/previews/{token}")
    async def preview(request: Request, token: str, member: Annotated[Member, roll.signed_in(Duty.ISSUE)]) -> Response:
        row = await previews.kept(context, token, who=member.name)
        body = previews.body_of(row, [])
        upload = previews.Upload(row.bundle, [_attachment(each.name, each.media_type, each.content) for each in body.attachments])
        binding = await get_binding(context, row.binding)
        _, identity = await patient_with_identity(context, binding.patient)
        async with context.database.begin() as session:
            hospital = await session.get_one(Hospital, row.hospital)
        language = language_of(request)
        return console.show(
            request,
            "issue_preview.html",
            section="issue",
            token=token,
            binding=binding,
            identity=identity,
            hospital=hospital,
            records=[_shown(record, language) for record in await upload.records()],
            comparison=compare(identity, await asyncio.to_thread(read_bundle, upload.bundle)),
            files=upload.files,
        )

    @routes.post("/console/previews/{token}/issue", dependencies=[FormGuard])
    async def issue(
        request: Request,
        token: str,
        member: Annotated[Member, roll.signed_in(Duty.ISSUE)],
        types: Annotated[list[str] | None, Form(max_length=20)] = None,
        confirm_patient: Annotated[str, Form(max_length=3)] = "",
    ) -> Response:
        to = f"/console/previews/{token}"
        async with console.change(request, member, "credential.issue", token) as about:
            caller = f"console:{member.name}"
            if not await _submission(context, caller, token):
                row = await previews.kept(context, token, who=member.name)
                chosen = [choice(RecordType, name) for name in types or []]
                if not chosen:
                    raise InputError("issue.nothing", "No record is chosen.", "Choose at least one.")
                await submit(context, caller, token, previews.body_of(row, chosen, confirm_patient=confirm_patient == "yes"))
                await previews.forget(context, token)
            submission = await _submission(context, caller, token)
            assert submission
            about["subject"] = submission
            to = f"/console/submissions/{submission}"
        return go(to)

    @routes.get("/console/submissions/{submission}")
    async def offered(request: Request, submission: str, _: Annotated[Member, roll.signed_in()]) -> Response:
        async with context.database.begin() as session:
            found = await lines(session, Credential.submission == submission)
        if not found:
            raise NotFoundError("submission.unknown", "There is no such submission here.")
        codes = {
            line.credential.id: qr_svg(
                offer_url(context, line.credential.code), label=console.say(request, "QR code of the offer")
            )
            for line in found
            if line.credential.by_invitation and line.credential.state == "offered"
        }
        return console.show(request, "issued.html", section="issue", lines=found, codes=codes)

    return routes


async def _bound_wallets(context: IssuerContext) -> Sequence[tuple[PatientBinding, PatientIdentity]]:
    async with context.database.begin() as session:
        rows = await session.execute(
            select(PatientBinding, PatientIdentity)
            .join(PatientIdentity, PatientIdentity.patient == PatientBinding.patient)
            .where(PatientBinding.state == BindingState.ACTIVE)
            .order_by(PatientBinding.activated_at.desc())
            .limit(100)
        )
        return [(binding, identity) for binding, identity in rows]


async def _submission(context: IssuerContext, caller: str, key: str) -> str:
    async with context.database.begin() as session:
        found = await session.scalar(select(Submission.id).where(Submission.caller == caller, Submission.idempotency_key == key))
    return found or ""


def _sample(name: str) -> previews.Upload:
    if name not in samples.BUNDLES:
        raise InputError("form.choice", "This choice is not in the list.", "Choose one from the list.")
    files = [Attachment(file, kind, samples.sample_file(file)) for file, kind in _SAMPLE_FILES.get(name, ())]
    return previews.Upload(samples.bundle(name), files)


async def _upload(bundle: UploadFile | None, files: list[UploadFile]) -> previews.Upload:
    if bundle is None or not bundle.filename:
        raise InputError("issue.no_bundle", "No record was chosen.", "Choose a FHIR bundle (JSON), or one of the samples.")
    given = [file for file in files if file.filename]
    if len(given) > FILES or sum(file.size or 0 for file in [bundle, *given]) > previews.LARGEST:
        raise InputError("issue.too_large", "The files are too many or too large.", "Issue fewer files at once.")
    attachments = [Attachment(file.filename or "", _media_type(file), await file.read()) for file in given]
    return previews.Upload(await bundle.read(), attachments)


def _media_type(file: UploadFile) -> str:
    """By the name's end: browsers do not know DICOM."""
    suffix = (file.filename or "").rpartition(".")[2].lower()
    return _TYPE_OF_SUFFIX.get(suffix) or file.content_type or "application/octet-stream"


def _attachment(name: str, media_type: str, content: str) -> Attachment:
    return Attachment(name, media_type, base64.b64decode(content))


def _shown(record: RecordDraft, language: str) -> dict[str, object]:
    """A record as the wallet will show it, and the fields it would ever hand on."""
    credential = {"type": ["VerifiableCredential", record.type.value], "credentialSubject": record.subject}
    return {
        "type": record.type,
        "sections": sections(credential, language),
        "fields": field_list(record.type, language),
        "files": len(record.related),
    }

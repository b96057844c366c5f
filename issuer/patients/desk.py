"""A patient is registered at a desk: somebody looked at a document, and the row says who, when and what kind.

The number is kept as a digest under the patient's own salt (`identity`). The same document at the same hospital is the same
patient: the check is recorded anew, nothing is doubled. The name stays in the vault, for the hospital's own pages.
"""

import hmac
import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.patients.identity import SALT_BYTES, DocumentType, Sex, fact_digest, number_digest
from issuer.patients.tables import Patient, PatientIdentity
from schemas.errors import InputError, NotFoundError

NAME_MOST = 120


async def register(
    context: IssuerContext,
    *,
    hospital: str,
    name: str,
    document: DocumentType,
    number: str,
    who: str,
    birth_date: date | None = None,
    sex: Sex | None = None,
) -> tuple[Patient, bool]:
    """The patient with this document at this hospital, made on the first visit, and whether they were known.

    Date of birth and sex, where they are read off the document, are what a record is compared with before it is issued.

    Raises:
        NotFoundError: `hospital.unknown`. InputError: `patient.name`, `patient.document_number`.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MOST:
        raise InputError("patient.name", "The patient's name is missing or too long.", f"1 to {NAME_MOST} characters.")
    if hospital not in context.agents:
        raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
    now = context.clock.now()
    async with context.database.begin() as session:
        if known := await _find(session, hospital, document, number):
            known.checked_by, known.checked_at = who, now
            _remember(known, birth_date, sex)
            return await session.get_one(Patient, known.patient), True
        salt = context.entropy(SALT_BYTES)
        patient = Patient(id=str(uuid.UUID(bytes=context.entropy(16), version=4)), hospital=hospital, registered_at=now)
        session.add(patient)
        await session.flush()
        identity = PatientIdentity(
            patient=patient.id,
            display_name=name,
            document_type=document,
            document_salt=salt,
            document_digest=number_digest(document, number, salt),
            checked_by=who,
            checked_at=now,
        )
        _remember(identity, birth_date, sex)
        session.add(identity)
    return patient, False


def _remember(identity: PatientIdentity, birth_date: date | None, sex: Sex | None) -> None:
    """What this check saw; what it did not look at stays as it was."""
    if birth_date:
        identity.birth_digest = fact_digest("birth_date", birth_date.isoformat(), identity.document_salt)
    if sex:
        identity.sex_digest = fact_digest("sex", sex, identity.document_salt)


async def find_patients(context: IssuerContext, *, hospital: str = "", name: str = "") -> list[tuple[Patient, PatientIdentity]]:
    """Patients whose name holds `name`, newest first, at most 100. For the hospital's own pages: the answer holds names."""
    query = select(Patient, PatientIdentity).join(PatientIdentity).order_by(Patient.registered_at.desc(), Patient.id).limit(100)
    if hospital:
        query = query.where(Patient.hospital == hospital)
    if name.strip():
        query = query.where(PatientIdentity.display_name.icontains(name.strip(), autoescape=True))
    async with context.database.begin() as session:
        return [(patient, identity) for patient, identity in await session.execute(query)]


async def patient_with_identity(context: IssuerContext, patient: str) -> tuple[Patient, PatientIdentity]:
    """One patient.

    Raises:
        NotFoundError: `patient.unknown`.
    """
    async with context.database.begin() as session:
        row, identity = await session.get(Patient, patient), await session.get(PatientIdentity, patient)
    if row is None or identity is None:
        raise NotFoundError("patient.unknown", "There is no such patient here.", "Find the patient by name.")
    return row, identity


async def _find(session: AsyncSession, hospital: str, document: DocumentType, number: str) -> PatientIdentity | None:
    """Every salt is another, so every row of this kind is tried: about a microsecond each."""
    rows: Sequence[PatientIdentity] = (
        await session.scalars(
            select(PatientIdentity).join(Patient).where(Patient.hospital == hospital, PatientIdentity.document_type == document)
        )
    ).all()
    for row in rows:
        if hmac.compare_digest(number_digest(document, number, row.document_salt), row.document_digest):
            return row
    return None

"""What issuing must know of a hospital and of a patient's wallet, read from the rows of onboarding and patients."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.onboarding.states import HospitalState
from issuer.onboarding.tables import Hospital, HospitalKey
from issuer.patients.tables import PatientBinding
from issuer.settings import Settings
from schemas.errors import NotFoundError, RefusedError, StateError
from schemas.types import RecordType

ACTIVE_BINDING = "active"


@dataclass(frozen=True)
class IssuingHospital:
    """A hospital that issues. `key` is the verification method it signs with now; empty while none is proved."""

    slug: str
    did: str
    key: str
    active: bool

    def require_active(self) -> None:
        """Raises StateError `hospital.not_active`: a hospital that is not bound, or lapsed, or suspended, issues nothing."""
        if not self.active:
            raise StateError(
                "hospital.not_active",
                "This hospital is not active, so it may not issue.",
                "The hospital's page in the console shows what is missing.",
            )


@dataclass(frozen=True)
class IssuingBinding:
    """A wallet that was bound to a patient of `hospital`, and the DIDs it proved."""

    id: str
    patient: str
    hospital: str
    connection_id: str
    dids: frozenset[str]
    active: bool

    def require_active(self, hospital: str) -> None:
        """Raises StateError `binding.not_active`, also for a wallet bound at another hospital."""
        if not self.active or self.hospital != hospital:
            raise StateError(
                "binding.not_active",
                "This wallet is not bound to a patient of this hospital.",
                "Bind the wallet at the desk first.",
            )


async def issuing_hospital(session: AsyncSession, slug: str) -> IssuingHospital:
    """The hospital `slug`.

    Raises:
        NotFoundError: `hospital.unknown`.
    """
    row = await session.get(Hospital, slug)
    if row is None:
        raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
    key = await session.scalar(
        select(HospitalKey.id).where(HospitalKey.hospital == slug, HospitalKey.valid_until.is_(None)).limit(1)
    )
    # An active hospital is `blocked` while its LEI record is too old to issue on.
    active = row.state == HospitalState.ACTIVE and row.blocked is None and key is not None
    return IssuingHospital(row.slug, row.did, key or "", active)


def require_types(settings: Settings, slug: str, types: Collection[RecordType]) -> None:
    """Raises RefusedError `record.type_not_listed`: a verifier would refuse what the trust list does not give this hospital."""
    if other := set(types) - set(settings.types_of(slug)):
        raise RefusedError(
            "record.type_not_listed",
            "This hospital may not issue records of this type.",
            f"Name the types to issue, without {', '.join(sorted(other))}.",
        )


async def issuing_binding(session: AsyncSession, binding: str) -> IssuingBinding:
    """The binding with this id.

    Raises:
        NotFoundError: `binding.unknown`.
    """
    row = await session.get(PatientBinding, binding)
    if row is None:
        raise NotFoundError("binding.unknown", "There is no such binding here.", "Use the id that the desk was given.")
    active = row.state == ACTIVE_BINDING and row.connection_id is not None
    return IssuingBinding(row.id, row.patient, row.hospital, row.connection_id or "", frozenset(row.holder_dids), active)

"""Whom the checks are about: an application, or a hospital of the settings that has not applied, perhaps for want of an LEI."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.onboarding.tables import Hospital
from issuer.settings import Settings
from schemas.errors import NotFoundError
from verifier.identity.lei import check_digits_ok


@dataclass(frozen=True, slots=True)
class Applicant:
    """A hospital as it says of itself. `lei` is empty while it has none; `hospital` is the row of its application."""

    slug: str
    name: str
    lei: str
    jurisdiction: str
    hospital: Hospital | None

    def same(self, name: str, lei: str) -> bool:
        """Whether something that was checked under this name and LEI was about the application as it is now."""
        return name == self.name and lei in ("", self.lei)


async def applicant(session: AsyncSession, settings: Settings, slug: str) -> Applicant:
    """The hospital or clinic `slug`.

    Raises:
        NotFoundError: `hospital.unknown`, not in the settings.
    """
    configured = next((one for one in settings.applicants if one.slug == slug), None)
    if configured is None:
        raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
    row = await session.get(Hospital, slug)
    if row is not None:
        return Applicant(slug, row.name, row.lei, row.jurisdiction, row)
    lei = configured.lei if check_digits_ok(configured.lei) else ""
    return Applicant(slug, configured.label, lei, configured.jurisdiction, None)

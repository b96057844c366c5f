"""The checklist of one hospital: its slots, its names, its look for duplicates, what is missing, and who may approve.

Two slots are filled by steps of the binding and have no row of their own: the LEI record (`check_lei`) and the key (`prove_did`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.checks.applicant import Applicant, applicant
from issuer.onboarding.checks.evidence import Result, papers, settled
from issuer.onboarding.checks.names import NamePair, decisions_of, open_differences, side_by_side
from issuer.onboarding.checks.slots import Requirement, Slot, requirements
from issuer.onboarding.checks.tables import DuplicateSearch, Evidence
from issuer.onboarding.states import HospitalState, Step
from issuer.onboarding.tables import HospitalKey, HospitalStep
from schemas.errors import NotAllowedError, RefusedError

OTHER_LEI = "other_lei"
"""Outcome of a look for duplicates that stops an approval: the hospital has another LEI."""

DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True)
class SlotState:
    """One slot. `evidence` is the paper in it; `step` the step of the binding that fills a slot without papers."""

    slot: Slot
    requirement: Requirement | None
    evidence: Evidence | None
    step: HospitalStep | None
    done: bool

    @property
    def result(self) -> str:
        """`accepted`, `waiting`, `sent_back`, `not_applicable`, `run_out`, or `open`."""
        if self.evidence is None:
            return Result.ACCEPTED if self.done else "open"
        if self.evidence.result == Result.ACCEPTED and not self.done:
            return "run_out"
        return self.evidence.result


@dataclass(frozen=True, slots=True)
class Checklist:
    """All that was checked about a hospital."""

    about: Applicant
    slots: Sequence[SlotState]
    names: Sequence[NamePair]
    search: DuplicateSearch | None
    key: HospitalKey | None
    lei_record: dict[str, Any] | None

    @property
    def missing(self) -> list[str]:
        """What an approval waits for: slots that are open, `names.<paper>`, `duplicates`."""
        open_slots = [state.slot.value for state in self.slots if not state.done]
        names = [f"names.{source}" for source in dict.fromkeys(open_differences(self.names))]
        searched = self.search is not None and self.search.outcome not in (None, OTHER_LEI)
        return [*open_slots, *names, *(() if searched else (DUPLICATES,))]

    @property
    def hands(self) -> frozenset[str]:
        """Who put something in, checked it, or decided about names and duplicates: none of them may approve."""
        rows = [state.evidence for state in self.slots if state.evidence]
        names = {pair.accepted.decided_by for pair in self.names if pair.accepted}
        people = {row.put_in_by for row in rows} | {row.checked_by for row in rows} | names
        return frozenset(people | {self.search.decided_by if self.search else None}) - {None}  # type: ignore[return-value]


async def checklist(session: AsyncSession, context: IssuerContext, slug: str) -> Checklist:
    """The checklist of the hospital `slug`, as it is now.

    Raises:
        NotFoundError: `hospital.unknown`.
    """
    about = await applicant(session, context.settings, slug)
    now = context.clock.now()
    put_in = await papers(session, about)
    slots = [
        SlotState(need.slot, need, put_in.get(need.slot), None, settled(put_in.get(need.slot), now))
        for need in requirements(about.jurisdiction)
    ]
    slots += [
        SlotState(Slot.LEI_RECORD, None, None, step := await _step(session, about, Step.CHECK_LEI), step is not None),
        SlotState(Slot.KEY, None, None, step := await _step(session, about, Step.PROVE_DID), step is not None),
    ]
    record = about.hospital.lei_record if about.hospital else None
    return Checklist(
        about=about,
        slots=slots,
        names=side_by_side(about.name, record, put_in, await decisions_of(session, slug)),
        search=await _search(session, about),
        key=await _key(session, slug),
        lei_record=record,
    )


async def require_checked(session: AsyncSession, context: IssuerContext, slug: str, *, who: str) -> None:
    """Make sure that `who` may approve the hospital `slug` on what was checked.

    Raises:
        NotAllowedError: `checklist.same_person`. RefusedError: `checklist.incomplete`; its hint lists what is missing.
    """
    known = await checklist(session, context, slug)
    if who in known.hands:
        raise NotAllowedError(
            "checklist.same_person", "Whoever put in or checked a paper cannot approve.", "Ask a colleague to look at it."
        )
    if context.settings.checklist_required and known.missing:
        raise RefusedError("checklist.incomplete", "The checklist is not complete.", f"Missing: {', '.join(known.missing)}.")


async def _step(session: AsyncSession, about: Applicant, step: Step) -> HospitalStep | None:
    """The step of the history that filled a slot of the application as it is now."""
    if about.hospital is None:
        return None
    order = [HospitalState.APPLIED, HospitalState.LEI_CHECKED, HospitalState.DID_PROVED]
    state = HospitalState(about.hospital.state)
    needed = HospitalState.LEI_CHECKED if step is Step.CHECK_LEI else HospitalState.DID_PROVED
    if state in order and order.index(state) < order.index(needed):
        return None
    found: HospitalStep | None = await session.scalar(
        select(HospitalStep)
        .where(HospitalStep.hospital == about.slug, HospitalStep.step == step)
        .order_by(HospitalStep.id.desc())
        .limit(1)
    )
    return found


async def _search(session: AsyncSession, about: Applicant) -> DuplicateSearch | None:
    rows = await session.scalars(
        select(DuplicateSearch)
        .where(DuplicateSearch.hospital == about.slug)
        .order_by(DuplicateSearch.searched_at.desc(), DuplicateSearch.id)
    )
    return next((row for row in rows if about.same(row.name, row.lei)), None)


async def _key(session: AsyncSession, slug: str) -> HospitalKey | None:
    found: HospitalKey | None = await session.scalar(
        select(HospitalKey).where(HospitalKey.hospital == slug, HospitalKey.valid_until.is_(None))
    )
    return found


def days_left(until: datetime, now: datetime) -> int:
    """Whole days from now on; negative when it is past."""
    return (until.date() - now.date()).days

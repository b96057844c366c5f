"""What the watch sees of a bound hospital, and the action that the policy names for it.

    the LEI record        lapsed, ended, unknown, of another jurisdiction, under another name
    its vLEI, its certificates, its papers        revoked, run out

Order: act first, then write the notice: an action that was cut short is taken again, since each is possible only from the states
it changes. What a person ended by hand, a suspension, is not imposed again while the same event lasts.
"""

import logging

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.bindings import WATCH, Bindings
from issuer.onboarding.checks.applicant import applicant
from issuer.onboarding.checks.evidence import Result, papers
from issuer.onboarding.checks.notices import is_open, put_up, take_down
from issuer.onboarding.checks.policy import Action, Event, policy
from issuer.onboarding.lei import same_jurisdiction
from issuer.onboarding.states import HospitalState, Reason
from issuer.onboarding.tables import Hospital, HospitalRoad
from verifier.identity.lei import LeiRecord, Standing

log = logging.getLogger(__name__)

_RUNNING = (HospitalState.ACTIVE, HospitalState.LAPSED)
_RECORD = (Event.LEI_LAPSED, Event.LEI_ENDED, Event.LEI_MOVED, Event.LEI_RENAMED, Event.LEI_UNKNOWN)


async def follow_record(context: IssuerContext, hospital: Hospital, record: LeiRecord) -> None:
    """Take the steps that follow from what the register says now of a bound hospital, and keep it."""
    bindings, slug, state = Bindings(context), hospital.slug, HospitalState(hospital.state)
    seen = _seen_in(hospital, record)
    actions = {event: policy(context.settings.watch)[event] for event in seen}
    fresh = {event for event in seen if not await is_open(context, slug, event)}
    suspending = [event for event in seen if event in fresh and actions[event] is Action.SUSPEND]
    if state in _RUNNING and suspending:
        await bindings.suspend(slug, who=WATCH, reason=Reason(suspending[0]))
        await bindings.confirm(slug, record=record)
    elif state is HospitalState.ACTIVE and actions.get(Event.LEI_LAPSED) is Action.LAPSE:
        await bindings.lapse(slug, record=record)
    elif state is HospitalState.LAPSED and not {Event.LEI_LAPSED, Event.LEI_ENDED, Event.LEI_MOVED}.intersection(seen):
        await bindings.renew(slug, record=record)
    else:
        await bindings.confirm(slug, record=record)
    for event in seen:
        await put_up(context, slug, event, actions[event])
    for event in _RECORD:
        if event not in seen:
            await take_down(context, slug, event)


async def follow_unknown(context: IssuerContext, hospital: Hospital) -> None:
    """The register no longer knows the LEI."""
    await _act(context, hospital, Event.LEI_UNKNOWN)


async def follow_papers_and_roads(context: IssuerContext, slug: str) -> None:
    """Look at the dates of a bound hospital's papers, and at what was last seen of its vLEI and its certificates."""
    now = context.clock.now()
    async with context.database.begin() as session:
        about = await applicant(session, context.settings, slug)
        in_force = await papers(session, about)
        roads = list(
            await session.scalars(select(HospitalRoad).where(HospitalRoad.hospital == slug, HospitalRoad.replaced_at.is_(None)))
        )
    hospital = about.hospital
    if hospital is None:
        return
    seen = {
        Event.EVIDENCE_EXPIRED: any(
            row.result == Result.ACCEPTED and row.valid_until is not None and row.valid_until < now.date()
            for row in in_force.values()
        ),
        Event.VLEI_REVOKED: any(road.ended_at is not None and road.credential is not None for road in roads),
        Event.CERTIFICATE_REVOKED: any(road.ended_at is not None and road.credential is None for road in roads),
        Event.CERTIFICATE_EXPIRED: any(road.not_after is not None and road.not_after <= now for road in roads),
    }
    for event, there in seen.items():
        if there:
            await _act(context, hospital, event)
        else:
            await take_down(context, slug, event)


async def _act(context: IssuerContext, hospital: Hospital, event: Event) -> None:
    action = policy(context.settings.watch)[event]
    if await is_open(context, hospital.slug, event):
        return
    if action is Action.SUSPEND:
        async with context.database.begin() as session:
            state = (await session.get_one(Hospital, hospital.slug)).state
        if state in _RUNNING:
            await Bindings(context).suspend(hospital.slug, who=WATCH, reason=Reason(event))
    await put_up(context, hospital.slug, event, action)
    log.info("seen by the watch", extra={"hospital": hospital.slug, "code": str(event), "outcome": str(action)})


def _seen_in(hospital: Hospital, record: LeiRecord) -> list[Event]:
    seen = []
    if record.standing is Standing.LAPSED:
        seen.append(Event.LEI_LAPSED)
    if record.standing is Standing.ENDED:
        seen.append(Event.LEI_ENDED)
    if not same_jurisdiction(record, hospital.jurisdiction):
        seen.append(Event.LEI_MOVED)
    if hospital.lei_record and hospital.lei_record["legalName"] != record.legal_name:
        seen.append(Event.LEI_RENAMED)
    return seen

"""What time changes without anyone asking: the worker calls `tick` every few seconds, and most calls find nothing to do.

    an approved binding      is made active once its DID document can be read
    a bound hospital         has its LEI record read again every six hours: it lapses, is renewed, or is suspended
    a silent register        is asked again in five minutes; after three days the hospital issues nothing new
    the trust list           is signed again when it says something new, or is half through its life

One hospital's fault stops no other's; each is logged by its code.
"""

import logging
from datetime import timedelta

from sqlalchemy import or_, select

from issuer.context import IssuerContext
from issuer.onboarding import trust_list
from issuer.onboarding.bindings import WATCH, Bindings
from issuer.onboarding.lei import same_jurisdiction
from issuer.onboarding.states import LISTED_STATES, HospitalState, Reason
from issuer.onboarding.tables import Hospital
from schemas.errors import MedcredError, NotFoundError, SourceError, StateError
from verifier.identity.lei import LeiRecord, Standing

log = logging.getLogger(__name__)

SILENCE = timedelta(minutes=5)
"""How long a register that did not answer is left alone."""


async def tick(context: IssuerContext) -> None:
    """Do what is due now."""
    now = context.clock.now()
    async with context.database.begin() as session:
        due = await session.scalars(
            select(Hospital).where(
                or_(
                    Hospital.state == HospitalState.APPROVED,
                    Hospital.state.in_(LISTED_STATES) & (Hospital.lei_due_at <= now),
                )
            )
        )
        hospitals = list(due)
    for hospital in hospitals:
        try:
            if hospital.state == HospitalState.APPROVED:
                await Bindings(context).activate(hospital.slug)
            else:
                await read_lei_again(context, hospital.slug)
        except MedcredError as error:
            log.warning("hospital not watched", extra={"hospital": hospital.slug, "code": error.code})
    try:
        await trust_list.current(context)
    except MedcredError as error:
        log.warning("trust list not published", extra={"code": error.code})


async def approve_and_activate(context: IssuerContext, slug: str, *, who: str, accept_name_difference: bool = False) -> None:
    """Approve a binding and make it active at once if its DID document can be read already; otherwise `tick` tries again.

    Raises: as `Bindings.approve`.
    """
    bindings = Bindings(context)
    await bindings.approve(slug, who=who, accept_name_difference=accept_name_difference)
    try:
        await bindings.activate(slug)
    except MedcredError as error:
        log.info("approved hospital not active yet", extra={"hospital": slug, "code": error.code})


async def read_lei_again(context: IssuerContext, slug: str) -> None:
    """Read the LEI record of a bound hospital and take the step that follows from it.

    Raises:
        NotFoundError: `hospital.unknown`, `lei.not_found`. StateError: `hospital.no_such_step`, not bound yet.
        SourceError: the register did not answer.
    """
    async with context.database.begin() as session:
        hospital = await session.get(Hospital, slug)
    if hospital is None:
        raise NotFoundError("hospital.unknown", "There is no such hospital here.", "Use the hospital's slug from agents.yml.")
    if hospital.state not in LISTED_STATES:
        raise StateError("hospital.no_such_step", "This hospital is not bound yet.", "Its page shows the next step.")
    bindings = Bindings(context)
    try:
        record = await context.lei.record(hospital.lei)
    except (SourceError, NotFoundError):
        # A register that no longer knows an LEI it knew is a fault of the source before it is one of the hospital.
        await bindings.unconfirmed(slug, again_at=context.clock.now() + SILENCE)
        raise
    known = hospital.lei_checked_at
    if context.clock.now() - record.as_of >= SILENCE and known is not None and record.as_of <= known:
        # The register is silent, and what was given instead says nothing that is not known here.
        await bindings.unconfirmed(slug, again_at=context.clock.now() + SILENCE)
        return
    await _follow(bindings, hospital, record)


async def _follow(bindings: Bindings, hospital: Hospital, record: LeiRecord) -> None:
    in_order = record.standing is Standing.ACTIVE and same_jurisdiction(record, hospital.jurisdiction)
    match HospitalState(hospital.state):
        case HospitalState.ACTIVE if record.standing is Standing.LAPSED:
            await bindings.lapse(hospital.slug, record=record)
        case HospitalState.LAPSED if in_order:
            await bindings.renew(hospital.slug, record=record)
        case HospitalState.ACTIVE | HospitalState.LAPSED if record.standing is Standing.ENDED:
            await bindings.suspend(hospital.slug, who=WATCH, reason=Reason.LEI_ENDED)
            await bindings.confirm(hospital.slug, record=record)
        case _:
            await bindings.confirm(hospital.slug, record=record)

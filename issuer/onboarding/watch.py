"""What time changes without anyone asking: the worker calls `tick` every few seconds, and most calls find nothing to do.

    an approved binding      is made active once its DID document can be read
    a bound hospital         has its LEI record read again within the hour, and what it showed of itself looked at again;
                             what follows is the policy's (`checks.watching`): it lapses, is suspended, somebody is told
    a silent register        is asked again in five minutes; after three days the hospital issues nothing new
    the trust list           is signed again when it says something new, or is half through its life

Several hospitals that are due are asked about in one call, 200 at most in each. One hospital's fault stops no other's; each is
logged by its code.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import or_, select

from issuer.context import IssuerContext
from issuer.onboarding import trust_list
from issuer.onboarding.bindings import Bindings
from issuer.onboarding.checks.watching import follow_papers_and_roads, follow_record, follow_unknown
from issuer.onboarding.identity import look_again
from issuer.onboarding.states import LISTED_STATES, HospitalState
from issuer.onboarding.tables import Hospital
from schemas.errors import MedcredError, NotFoundError, SourceError, StateError
from verifier.identity.lei import GleifApi, TwoSources

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
    bound = [hospital for hospital in hospitals if hospital.state != HospitalState.APPROVED]
    await _read_together(context, [hospital.lei for hospital in bound])
    for hospital in hospitals:
        steps = [Bindings(context).activate] if hospital.state == HospitalState.APPROVED else _looks(context)
        for step in steps:
            try:
                await step(hospital.slug)
            except MedcredError as error:
                log.warning("hospital not watched", extra={"hospital": hospital.slug, "code": error.code})
    try:
        await trust_list.current(context)
    except MedcredError as error:
        log.warning("trust list not published", extra={"code": error.code})


def _looks(context: IssuerContext) -> list[Callable[[str], Awaitable[object]]]:
    """What is looked at of a bound hospital; the last one acts on what the others saw."""
    return [partial(look, context) for look in (read_lei_again, look_again, follow_papers_and_roads)]


async def _read_together(context: IssuerContext, leis: list[str]) -> None:
    """Ask the register about several LEIs at once; what it answers is remembered for the questions that follow."""
    register = context.lei.register if isinstance(context.lei, TwoSources) else context.lei
    if len(leis) > 1 and isinstance(register, GleifApi):
        try:
            await register.records(leis)
        except MedcredError as error:
            log.info("records not read together", extra={"count": len(leis), "code": error.code})


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
    except (SourceError, NotFoundError) as error:
        # A register that no longer knows an LEI it knew is a fault of the source before it is one of the hospital.
        await bindings.unconfirmed(slug, again_at=context.clock.now() + SILENCE)
        if isinstance(error, NotFoundError):
            await follow_unknown(context, hospital)
        raise
    known = hospital.lei_checked_at
    if context.clock.now() - record.as_of >= SILENCE and known is not None and record.as_of <= known:
        # The register is silent, and what was given instead says nothing that is not known here.
        await bindings.unconfirmed(slug, again_at=context.clock.now() + SILENCE)
        return
    await follow_record(context, hospital, record)

"""A hospital proves by a road that it is the legal entity of its LEI: the step, its renewal, and looking again.

Order: the step must exist from the hospital's state; what it shows is judged outside any transaction (`road_proofs`); then, with
the row locked and the key still the same, the proof takes the place of the one before, its key events are remembered, and the
history says what it rests on. A refused proof changes nothing, but for one case: a stream that shows a link of an accepted chain
to be revoked ends that road, whoever hands it in.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.bindings import WATCH, Bindings
from issuer.onboarding.road_proofs import Judged, KeyEvents, Shown, judge
from issuer.onboarding.roads import CERTIFICATE, VLEI, current_key, roads_of
from issuer.onboarding.states import Reason, Step
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad, SeenKeyEvent, SeenRevocation
from schemas.errors import RefusedError, StateError
from verifier.fetch import LOOPBACK_HOSTS, Limits, fetch_public
from verifier.identity.vlei.memory import contradicts
from verifier.identity.vlei.stream import MAX_STREAM
from verifier.reasons import next_step, sentence

PROVED = {VLEI: Reason.VLEI_PROVED, CERTIFICATE: Reason.CERTIFICATE_PROVED}
STREAM_LIMITS = Limits(max_bytes=MAX_STREAM, seconds=10.0)
CESR = "application/cesr"


async def prove_identity(context: IssuerContext, slug: str, *, who: str, shown: Shown) -> None:
    """Accept what a hospital shows of itself for the key it signs with, in the place of what it showed before.

    Raises:
        NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`, `hospital.changed`.
        RefusedError: `identity.no_root`, `identity.not_the_entity`, `identity.did_not_named`, `identity.key_not_named`, or the
            verifier's reason code.
        FormatError, SetupError: as `road_proofs.judge`.
    """
    bindings = Bindings(context)
    hospital = await bindings.ready(slug, Step.PROVE_IDENTITY)
    key, judged = await _judged(context, hospital, shown)
    if judged.road is None:
        await _follow_revocation(context, slug, judged, shown)
        assert judged.refusal is not None
        raise judged.refusal
    road = judged.road
    async with bindings.step(slug, Step.PROVE_IDENTITY, who, PROVED[road.road], seen=hospital, rests_on=_rests_on(road)) as (
        session,
        _,
    ):
        await _require_same_key(session, slug, key)
        await _remember(context, session, judged.key_events)
        await _take_over(session, road)


async def look_again(context: IssuerContext, slug: str) -> None:
    """Read a hospital's newest stream from where it said it keeps it, if it did, and take the step that follows.

    What still holds is kept quietly; a key that is no longer named, or a revocation, ends the road.

    Raises:
        NotFoundError: `hospital.unknown`. StateError: `hospital.no_such_step`.
        SourceError: the place did not answer. RefusedError: as `prove_identity`; then what was accepted before is kept.
    """
    hospital = await Bindings(context).ready(slug, Step.PROVE_IDENTITY)
    async with context.database.begin() as session:
        kept = next((road for road in await roads_of(session, slug) if road.source), None)
    if kept is None or kept.source is None:
        return
    local = urlsplit(context.settings.public_url).hostname in LOOPBACK_HOSTS
    content = await fetch_public(context.http, kept.source, replace(STREAM_LIMITS, allow_loopback=local), accept=CESR)
    shown = Shown(VLEI, content, kept.source)
    _, judged = await _judged(context, hospital, shown)
    if judged.road is None or judged.leaf != kept.binding:
        await prove_identity(context, slug, who=WATCH, shown=shown)
        return
    async with context.database.begin() as session:
        await _remember(context, session, judged.key_events)
        values = {"content": content, "checked_at": context.clock.now()}
        await session.execute(update(HospitalRoad).where(HospitalRoad.id == kept.id).values(values))


async def _judged(context: IssuerContext, hospital: Hospital, shown: Shown) -> tuple[HospitalKey, Judged]:
    async with context.database.begin() as session:
        key = await current_key(session, hospital.slug)
    assert key is not None  # every state from which there is this step has one
    return key, await judge(context, hospital, key, shown)


def _rests_on(road: HospitalRoad) -> dict[str, str]:
    parts = ("road", "aid", "credential", "binding", "sha256")
    return {part: value for part in parts if (value := getattr(road, part))}


async def _require_same_key(session: AsyncSession, slug: str, key: HospitalKey) -> None:
    now = await current_key(session, slug)
    if now is None or (now.id, now.multikey) != (key.id, key.multikey):
        raise StateError("hospital.changed", "The hospital's key was changed meanwhile.", "Prove the identity for the new key.")


async def _take_over(session: AsyncSession, road: HospitalRoad) -> None:
    for earlier in await roads_of(session, road.hospital):
        if earlier.road == road.road and (road.road == VLEI or earlier.keys == road.keys):
            earlier.replaced_at = road.checked_at
    session.add(road)


async def _remember(context: IssuerContext, session: AsyncSession, logs: KeyEvents) -> None:
    """Keep key events, none of which may be another than one that was kept meanwhile."""
    rows = [{"aid": aid, "number": number, "said": said} for aid, log in logs.items() for number, said in enumerate(log)]
    if not rows:
        return
    insert = (sqlite if context.database.is_sqlite else postgresql).insert(SeenKeyEvent).on_conflict_do_nothing()
    await session.execute(insert, rows)
    kept = await session.scalars(
        select(SeenKeyEvent).where(SeenKeyEvent.aid.in_(logs)).order_by(SeenKeyEvent.aid, SeenKeyEvent.number)
    )
    seen: dict[str, list[str]] = {}
    for event in kept:
        seen.setdefault(event.aid, []).append(event.said)
    if any(contradicts(seen[aid], log) for aid, log in logs.items()):
        raise RefusedError("kel.duplicity", sentence("kel.duplicity"), next_step("kel.duplicity"))


async def _follow_revocation(context: IssuerContext, slug: str, judged: Judged, shown: Shown) -> None:
    """End the roads that rest on what was shown to be revoked; the hospital's own is published with the stream that shows it."""
    if not judged.revoked:
        return
    now = context.clock.now()
    async with context.database.begin() as session:
        insert = (sqlite if context.database.is_sqlite else postgresql).insert(SeenRevocation).on_conflict_do_nothing()
        await session.execute(insert, [{"said": said, "seen_at": now} for said in judged.revoked])
        live = await session.scalars(
            select(HospitalRoad).where(
                HospitalRoad.road == VLEI, HospitalRoad.replaced_at.is_(None), HospitalRoad.ended_at.is_(None)
            )
        )
        ended = [(road.id, road.hospital) for road in live if judged.revoked.intersection(road.chain)]
    for identifier, hospital in ended:
        content = shown.content if hospital == slug else None
        await _end(context, identifier, hospital, judged.leaf, content)


async def _end(context: IssuerContext, identifier: int, slug: str, leaf: str, content: bytes | None) -> None:
    async with context.database.begin() as session:
        road = await session.get_one(HospitalRoad, identifier)
        rests_on = _rests_on(road)
    async with Bindings(context).step(slug, Step.END_IDENTITY, WATCH, Reason.VLEI_REVOKED, rests_on=rests_on) as (session, _):
        road = await session.get_one(HospitalRoad, identifier)
        road.ended_at = context.clock.now()
        if content is not None and leaf == road.binding:
            road.content, road.checked_at = content, road.ended_at

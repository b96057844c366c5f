"""What the watch saw and did: one row an event, open until it is over; what is to be told waits until somebody has seen it."""

from collections.abc import Sequence

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.checks.policy import Action, Event
from issuer.onboarding.checks.tables import Notice
from schemas.errors import NotFoundError, StateError

MOST = 200


async def is_open(context: IssuerContext, slug: str, event: Event) -> bool:
    """Whether this was seen already and is not over."""
    async with context.database.begin() as session:
        return await session.scalar(_open(slug, event)) is not None


async def put_up(context: IssuerContext, slug: str, event: Event, action: Action) -> None:
    """Write down that something was seen, and what was done; once while it lasts."""
    async with context.database.begin() as session:
        if await session.scalar(_open(slug, event)) is None:
            session.add(Notice(hospital=slug, at=context.clock.now(), event=event, action=action))
    context.bell.ring(f"hospital:{slug}")


async def take_down(context: IssuerContext, slug: str, event: Event) -> None:
    """Say that it is over."""
    async with context.database.begin() as session:
        await session.execute(
            update(Notice)
            .where(Notice.hospital == slug, Notice.event == event, Notice.over_at.is_(None))
            .values(over_at=context.clock.now())
        )


async def seen(context: IssuerContext, number: int, *, who: str) -> str:
    """Say that somebody has seen what was to be told; the hospital's slug.

    Raises:
        NotFoundError: `notice.unknown`. StateError: `notice.seen`.
    """
    async with context.database.begin() as session:
        row = await session.get(Notice, number, with_for_update=True)
        if row is None:
            raise NotFoundError("notice.unknown", "There is no such notice here.", "Look at the approvals again.")
        if row.action != Action.TELL or row.seen_at is not None:
            raise StateError("notice.seen", "Somebody has seen this notice already.", "Look at the approvals again.")
        row.seen_by, row.seen_at = who, context.clock.now()
    context.bell.ring(f"hospital:{row.hospital}")
    return row.hospital


async def to_tell(session: AsyncSession) -> Sequence[Notice]:
    """Notices that nobody has seen yet, the oldest first."""
    rows = await session.scalars(
        select(Notice).where(Notice.action == Action.TELL, Notice.seen_at.is_(None)).order_by(Notice.id).limit(MOST)
    )
    return rows.all()


async def notices_of(session: AsyncSession, slug: str) -> Sequence[Notice]:
    """The notices of a hospital, the newest first."""
    rows = await session.scalars(select(Notice).where(Notice.hospital == slug).order_by(Notice.id.desc()).limit(MOST))
    return rows.all()


def _open(slug: str, event: Event) -> Select[int]:
    return (
        select(Notice.id)
        .where(Notice.hospital == slug, Notice.event == event, Notice.over_at.is_(None))
        .order_by(Notice.id)
        .limit(1)
    )

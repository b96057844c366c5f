"""How a worker takes rows to work on, and learns that it has lost them.

A row with `due_at` in the past is due. Claiming writes a token and a lease into it, in one transaction that skips rows another
worker is claiming (PostgreSQL `FOR UPDATE SKIP LOCKED`; SQLite lets one writer in at a time). The work is then done outside any
transaction, and its result is recorded only if the token is still there: a lease that ran out, or a person who changed the row
meanwhile, takes it away. `attempt` counts the claims since the row last moved on: above 1, an earlier try may have happened.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from issuer.context import IssuerContext
from schemas.errors import MedcredError
from storage import UtcTime

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
"""Longer than any one call to an agent may take."""

BACK_OFF = timedelta(seconds=2)
BACK_OFF_MOST = timedelta(minutes=5)


class Claimable:
    """The columns of a table whose rows are work."""

    due_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)


async def claim[Row: Claimable](
    context: IssuerContext, kind: type[Row], *where: ColumnElement[bool], limit: int = 16
) -> list[Row]:
    """Up to `limit` due rows, now this worker's until the lease ends. They are copies: record results through `held`."""
    now = context.clock.now()
    token = context.entropy(16).hex()
    async with context.database.begin() as session:
        rows = await session.scalars(
            select(kind)
            .where(kind.due_at <= now, or_(kind.claimed_until.is_(None), kind.claimed_until <= now), *where)
            .order_by(kind.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        # In one order for everybody who locks several rows.
        claimed = sorted(rows, key=lambda row: str(inspect(row).identity))
        for row in claimed:
            row.claim, row.claimed_until, row.attempt = token, now + LEASE, row.attempt + 1
    return claimed


async def held[Row: Claimable](session: AsyncSession, row: Row) -> Row | None:
    """The row as it is now, locked, or None when the claim on it was lost."""
    current = await session.get(type(row), inspect(row).identity, with_for_update=True)
    return current if current is not None and current.claim == row.claim else None


def settle(row: Claimable, due_at: datetime | None) -> None:
    """Give the row up after it moved on; it is due again at `due_at`, or never."""
    row.claim, row.claimed_until, row.attempt, row.due_at = None, None, 0, due_at


def rest(current: Claimable, row: Claimable, due_at: datetime | None) -> None:
    """Give up the unmoved row `current`, claimed as `row`; a `due_at` that someone set meanwhile stands."""
    settle(current, due_at if current.due_at == row.due_at else current.due_at)


def put_off(row: Claimable, now: datetime) -> None:
    """Give the row up without having moved it: due again after a wait that doubles with each try."""
    row.due_at = now + min(BACK_OFF * 2 ** min(row.attempt, 16), BACK_OFF_MOST)
    row.claim, row.claimed_until = None, None


async def for_each[Row: Claimable](
    context: IssuerContext, rows: Iterable[Row], step: Callable[[Row], Awaitable[None]], *, name: str
) -> None:
    """Do `step` for all rows at once. A row whose step fails is put off; it stops no other."""

    async def guarded(row: Row) -> None:
        try:
            await step(row)
        except Exception as error:
            await failed(context, [row], error, name=name)

    await asyncio.gather(*(guarded(row) for row in rows))


async def failed(context: IssuerContext, rows: Iterable[Claimable], error: Exception, *, name: str) -> None:
    """Log why a step failed (its code, never its text) and put the rows off."""
    code = error.code if isinstance(error, MedcredError) else "issuer.fault"
    log.warning("step put off", extra={"step": name, "code": code, "error": type(error).__name__})
    async with context.database.begin() as session:
        for row in rows:
            if current := await held(session, row):
                put_off(current, context.clock.now())

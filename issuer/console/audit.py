"""Who changed what at the console: one row a change, also for one that was refused. No row names a patient or holds a record."""

from collections.abc import Sequence

from sqlalchemy import select

from issuer.console.tables import AuditEntry
from issuer.context import IssuerContext

DONE = "done"
MOST = 200


async def note(context: IssuerContext, *, who: str, action: str, subject: str, outcome: str = DONE) -> None:
    """Write down one change.

    Args:
        subject: an id or a slug.
        outcome: `done`, or the code of the refusal.
    """
    async with context.database.begin() as session:
        session.add(AuditEntry(at=context.clock.now(), who=who, action=action, subject=subject, outcome=outcome))


async def entries(context: IssuerContext, subject: str = "") -> Sequence[AuditEntry]:
    """The newest entries, or those of one id or slug, at most MOST."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(MOST)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    async with context.database.begin() as session:
        return (await session.scalars(query)).all()

"""A status is changed: requested with a reason, approved by a second person where it cannot be undone, then made.

Order of steps in `make`: the credential's status, its bits, then each list whose bit changed is due to be published. All of it is
one transaction; the worker publishes within seconds, and after a crash as soon as it runs again.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.issuing.tables import Credential, locked
from issuer.status.states import (
    ChangeState,
    CredentialStatus,
    StatusAction,
    StatusReason,
    next_status,
    set_purposes,
)
from issuer.status.tables import StatusChange, StatusEntry, StatusList
from schemas.errors import NotAllowedError, NotFoundError, StateError


async def request_change(
    context: IssuerContext, credential: str, action: StatusAction, reason: StatusReason, *, by: str, alone: bool = False
) -> StatusChange:
    """Ask for a change of status. A suspension and its end are made at once, a revocation waits for `approve`.

    Args:
        by: the name of the person, or of the API key, that asks.
        alone: the caller may revoke without a second person (setting `revokes_alone`).

    Raises:
        NotFoundError: `credential.unknown`.
        StateError: `credential.not_sent`, it never left; `status.no_such_step`; `status.waiting`, the same is already asked for.
    """
    async with context.database.begin() as session:
        row = await locked(session, credential)
        if row.sent_at is None:
            raise StateError(
                "credential.not_sent",
                "This credential has not left the hospital, so it has no status to change.",
                "Withdraw it instead.",
            )
        next_status(action, CredentialStatus(row.status))
        waiting = await session.scalar(
            select(StatusChange.id).where(
                StatusChange.credential == credential,
                StatusChange.action == action,
                StatusChange.state == ChangeState.REQUESTED,
            )
        )
        if waiting is not None:
            raise StateError(
                "status.waiting", "This change is already asked for.", "A second person approves or refuses it in the console."
            )
        change = StatusChange(
            credential=credential,
            action=action,
            reason=reason,
            state=ChangeState.REQUESTED,
            requested_by=by,
            requested_at=context.clock.now(),
        )
        session.add(change)
        if alone or action is not StatusAction.REVOKE:
            await _make(context, session, change, row, by)
    context.bell.ring(f"credential:{credential}")
    context.nudge()
    return change


async def approve_change(context: IssuerContext, change_id: int, *, by: str) -> StatusChange:
    """Agree to a requested change, as another person than the one who asked; it is made at once.

    Raises:
        NotFoundError: `status.change_unknown`.
        NotAllowedError: `status.same_person`.
        StateError: `status.decided`, someone decided already; `status.no_such_step`, the status changed meanwhile.
    """
    async with context.database.begin() as session:
        change = await _waiting(session, change_id)
        if change.requested_by == by:
            raise NotAllowedError(
                "status.same_person", "Whoever asked for a revocation cannot approve it.", "Ask a colleague to look at it."
            )
        row = await session.get_one(Credential, change.credential, with_for_update=True)
        await _make(context, session, change, row, by)
    context.bell.ring(f"credential:{change.credential}")
    context.nudge()
    return change


async def refuse_change(context: IssuerContext, change_id: int, *, by: str) -> StatusChange:
    """Turn a requested change down; whoever asked may do so too.

    Raises:
        NotFoundError: `status.change_unknown`.
        StateError: `status.decided`.
    """
    async with context.database.begin() as session:
        change = await _waiting(session, change_id)
        change.state, change.decided_by, change.decided_at = ChangeState.REFUSED, by, context.clock.now()
    context.bell.ring(f"credential:{change.credential}")
    return change


async def waiting_changes(session: AsyncSession) -> Sequence[StatusChange]:
    """Changes that wait for a second person, oldest first."""
    rows = await session.scalars(
        select(StatusChange).where(StatusChange.state == ChangeState.REQUESTED).order_by(StatusChange.id)
    )
    return rows.all()


async def _waiting(session: AsyncSession, change_id: int) -> StatusChange:
    change = await session.get(StatusChange, change_id, with_for_update=True)
    if change is None:
        raise NotFoundError("status.change_unknown", "There is no such request to change a status.")
    if change.state != ChangeState.REQUESTED:
        raise StateError("status.decided", "This request was already decided.", "Read the credential again.")
    return change


async def _make(context: IssuerContext, session: AsyncSession, change: StatusChange, row: Credential, by: str) -> None:
    now = context.clock.now()
    status = next_status(StatusAction(change.action), CredentialStatus(row.status))
    row.status = status
    change.state, change.decided_by, change.decided_at = ChangeState.EFFECTIVE, by, now
    entries = await session.scalars(select(StatusEntry).where(StatusEntry.credential == row.id).order_by(StatusEntry.list_id))
    for entry in entries.all():
        entry_list = await session.get_one(StatusList, entry.list_id, with_for_update=True)
        is_set = entry_list.purpose in set_purposes(status)
        if entry.is_set != is_set:
            entry.is_set = is_set
            entry_list.changes += 1
            entry_list.due_at = now

"""A random unused index for each new credential (Bitstring Status List 1.0 §2.2, and §5.1 why random: an index in sequence
would tell when, and next to whom, a credential was issued).

A list has 131,072 indices, the least the standard allows; it is left for a new one when three quarters are given out, so that
a free index is found in a few tries and the last ones are not guessable.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.status.states import Purpose
from issuer.status.tables import StatusEntry, StatusList

LIST_SIZE = 131_072
LIST_FULL = LIST_SIZE * 3 // 4


def list_url(context: IssuerContext, row: StatusList) -> str:
    """Where the list is served; also its credential's id."""
    return f"{context.settings.public_url}/status/{row.hospital}/{row.purpose}/{row.number}"


async def allocate(
    context: IssuerContext, session: AsyncSession, hospital: str, credentials: Sequence[str]
) -> dict[str, list[dict[str, str]]]:
    """`credentialStatus` of each credential id: one entry for each purpose, rows included in the caller's transaction."""
    entries: dict[str, list[dict[str, str]]] = {credential: [] for credential in credentials}
    for purpose in Purpose:
        row = await _open_list(context, session, hospital, purpose)
        positions = await _free_positions(context, session, row, len(credentials))
        row.taken += len(credentials)
        for credential, position in zip(credentials, positions, strict=True):
            session.add(StatusEntry(list_id=row.id, position=position, credential=credential))
            entries[credential].append(
                {
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": purpose,
                    "statusListIndex": str(position),
                    "statusListCredential": list_url(context, row),
                }
            )
    return entries


async def _open_list(context: IssuerContext, session: AsyncSession, hospital: str, purpose: Purpose) -> StatusList:
    """The hospital's newest list, locked until the transaction ends; a new one, due to be published, when that is full."""
    newest = await session.scalar(
        select(StatusList)
        .where(StatusList.hospital == hospital, StatusList.purpose == purpose)
        .order_by(StatusList.number.desc())
        .limit(1)
        .with_for_update()
    )
    if newest is not None and newest.taken < LIST_FULL:
        return newest
    number = newest.number + 1 if newest else 1
    row = StatusList(hospital=hospital, purpose=purpose, number=number, taken=0, changes=0, due_at=context.clock.now())
    session.add(row)
    await session.flush()
    return row


async def _free_positions(context: IssuerContext, session: AsyncSession, row: StatusList, count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        tried = {int.from_bytes(context.entropy(4)) % LIST_SIZE for _ in range(count - len(found))} - found
        taken = await session.scalars(
            select(StatusEntry.position).where(StatusEntry.list_id == row.id, StatusEntry.position.in_(tried))
        )
        found |= tried - set(taken)
    return list(found)

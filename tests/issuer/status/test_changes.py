"""Who may change a status, how, and that nothing else does."""

import pytest
from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.issuing.resending import resend
from issuer.status.changes import approve_change, refuse_change, request_change, waiting_changes
from issuer.status.states import CredentialStatus, StatusAction, StatusReason, next_status, set_purposes
from issuer.status.tables import StatusEntry, StatusList
from schemas.errors import NotAllowedError, NotFoundError, StateError
from tests.issuer.issuing.house import House

REVOKE, SUSPEND, REINSTATE = StatusAction.REVOKE, StatusAction.SUSPEND, StatusAction.REINSTATE
WHY = StatusReason.ENTERED_IN_ERROR


async def bits(context: IssuerContext, credential: str) -> dict[str, bool]:
    async with context.database.begin() as session:
        rows = await session.execute(
            select(StatusList.purpose, StatusEntry.is_set)
            .join(StatusEntry, StatusEntry.list_id == StatusList.id)
            .where(StatusEntry.credential == credential)
        )
        return {row.purpose: row.is_set for row in rows}


async def test_a_revocation_waits_for_a_second_person(house: House, context: IssuerContext, issued: str) -> None:
    change = await request_change(context, issued, REVOKE, WHY, by="Ho")
    assert change.state == "requested"
    assert (await house.read(context, issued)).status == "active"
    assert await bits(context, issued) == {"revocation": False, "suspension": False}
    async with context.database.begin() as session:
        assert [waiting.id for waiting in await waiting_changes(session)] == [change.id]

    with pytest.raises(NotAllowedError) as caught:
        await approve_change(context, change.id, by="Ho")
    assert caught.value.code == "status.same_person"
    assert (await house.read(context, issued)).status == "active"

    done = await approve_change(context, change.id, by="Lam")
    assert (done.state, done.requested_by, done.decided_by, done.reason) == ("effective", "Ho", "Lam", WHY)
    assert (await house.read(context, issued)).status == "revoked"
    assert await bits(context, issued) == {"revocation": True, "suspension": False}


async def test_a_refused_revocation_changes_nothing(house: House, context: IssuerContext, issued: str) -> None:
    change = await request_change(context, issued, REVOKE, WHY, by="Ho")
    await refuse_change(context, change.id, by="Lam")
    assert (await house.read(context, issued)).status == "active"
    for decide in (approve_change, refuse_change):
        with pytest.raises(StateError) as caught:
            await decide(context, change.id, by="Lam")
        assert caught.value.code == "status.decided"
    assert (await request_change(context, issued, REVOKE, WHY, by="Ho")).state == "requested"


async def test_one_request_at_a_time(context: IssuerContext, issued: str) -> None:
    await request_change(context, issued, REVOKE, WHY, by="Ho")
    with pytest.raises(StateError) as caught:
        await request_change(context, issued, REVOKE, WHY, by="Lam")
    assert caught.value.code == "status.waiting"


async def test_a_key_that_may_revoke_alone_does(house: House, context: IssuerContext, issued: str) -> None:
    change = await request_change(context, issued, REVOKE, WHY, by="api:his", alone=True)
    assert change.state == "effective"
    assert (await house.read(context, issued)).status == "revoked"


async def test_a_suspension_and_its_end_take_effect_at_once(house: House, context: IssuerContext, issued: str) -> None:
    await request_change(context, issued, SUSPEND, StatusReason.UNDER_REVIEW, by="Ho")
    assert await bits(context, issued) == {"revocation": False, "suspension": True}
    await request_change(context, issued, REINSTATE, StatusReason.REVIEW_ENDED, by="Ho")
    assert await bits(context, issued) == {"revocation": False, "suspension": False}
    assert (await house.read(context, issued)).status == "active"


async def test_a_suspended_credential_can_be_revoked_and_stays_so(context: IssuerContext, issued: str) -> None:
    await request_change(context, issued, SUSPEND, StatusReason.UNDER_REVIEW, by="Ho")
    await request_change(context, issued, REVOKE, WHY, by="Ho", alone=True)
    assert await bits(context, issued) == {"revocation": True, "suspension": False}
    for action in StatusAction:
        with pytest.raises(StateError) as caught:
            await request_change(context, issued, action, WHY, by="Ho")
        assert caught.value.code == "status.no_such_step"


async def test_a_change_that_came_too_late_is_refused(context: IssuerContext, issued: str) -> None:
    waiting = await request_change(context, issued, REVOKE, WHY, by="Ho")
    await request_change(context, issued, SUSPEND, StatusReason.UNDER_REVIEW, by="Ho")
    await approve_change(context, waiting.id, by="Lam")
    assert await bits(context, issued) == {"revocation": True, "suspension": False}


async def test_what_never_left_is_withdrawn_not_revoked(house: House, context: IssuerContext) -> None:
    [credential] = await house.submit(context)
    with pytest.raises(StateError) as caught:
        await request_change(context, credential, REVOKE, WHY, by="Ho")
    assert caught.value.code == "credential.not_sent"


async def test_a_revoked_credential_is_not_offered_again(house: House, context: IssuerContext) -> None:
    house.agent.wallet.acknowledges = False
    [credential] = await house.submit(context)
    await house.run(context)
    await request_change(context, credential, REVOKE, WHY, by="Ho", alone=True)
    with pytest.raises(StateError) as caught:
        await resend(context, credential)
    assert caught.value.code == "credential.not_resendable"


async def test_unknown_things_are_not_found(context: IssuerContext) -> None:
    with pytest.raises(NotFoundError):
        await request_change(context, "nothing", SUSPEND, WHY, by="Ho")
    with pytest.raises(NotFoundError):
        await approve_change(context, 7, by="Lam")


def test_every_status_has_its_bits() -> None:
    assert {status: set(map(str, set_purposes(status))) for status in CredentialStatus} == {
        "active": set(),
        "suspended": {"suspension"},
        "revoked": {"revocation"},
    }
    with pytest.raises(StateError):
        next_status(REINSTATE, CredentialStatus.ACTIVE)

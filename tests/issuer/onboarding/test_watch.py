"""What time changes: LEI records read again, approvals made active, a silent register."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from issuer.onboarding.bindings import LEI_USABLE
from issuer.onboarding.states import Reason
from issuer.onboarding.tables import Hospital, PublishedTrustList
from issuer.onboarding.watch import SILENCE, approve_and_activate, read_lei_again, tick
from issuer.parties import issuing_hospital
from schemas.errors import MedcredError, SourceError, StateError
from tests.issuer.onboarding.house import House
from tests.issuer.onboarding.register import HK, entity

LEI_EVERY = timedelta(minutes=50)


async def hospital(house: House) -> Hospital:
    async with house.context.database.begin() as session:
        return await session.get_one(Hospital, "hk")


async def may_issue(house: House) -> bool:
    async with house.context.database.begin() as session:
        return (await issuing_hospital(session, "hk")).active


async def later(house: House, by: timedelta) -> Hospital:
    house.clock.at += by
    await tick(house.context)
    return await hospital(house)


async def test_an_approved_hospital_becomes_active_and_is_listed(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    await house.bindings.approve("hk", who="ana")
    await tick(house.context)
    assert (await hospital(house)).state == "active"
    async with house.context.database.begin() as session:
        newest = await session.scalar(select(PublishedTrustList).order_by(PublishedTrustList.sequence.desc()))
    assert newest is not None
    assert [issuer["state"] for issuer in newest.document["issuers"]] == ["active"]


async def test_approval_holds_while_the_document_cannot_be_read_yet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")

    async def silent(*args: object, **values: object) -> None:
        raise SourceError("source.timeout", "The remote source did not answer in time.")

    with monkeypatch.context() as patch:
        patch.setattr("issuer.onboarding.key_proof.resolve_did", silent)
        await approve_and_activate(house.context, "hk", who="ana")
        assert ((await hospital(house)).state, (await hospital(house)).blocked) == ("approved", "source.timeout")
    assert (await later(house, timedelta(seconds=5))).state == "active"


async def test_the_register_is_asked_within_the_hour_and_not_more(house: House) -> None:
    await house.bind()
    calls = house.register.calls
    for _ in range(5):
        await tick(house.context)
    await later(house, LEI_EVERY - timedelta(seconds=1))
    assert house.register.calls == calls
    row = await later(house, timedelta(seconds=1))
    assert house.register.calls == calls + 1
    assert row.lei_checked_at == house.clock.at


async def test_a_lapsed_lei_stops_issuing_until_it_is_renewed(house: House) -> None:
    await house.bind()
    assert await may_issue(house)
    house.register.say(HK, registration_status="LAPSED")
    row = await later(house, LEI_EVERY)
    assert (row.state, row.blocked) == ("lapsed", "lei.lapsed")
    assert not await may_issue(house)
    house.register.say(HK)
    row = await later(house, LEI_EVERY)
    assert (row.state, row.blocked) == ("active", None)
    assert await may_issue(house)


@pytest.mark.parametrize("status", ["PENDING_TRANSFER", "PENDING_ARCHIVAL"])
async def test_a_pending_lei_is_still_valid(house: House, status: str) -> None:
    await house.bind()
    house.register.say(HK, registration_status=status)
    row = await later(house, LEI_EVERY)
    assert row.state == "active"
    assert row.lei_record is not None
    assert row.lei_record["registrationStatus"] == status


async def test_an_lei_that_ended_suspends_the_hospital(house: House) -> None:
    await house.bind()
    house.register.say(HK, registration_status="RETIRED")
    row = await later(house, LEI_EVERY)
    assert (row.state, row.blocked) == ("suspended", Reason.LEI_ENDED)
    house.register.say(HK)
    assert (await later(house, LEI_EVERY)).state == "suspended"  # a person ends a suspension, never time
    await house.bindings.reinstate("hk", who="ana")
    assert (await hospital(house)).state == "active"


async def test_a_silent_register_is_left_alone_and_stops_issuing_after_three_days(house: House) -> None:
    await house.bind()
    house.register.fault = 500
    row = await later(house, LEI_EVERY)
    assert (row.state, row.blocked, row.lei_due_at) == ("active", None, house.clock.at + SILENCE)
    house.clock.at += LEI_USABLE - LEI_EVERY - timedelta(seconds=1)
    await tick(house.context)
    assert await may_issue(house)
    row = await later(house, SILENCE)
    assert (row.state, row.blocked) == ("active", "lei.stale")
    assert not await may_issue(house)
    house.register.fault = None
    row = await later(house, SILENCE)
    assert (row.state, row.blocked) == ("active", None)
    assert await may_issue(house)


@pytest.mark.parametrize("fault", [0, 404, 429, 500])
async def test_no_fault_of_the_register_changes_a_state(house: House, fault: int) -> None:
    await house.bind()
    house.register.fault = fault
    row = await later(house, LEI_USABLE + LEI_EVERY)
    assert (row.state, row.blocked) == ("active", "lei.stale")


async def test_another_jurisdiction_does_not_renew(house: House) -> None:
    await house.bind()
    house.register.say(HK, registration_status="LAPSED")
    await later(house, LEI_EVERY)
    house.register.records[HK] = entity(HK, [("維港示範醫院", "zh")], "SG")
    assert (await later(house, LEI_EVERY)).state == "lapsed"


async def test_an_application_is_not_read_again(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    with pytest.raises(StateError):
        await read_lei_again(house.context, "hk")
    with pytest.raises(MedcredError):
        await read_lei_again(house.context, "sz")

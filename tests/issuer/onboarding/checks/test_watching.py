"""What the watch sees within the hour, what the policy makes of it, and what is told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from issuer.onboarding.checks.notices import notices_of, seen
from issuer.onboarding.checks.policy import DEFAULTS, Action, Event, policy
from issuer.onboarding.checks.tables import Notice
from issuer.onboarding.states import WATCH_REASONS, Reason
from issuer.onboarding.tables import Hospital, HospitalRoad
from issuer.onboarding.watch import tick
from schemas.errors import NotFoundError, StateError
from tests.issuer.onboarding.checks.papers import bound
from tests.issuer.onboarding.house import House
from tests.issuer.onboarding.register import HK

HOUR = timedelta(hours=1)


async def hospital(house: House) -> Hospital:
    async with house.context.database.begin() as session:
        return await session.get_one(Hospital, "hk")


async def notices(house: House) -> list[tuple[str, str, bool]]:
    async with house.context.database.begin() as session:
        return [(row.event, row.action, row.over_at is not None) for row in await notices_of(session, "hk")]


async def later(house: House, by: timedelta = HOUR) -> Hospital:
    house.clock.at += by
    await tick(house.context)
    return await hospital(house)


async def a_road(house: House, road: str, **values: Any) -> None:
    shown: dict[str, dict[str, Any]] = {
        "vlei": {"credential": "E" * 44, "aid": "E" * 44, "binding": "E" * 44},
        "certificate": {"sha256": "0" * 64, "not_after": house.clock.at + timedelta(days=365)},
    }
    values = shown[road] | {"keys": [{"id": f"{(await hospital(house)).did}#key-1", "jkt": ""}]} | values
    async with house.context.database.begin() as session:
        session.add(HospitalRoad(hospital="hk", road=road, chain=[], content=b"", checked_at=house.clock.at, **values))


async def test_a_lapse_and_a_retirement_are_seen_within_the_hour(house: House) -> None:
    await bound(house)
    house.register.say(HK, registration_status="LAPSED")
    assert (await later(house)).state == "lapsed"
    assert await notices(house) == [("lei_lapsed", "lapse", False)]
    house.register.say(HK)
    assert (await later(house)).state == "active"
    assert await notices(house) == [("lei_lapsed", "lapse", True)]
    house.register.say(HK, entity_status="INACTIVE", registration_status="RETIRED")
    assert (await later(house)).state == "suspended"
    assert (await notices(house))[0] == ("lei_ended", "suspend", False)
    assert (await hospital(house)).blocked == Reason.LEI_ENDED


@pytest.mark.parametrize("road", ["vlei", "certificate"])
async def test_a_revoked_proof_suspends_once(house: House, road: str) -> None:
    await bound(house)
    await a_road(house, road, ended_at=house.clock.at)
    row = await later(house)
    assert (row.state, row.suspended_by) == ("suspended", "watch")
    assert (await notices(house))[0] == (f"{road}_revoked", "suspend", False)
    await house.bindings.reinstate("hk", who="ana")
    assert (await later(house)).state == "active", "what a person ended is not imposed again while the same thing lasts"
    assert len(await notices(house)) == 1


async def test_what_ran_out_is_told_once_and_is_over_when_it_is_mended(house: House) -> None:
    await bound(house)
    await a_road(house, "certificate", not_after=house.clock.at + timedelta(days=30))
    assert (await later(house)).state == "active"
    assert await notices(house) == []
    await later(house, timedelta(days=100))
    assert sorted(await notices(house)) == [("certificate_expired", "tell", False), ("evidence_expired", "tell", False)]
    await later(house)
    assert len(await notices(house)) == 2
    async with house.context.database.begin() as session:
        number = await session.scalar(select(Notice.id).where(Notice.event == "evidence_expired"))
    assert number
    assert await seen(house.context, number, who="ana") == "hk"
    with pytest.raises(StateError):
        await seen(house.context, number, who="ben")
    with pytest.raises(NotFoundError):
        await seen(house.context, number + 100, who="ben")


async def test_an_lei_that_the_register_no_longer_knows_is_told(house: House) -> None:
    await bound(house)
    record = house.register.records.pop(HK)
    assert (await later(house)).state == "active"
    assert await notices(house) == [("lei_unknown", "tell", False)]
    house.register.records[HK] = record
    await later(house)
    assert await notices(house) == [("lei_unknown", "tell", True)]


@pytest.mark.parametrize("more_settings", [{"watch": {Event.LEI_LAPSED: Action.NOTE, Event.LEI_MOVED: Action.SUSPEND}}])
async def test_the_settings_choose_another_action(house: House) -> None:
    await bound(house)
    house.register.say(HK, registration_status="LAPSED")
    assert (await later(house)).state == "active"
    assert await notices(house) == [("lei_lapsed", "note", False)]
    house.register.records[HK]["attributes"]["entity"]["jurisdiction"] = "MO"
    row = await later(house)
    assert (row.state, row.blocked) == ("suspended", Reason.LEI_MOVED)


@pytest.mark.parametrize("more_settings", [{"watch_minutes": 10}])
async def test_the_settings_choose_how_often(house: House) -> None:
    await bound(house)
    house.register.say(HK, registration_status="LAPSED")
    assert (await later(house, timedelta(minutes=9))).state == "active"
    assert (await later(house, timedelta(minutes=1))).state == "lapsed"


async def test_several_hospitals_are_asked_about_in_one_call(house: House) -> None:
    await bound(house, "hk")
    await bound(house, "sz")
    calls = house.register.calls
    row = await later(house)
    assert house.register.calls == calls + 1
    assert row.lei_checked_at == house.clock.at


def test_every_event_has_an_action_and_a_reason() -> None:
    assert set(DEFAULTS) == set(Event)
    assert {Reason(event) for event in Event} == WATCH_REASONS
    with pytest.raises(ValueError, match="may lapse"):
        policy({Event.VLEI_REVOKED: Action.LAPSE})

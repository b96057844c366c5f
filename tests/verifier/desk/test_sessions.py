"""Requests as rows: every move once, in order, on both databases; a challenge is good for one answer."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from schemas.errors import NotFoundError
from storage import Database, migrate
from storage.clock import FixedClock
from verifier.desk.purposes import Purpose
from verifier.desk.sessions import CLAIM_SECONDS, Sessions
from verifier.desk.states import COMES_FROM, FINAL, SessionState
from verifier.desk.tables import SessionRow
from web.live import Bell

VERDICT = {"verdict": "genuine", "credentials": [{}]}


@pytest.fixture
async def sessions(database_url: str, clock: FixedClock) -> AsyncIterator[Sessions]:
    database = Database(database_url)
    await migrate(database, "verifier.desk")
    yield Sessions(database, clock, Bell(), request_seconds=180, idle_seconds=60, content_seconds=600, keep_days=90)
    await database.close()


async def _open(sessions: Sessions, person: str = "nurse") -> SessionRow:
    return await sessions.open(person=person, types=["ImmunizationCredential"], purpose=Purpose.TREATMENT, words="Treatment")


async def test_a_session_is_read_back_as_it_was_opened(sessions: Sessions, clock: FixedClock) -> None:
    row = await sessions.get((await _open(sessions)).id)
    assert (row.state, row.types, row.expires_at) == (
        SessionState.WAITING,
        ["ImmunizationCredential"],
        clock.at + timedelta(seconds=180),
    )
    assert isinstance(row.state, SessionState)


async def test_challenge_code_and_id_are_never_the_same_twice(sessions: Sessions) -> None:
    rows = [await _open(sessions) for _ in range(5)]
    assert len({text for row in rows for text in (row.id, row.code, row.challenge)}) == 15
    assert {uuid.UUID(row.challenge).version for row in rows} == {4}  # random, and the only form ACA-Py takes


async def test_another_member_of_staff_is_not_told_that_a_session_exists(sessions: Sessions) -> None:
    row = await _open(sessions)
    assert (await sessions.of(row.id, "nurse")).id == row.id
    with pytest.raises(NotFoundError) as refused:
        await sessions.of(row.id, "porter")
    assert refused.value.code == "desk.no_session"


async def test_an_answer_is_claimed_once_even_when_two_try_at_the_same_time(sessions: Sessions) -> None:
    row = await _open(sessions)
    assert sorted(await asyncio.gather(*(sessions.claim(row.id) for _ in range(4)))) == [False, False, False, True]


async def test_a_claim_left_by_a_dead_process_is_taken_over(sessions: Sessions, clock: FixedClock) -> None:
    row = await _open(sessions)
    await sessions.claim(row.id)
    assert await sessions.unfinished() == []
    clock.at += timedelta(seconds=CLAIM_SECONDS + 1)
    assert await sessions.unfinished() == [row.id]
    assert await sessions.claim(row.id)
    assert not await sessions.claim(row.id)


@pytest.mark.parametrize("final", sorted(FINAL))
async def test_nothing_moves_a_session_that_is_over(sessions: Sessions, final: SessionState) -> None:
    row = await _open(sessions)
    if final is SessionState.SHARED:
        await sessions.claim(row.id)
        await sessions.shared(row.id, VERDICT, readable=True)
    else:
        await sessions.end(row.id, final)
    assert not await sessions.scanned(row.id)
    assert not await sessions.claim(row.id)
    assert not await sessions.end(row.id, SessionState.DECLINED)
    assert (await sessions.get(row.id)).state is final


def test_every_state_but_the_first_can_be_entered_and_none_after_the_end() -> None:
    assert set(COMES_FROM) == set(SessionState) - {SessionState.WAITING}
    assert not any(FINAL & sources for sources in COMES_FROM.values())


async def test_the_invitation_is_dropped_at_the_end(sessions: Sessions) -> None:
    row = await _open(sessions)
    assert await sessions.asked(row.id, exchange_id="e1", invitation_url="http://agent?oob=x", invitation={"@id": "x"})
    assert not await sessions.asked(row.id, exchange_id="e2", invitation_url="http://agent?oob=y", invitation={"@id": "y"})
    await sessions.end(row.id, SessionState.DECLINED)
    row = await sessions.get(row.id)
    assert (row.exchange_id, row.invitation, row.invitation_url) == ("e1", None, None)


async def test_the_record_is_readable_while_somebody_reads_and_never_longer_than_the_limit(
    sessions: Sessions, clock: FixedClock
) -> None:
    row = await _open(sessions)
    await sessions.claim(row.id)
    await sessions.shared(row.id, VERDICT, readable=True)
    for _ in range(11):
        clock.at += timedelta(seconds=50)
        assert await sessions.still_reading(row.id)
    clock.at += timedelta(seconds=50)  # 600 seconds after the end
    assert not await sessions.still_reading(row.id)
    assert [each.id for each in await sessions.to_wipe()] == [row.id]


async def test_the_record_is_gone_after_a_minute_without_a_reader(sessions: Sessions, clock: FixedClock) -> None:
    row = await _open(sessions)
    await sessions.claim(row.id)
    await sessions.shared(row.id, VERDICT, readable=True)
    assert await sessions.to_wipe() == []
    clock.at += timedelta(seconds=60)
    assert not await sessions.still_reading(row.id)
    assert [each.id for each in await sessions.to_wipe()] == [row.id]
    await sessions.wiped(row.id)
    assert await sessions.to_wipe() == []
    assert (await sessions.get(row.id)).verdict == VERDICT


async def test_a_purpose_in_the_clinics_own_words_is_forgotten_some_time_after_the_end(
    sessions: Sessions, clock: FixedClock
) -> None:
    own = await sessions.open(person="nurse", types=[], purpose=Purpose.OTHER, words="CANARY-NOTE-5T8W")
    listed = await _open(sessions)
    for row in (own, listed):
        await sessions.end(row.id, SessionState.EXPIRED)
    await sessions.forget_words()
    assert (await sessions.get(own.id)).words == "CANARY-NOTE-5T8W"  # the same request can still be asked again
    clock.at += timedelta(seconds=601)
    await sessions.forget_words()
    assert [(await sessions.get(row.id)).words for row in (own, listed)] == ["", "Treatment"]


async def test_a_change_rings_the_bell_and_a_refused_one_does_not(sessions: Sessions) -> None:
    row = await _open(sessions)
    with sessions.bell.watch(row.id) as ring:
        await sessions.scanned(row.id)
        assert ring.is_set()
        ring.clear()
        await sessions.scanned(row.id)
        assert not ring.is_set()


async def test_what_ended_long_ago_is_forgotten_once_the_agent_holds_nothing_of_it(sessions: Sessions, clock: FixedClock) -> None:
    waiting, declined, shared, wiped = [await _open(sessions) for _ in range(4)]
    await sessions.end(declined.id, SessionState.DECLINED)
    for row in (shared, wiped):
        assert await sessions.claim(row.id)
        assert await sessions.shared(row.id, VERDICT, readable=True)
    for row in (declined, wiped):
        await sessions.wiped(row.id)
    clock.at += timedelta(days=90)
    await sessions.forget_old()
    assert len(await sessions.recent("nurse")) == 4
    clock.at += timedelta(seconds=1)
    await sessions.forget_old()
    assert {row.id for row in await sessions.recent("nurse")} == {waiting.id, shared.id}

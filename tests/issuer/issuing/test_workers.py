"""Several processes work on the same rows: each row is one worker's at a time, and a lease that ran out changes hands safely."""

import asyncio
from datetime import timedelta

from issuer.claims import BACK_OFF_MOST, LEASE, claim, held, put_off
from issuer.console import previews
from issuer.console.tables import IssuePreview
from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState
from issuer.issuing.tables import Credential
from tests.issuer.conftest import NOW
from tests.issuer.issuing.house import House


async def test_two_workers_at_once_double_nothing(house: House) -> None:
    one, two = house.open(), house.open()
    ids = [(await house.submit(one, f"key-{number}"))[0] for number in range(20)]
    for _ in range(40):
        await asyncio.gather(
            house.round(one, "issuing:hk", "ledger", "status"), house.round(two, "issuing:hk", "ledger", "status")
        )
        house.agent.act()
        house.clock.at += timedelta(seconds=2)
    rows = [await house.read(one, each) for each in ids]
    assert {row.state for row in rows} == {"acknowledged"}
    assert house.agent.calls.count("offer") == 20
    assert house.agent.calls.count("issue") == 20
    assert all(len(entries) == 1 for entries in house.agent.wallet.stored.values())
    assert len(set(house.ledger.submitted)) == len(house.ledger.submitted)
    assert house.agent.wallet.problems == []


async def test_claims_do_not_overlap(house: House) -> None:
    one, two = house.open(), house.open()
    for number in range(12):
        await house.submit(one, f"key-{number}")
    drafted = Credential.state == CredentialState.DRAFTED
    found = await asyncio.gather(*(claim(context, Credential, drafted, limit=4) for context in (one, two, one, two)))
    ids = [row.id for rows in found for row in rows]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 4


async def test_who_lost_the_claim_records_nothing(house: House, context: IssuerContext) -> None:
    await house.submit(context)
    [first] = await claim(context, Credential, limit=1)
    assert await claim(context, Credential, limit=1) == []
    house.clock.at += LEASE
    [second] = await claim(context, Credential, limit=1)
    assert second.attempt == 2
    async with context.database.begin() as session:
        assert await held(session, first) is None
        assert await held(session, second) is not None


async def test_an_offer_that_came_late_is_closed_once_another_stands(house: House) -> None:
    slow, quick = house.open(), house.open()
    [credential] = await house.submit(quick)
    offer = house.agent.offer
    arrived, gate = asyncio.Event(), asyncio.Event()

    async def late_offer(*args: object, **values: object) -> object:
        arrived.set()
        await gate.wait()
        return await offer(*args, **values)  # type: ignore[arg-type]

    house.agent.offer = late_offer  # type: ignore[assignment, method-assign]
    hanging = asyncio.create_task(house.round(slow, "issuing:hk"))
    await arrived.wait()
    house.clock.at += LEASE
    house.agent.offer = offer  # type: ignore[method-assign]
    house.agent.wallet.answers = False
    await house.round(quick, "issuing:hk")
    gate.set()
    await hanging
    assert len(house.agent.exchanges) == 2
    house.agent.wallet.answers = True
    await house.round(quick, "sweep")
    await house.run(quick)
    assert (await house.read(quick, credential)).state == "acknowledged"
    assert len(house.agent.wallet.stored[f"urn:uuid:{credential}"]) == 1
    assert house.agent.exchanges == {}


def test_pauses_grow_and_end_at_five_minutes() -> None:
    row = Credential(attempt=1)
    waits = []
    for attempt in range(1, 20):
        row.attempt = attempt
        put_off(row, NOW)
        assert row.due_at is not None
        waits.append(row.due_at - NOW)
    assert waits[0] == timedelta(seconds=4)
    assert waits == sorted(waits)
    assert waits[-1] == BACK_OFF_MOST


async def test_what_nobody_confirmed_is_deleted_though_nobody_comes_back(house: House, context: IssuerContext) -> None:
    token = await previews.keep(context, previews.Upload(b"{}", []), who="cho", hospital="hk", binding="b")
    assert await house.round(context, "previews") == 0
    house.clock.at += previews.KEPT
    assert await house.round(context, "previews") == 1
    async with context.database.begin() as session:
        assert await session.get(IssuePreview, token) is None

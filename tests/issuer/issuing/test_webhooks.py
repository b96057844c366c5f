"""Webhooks are hints: in any order, twice, late, forged or not at all, the end is the same."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.events import AgentEvent
from issuer.context import IssuerContext
from issuer.issuing.watching import hint, watch_exchanges
from tests.issuer.issuing.house import House


def event(house: House, exchange: str, state: str, *, topic: str = "issue_credential_v2_0", agent: str = "hk") -> AgentEvent:
    return AgentEvent(agent=agent, wallet_id="", topic=topic, record_id=exchange, state=state, connection_id="")


@given(seed=st.integers(0, 2**32), lost=st.floats(0, 1), doubled=st.floats(0, 1), late=st.floats(0, 1))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order_of_webhooks_ends_in_one_credential(
    house: House, seed: int, lost: float, doubled: float, late: float
) -> None:
    chance = random.Random(seed)
    context = house.open()
    [credential] = await house.submit(context, f"key-{seed}-{lost}-{doubled}-{late}")
    house.agent.events.clear()
    for _ in range(12):
        await house.round(context, "issuing:hk", "ledger")
        house.agent.act()
        waiting, house.agent.events = house.agent.events, []
        chance.shuffle(waiting)
        for each in waiting:
            if chance.random() < late:
                house.agent.events.append(each)
            elif chance.random() >= lost:
                await hint(context, each)
                if chance.random() < doubled:
                    await hint(context, each)
    await house.run(context)
    row = await house.read(context, credential)
    assert row.state == "acknowledged"
    assert len(house.agent.wallet.stored[f"urn:uuid:{credential}"]) == 1
    assert house.agent.exchanges == {}
    await context.database.close()


async def test_a_webhook_makes_the_next_step_due_at_once(house: House, context: IssuerContext) -> None:
    house.agent.wallet.answers = False
    [credential] = await house.submit(context)
    await house.run(context)
    row = await house.read(context, credential)
    assert row.due_at == row.expires_at
    assert row.exchange_id is not None
    house.agent.accept(row.exchange_id)
    await hint(context, house.agent.events[-1])
    assert (await house.read(context, credential)).due_at == house.clock.now()
    await watch_exchanges(context, "hk")
    assert (await house.read(context, credential)).state == "accepted"


async def test_a_webhook_that_comes_while_the_exchange_is_read_is_not_forgotten(house: House, context: IssuerContext) -> None:
    house.agent.wallet.answers = False
    [credential] = await house.submit(context)
    await house.round(context, "issuing:hk")
    row = await house.read(context, credential)
    assert row.exchange_id is not None
    read = house.agent.credential_exchange

    async def read_before_the_wallet_answers(exchange_id: str) -> object:
        exchange = await read(exchange_id)
        house.clock.at = house.clock.at.replace(microsecond=1)
        house.agent.accept(exchange_id)
        await hint(context, house.agent.events[-1])
        return exchange

    house.clock.at = row.due_at or house.clock.at
    house.agent.credential_exchange = read_before_the_wallet_answers  # type: ignore[assignment, method-assign]
    await watch_exchanges(context, "hk")
    house.agent.credential_exchange = read  # type: ignore[method-assign]
    assert (await house.read(context, credential)).state == "offered"
    await watch_exchanges(context, "hk")
    assert (await house.read(context, credential)).state == "accepted"


@pytest.mark.parametrize(
    ("state", "topic", "agent", "own"),
    [
        ("done", "issue_credential_v2_0", "hk", True),
        ("abandoned", "issue_credential_v2_0", "hk", True),
        ("request-received", "issue_credential_v2_0", "sz", True),
        ("request-received", "connections", "hk", True),
        ("request-received", "issue_credential_v2_0", "hk", False),
        ("nonsense", "issue_credential_v2_0", "hk", True),
    ],
)
async def test_what_a_webhook_says_is_never_believed(
    house: House, context: IssuerContext, state: str, topic: str, agent: str, own: bool
) -> None:
    house.agent.wallet.answers = False
    [credential] = await house.submit(context)
    await house.round(context, "issuing:hk")
    row = await house.read(context, credential)
    exchange = row.exchange_id if own and row.exchange_id else "another"
    await hint(context, event(house, exchange, state, topic=topic, agent=agent))
    await house.run(context)
    after = await house.read(context, credential)
    assert after.state == "offered"
    assert after.signed is None

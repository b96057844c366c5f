"""A process that dies anywhere in a round is continued by the next one; nothing is lost and nothing is doubled.

The operator is killed before every single statement it sends to the database, before every commit, and on both sides
of the witness's answer. Then a new operator on the same database does its rounds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Engine, event, func, select

from ledger.database import reading
from ledger.fsck import fsck
from ledger.keys import SigningKey
from ledger.operator import Operator
from ledger.receipt import verify_receipt
from ledger.tables import commitment, epoch_tree, log_leaf
from ledger.witnessing import WitnessClient
from storage.clock import FixedClock


class Killed(BaseException):
    """What a killed process leaves behind: nothing that was not committed."""


@contextmanager
def killed_at(engine: Engine, when: str, number: int) -> Iterator[list[int]]:
    """Die at the `number`-th event `when` of the database; yields how many were seen."""
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1
        if seen[0] == number:
            raise Killed

    event.listen(engine, when, count)
    try:
        yield seen
    finally:
        event.remove(engine, when, count)


@pytest.fixture
def start(
    engine: Engine, log_key: SigningKey, witness_key: SigningKey, http: httpx.AsyncClient, clock: FixedClock
) -> Callable[[], Operator]:
    """Start an operator process on the database."""
    numbers = iter(range(1_000_000))

    def begin() -> Operator:
        client = WitnessClient("http://witness.test", witness_key.verifier_key, http)
        return Operator(engine, log_key, [client], 1, clock, lambda count: next(numbers).to_bytes(count, "big"))

    return begin


@pytest.fixture
def assert_whole(engine: Engine, start, log_key: SigningKey, witness_key: SigningKey, commitments):
    """Every commitment ever handed in gets exactly one place and one good receipt, and fsck finds no fault."""

    async def check(handed_in) -> None:
        operator = start()
        await operator.step()
        receipts = await operator.receipts(handed_in)
        for one in handed_in:
            finding = verify_receipt(
                receipts[one.digest], one, logs=[log_key.verifier_key], witnesses=[witness_key.verifier_key], quorum=1
            )
            assert finding.established
        with reading(engine) as connection:
            ours = select(func.count()).select_from(commitment).where(commitment.c.decoy.is_(False))
            assert connection.execute(ours).scalar_one() == len(handed_in)
            trees = connection.execute(select(func.count()).select_from(epoch_tree)).scalar_one()
            assert connection.execute(select(func.count()).select_from(log_leaf)).scalar_one() == trees
        report = fsck(engine, log_key.verifier_key, [witness_key.verifier_key], 1)
        assert report.faults == []

    return check


@pytest.mark.parametrize("when", ["before_cursor_execute", "commit"])
async def test_killed_at_every_point_of_a_round(engine: Engine, start, assert_whole, commitments, when: str) -> None:
    handed_in = []
    number = 0
    while True:
        number += 1
        new = [
            *commitments(2, seed=f"round {number}"),
            *commitments(1, seed=f"round {number}", algorithm="sm3"),
        ]
        await start().submit(new)
        handed_in += new
        with killed_at(engine, when, number) as seen:
            try:
                await start().step()
            except Killed:
                continue
        assert seen[0] < number
        break
    assert number > 3
    await assert_whole(handed_in)


async def test_killed_while_handing_in(engine: Engine, start, assert_whole, commitments) -> None:
    mine = commitments(3)
    with killed_at(engine, "commit", 1), pytest.raises(Killed):
        await start().submit(mine)
    await start().submit(mine)
    await assert_whole(mine)


@pytest.mark.parametrize("moment", ["before the witness hears", "after the witness stored"])
async def test_killed_around_the_witness(start, assert_whole, commitments, switch, moment: str) -> None:
    first, second = commitments(2), commitments(2, seed="second")
    await start().submit(first)
    await start().step()

    def die(request: httpx.Request) -> httpx.Response:
        if moment == "after the witness stored":
            assert switch.honest(request).status_code == 200
        raise Killed

    await start().submit(second)
    switch.handler = die
    with pytest.raises(Killed):
        await start().step()
    switch.come_back()
    await assert_whole([*first, *second])

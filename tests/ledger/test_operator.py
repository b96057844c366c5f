"""A commitment's life: submitted, in an epoch, published; witnesses away and back; nothing lost, nothing twice."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.database import reading, writing
from ledger.finding import LedgerFinding, Reason
from ledger.keys import KeyType, SigningKey
from ledger.merkle import SHA256, verify_consistency
from ledger.notes import SignedNote
from ledger.operator import Operator
from ledger.receipt import Receipt, verify_receipt
from ledger.sealing import CommitmentState
from ledger.tables import checkpoint, commitment, epoch_tree, log_leaf
from ledger.witnessing import Outcome, WitnessClient
from schemas.errors import InputError, NotFoundError, StateError
from storage.clock import FixedClock


@pytest.fixture
def find(log_key: SigningKey, witness_key: SigningKey):
    def check(receipt: Receipt, one: Commitment) -> LedgerFinding:
        return verify_receipt(receipt, one, logs=[log_key.verifier_key], witnesses=[witness_key.verifier_key], quorum=1)

    return check


def states(submitted: int, in_epoch: int, published: int) -> dict[CommitmentState, int]:
    return {
        CommitmentState.SUBMITTED: submitted,
        CommitmentState.IN_EPOCH: in_epoch,
        CommitmentState.PUBLISHED: published,
    }


async def test_from_submitted_to_published(operator: Operator, commitments, find, clock: FixedClock) -> None:
    mine = commitments(3)
    await operator.submit(mine)
    assert await operator.counts() == states(3, 0, 0)
    assert await operator.receipts(mine) == {}
    await operator.step()
    assert await operator.counts() == states(0, 0, 3)
    receipts = await operator.receipts(mine)
    assert receipts.keys() == {one.digest for one in mine}
    for one in mine:
        finding = find(receipts[one.digest], one)
        assert (finding.established, finding.integrated_at) == (True, clock.now())
    assert (await operator.checkpoint()).startswith("ledger.example/sz\n1\n")


async def test_two_algorithms_are_two_trees_of_one_epoch(operator: Operator, engine: Engine, commitments, find) -> None:
    ours, theirs = commitments(2), commitments(2, algorithm="sm3")
    await operator.submit([*ours, *theirs])
    await operator.step()
    receipts = await operator.receipts([*ours, *theirs])
    assert all(find(receipts[one.digest], one).established for one in [*ours, *theirs])
    with reading(engine) as connection:
        rows = connection.execute(select(epoch_tree.c.epoch, epoch_tree.c.algorithm).order_by(epoch_tree.c.id)).all()
    assert [tuple(row) for row in rows] == [(1, "sha-256"), (1, "sm3")]


async def test_one_digest_under_two_algorithms_is_two_commitments(operator: Operator, engine: Engine) -> None:
    both = [Commitment(algorithm, bytes(32)) for algorithm in Algorithm]
    await operator.submit(both)
    await operator.step()
    for one in both:
        receipts = await operator.receipts([one])
        assert receipts[one.digest].algorithm is one.algorithm


async def test_handing_in_again_changes_nothing(operator: Operator, engine: Engine, commitments) -> None:
    mine = commitments(3)
    await operator.submit([*mine, *mine])
    await operator.submit(mine)
    await operator.step()
    first = await operator.receipts(mine)
    await operator.submit(mine)
    await operator.step()
    await operator.submit(commitments(5, seed="later"))
    await operator.step()
    assert await operator.receipts(mine) == first
    with reading(engine) as connection:
        assert len(connection.execute(select(log_leaf)).all()) == 2


async def test_an_idle_round_does_nothing(operator: Operator, engine: Engine, commitments, switch) -> None:
    await operator.step()
    with pytest.raises(NotFoundError) as error:
        await operator.checkpoint()
    assert error.value.code == "ledger.no_checkpoint"
    await operator.submit(commitments(1))
    await operator.step()
    asked = switch.asked
    await operator.step()
    assert switch.asked == asked
    with reading(engine) as connection:
        assert len(connection.execute(select(checkpoint)).all()) == 1


async def test_epochs_hide_how_many_records_there_were(operator: Operator, engine: Engine, commitments) -> None:
    await operator.submit(commitments(5))
    await operator.step()
    with reading(engine) as connection:
        leaves = connection.execute(select(commitment).order_by(commitment.c.position)).all()
    assert len(leaves) == 16
    assert [bytes(leaf.digest) for leaf in leaves] == sorted(bytes(leaf.digest) for leaf in leaves)
    assert sum(leaf.decoy for leaf in leaves) == 11
    decoy = next(leaf for leaf in leaves if leaf.decoy)
    assert await operator.receipts([Commitment(Algorithm.SHA_256, bytes(decoy.digest))]) == {}


async def test_while_the_witness_is_away_everything_waits(operator: Operator, commitments, switch, find) -> None:
    first, second = commitments(2), commitments(2, seed="second")
    switch.go_away()
    await operator.submit(first)
    await operator.step()
    await operator.step()
    assert operator.outcomes == {"witness.example/hk": Outcome.UNREACHABLE}
    await operator.submit(second)
    await operator.step()
    assert await operator.counts() == states(0, 4, 0)
    assert await operator.receipts([*first, *second]) == {}
    switch.come_back()
    await operator.step()
    assert await operator.counts() == states(0, 0, 4)
    receipts = await operator.receipts([*first, *second])
    assert all(find(receipts[one.digest], one).established for one in [*first, *second])
    assert operator.outcomes == {"witness.example/hk": Outcome.COSIGNED}


async def test_each_receipt_rests_on_the_first_checkpoint_that_covers_it(
    operator: Operator, commitments, find, clock: FixedClock
) -> None:
    first, second = commitments(1), commitments(1, seed="second")
    await operator.submit(first)
    await operator.step()
    at = clock.now()
    clock.at = at + timedelta(seconds=10)
    await operator.submit(second)
    await operator.step()
    receipts = await operator.receipts([*first, *second])
    found = [find(receipts[one.digest], one) for one in [*first, *second]]
    assert [(one.size, one.integrated_at) for one in found] == [(1, at), (2, clock.now())]


async def test_consistency_between_checkpoints(operator: Operator, commitments) -> None:
    heads = []
    for number in range(6):
        await operator.submit(commitments(1, seed=str(number)))
        await operator.step()
        heads.append(Checkpoint.parse(SignedNote.parse(await operator.checkpoint()).body))
    for old in heads:
        for new in heads[old.size :]:
            proof = await operator.consistency(old.size, new.size)
            assert verify_consistency(SHA256, old.size, old.root, new.size, new.root, proof)
    for old_size, new_size in ((3, 2), (-1, 2), (1, 7)):
        with pytest.raises(InputError) as error:
            await operator.consistency(old_size, new_size)
        assert error.value.code == "ledger.sizes"


async def test_a_restarted_operator_goes_on(
    operator: Operator, engine: Engine, log_key: SigningKey, witness_key: SigningKey, http, clock, commitments, find
) -> None:
    first, second = commitments(2), commitments(2, seed="second")
    await operator.submit(first)
    await operator.step()
    client = WitnessClient("http://witness.test", witness_key.verifier_key, http)
    restarted = Operator(engine, log_key, [client], 1, clock, bytes_from_zero())
    await restarted.submit(second)
    await restarted.step()
    receipts = await restarted.receipts([*first, *second])
    assert all(find(receipts[one.digest], one).established for one in [*first, *second])


def bytes_from_zero():
    numbers = iter(range(1000))
    return lambda count: next(numbers).to_bytes(count, "big")


@pytest.mark.parametrize(("name", "seed"), [("ledger.example/sz", "77" * 32), ("ledger.example/renamed", "11" * 32)])
async def test_another_name_or_key_does_not_continue_a_log(
    operator: Operator, engine: Engine, clock, commitments, name: str, seed: str
) -> None:
    await operator.submit(commitments(1))
    await operator.step()
    stranger = Operator(engine, SigningKey.from_seed(name, KeyType.NOTE, seed), [], 0, clock, bytes_from_zero())
    with pytest.raises(StateError) as error:
        await stranger.step()
    assert error.value.code == "ledger.other_key"


async def test_without_witnesses_a_log_publishes_alone(engine: Engine, log_key, clock, commitments) -> None:
    alone = Operator(engine, log_key, [], 0, clock, bytes_from_zero())
    mine = commitments(1)
    await alone.submit(mine)
    await alone.step()
    receipt = (await alone.receipts(mine))[mine[0].digest]
    trust = {"logs": [log_key.verifier_key], "witnesses": []}
    assert verify_receipt(receipt, mine[0], **trust, quorum=0).established
    assert verify_receipt(receipt, mine[0], **trust, quorum=1).reason is Reason.NO_QUORUM


async def test_one_dead_witness_of_two_does_not_stop_a_quorum_of_one(
    engine: Engine, log_key, witness_key, http, clock, commitments, find
) -> None:
    dead_key = SigningKey.from_seed("witness.example/dead", KeyType.COSIGNATURE, "88" * 32)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as nowhere:
        dead = WitnessClient("http://dead.test", dead_key.verifier_key, nowhere)
        alive = WitnessClient("http://witness.test", witness_key.verifier_key, http)
        one = Operator(engine, log_key, [dead, alive], 1, clock, bytes_from_zero())
        mine = commitments(1)
        await one.submit(mine)
        await one.step()
        assert find((await one.receipts(mine))[mine[0].digest], mine[0]).established
        both = Operator(engine, log_key, [dead, alive], 2, clock, bytes_from_zero_after(500))
        more = commitments(1, seed="more")
        await both.submit(more)
        await both.step()
        assert await both.receipts(more) == {}


def bytes_from_zero_after(start: int):
    numbers = iter(range(start, start + 1000))
    return lambda count: next(numbers).to_bytes(count, "big")


async def test_a_cosignature_once_given_is_not_asked_for_again(
    engine: Engine, log_key, witness_key, http, clock, commitments, switch
) -> None:
    """One of two witnesses answered before a crash; the restarted operator asks only the other."""
    dead_key = SigningKey.from_seed("witness.example/dead", KeyType.COSIGNATURE, "88" * 32)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as nowhere:
        dead = WitnessClient("http://dead.test", dead_key.verifier_key, nowhere)
        alive = WitnessClient("http://witness.test", witness_key.verifier_key, http)
        await (operator := Operator(engine, log_key, [dead, alive], 2, clock, bytes_from_zero())).submit(commitments(1))
        await operator.step()
        assert switch.asked == 1
        await Operator(engine, log_key, [dead, alive], 2, clock, bytes_from_zero()).step()
        assert switch.asked == 1


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM commitment",
        "UPDATE commitment SET tree = NULL",
        "UPDATE commitment SET position = position + 100",
        "UPDATE epoch_tree SET root = 'x'",
        "DELETE FROM epoch_tree",
        "UPDATE checkpoint SET note = 'x'",
        "UPDATE checkpoint SET published_at = NULL",
        "DELETE FROM checkpoint",
        "UPDATE cosignature SET line = 'x'",
        "DELETE FROM cosignature",
    ],
)
async def test_the_database_refuses_to_take_steps_back(operator: Operator, engine: Engine, commitments, change: str) -> None:
    await operator.submit(commitments(1))
    await operator.step()
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(change))


async def test_a_waiting_commitment_cannot_be_swapped(operator: Operator, engine: Engine, commitments) -> None:
    await operator.submit(commitments(1))
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text("UPDATE commitment SET algorithm = 'sm3'"))

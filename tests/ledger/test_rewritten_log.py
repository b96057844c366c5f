"""An operator who owns the database and the key rewrites history. The witness refuses, and whoever remembers can tell.

The attacker here does it well: triggers dropped, a leaf and every hash above it replaced, the epoch, the commitment and the
checkpoint made to fit, all signed again with the log's real key.
"""

import pytest
from sqlalchemy import Connection, Engine, select, text

from ledger import publishing, tlog
from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.database import reading, writing
from ledger.epoch import EpochTree
from ledger.fsck import fsck
from ledger.keys import SigningKey
from ledger.memory import Continuity, LogHead, LogMemory
from ledger.merkle import SHA256
from ledger.notes import SignedNote, sign
from ledger.operator import Operator
from ledger.receipt import verify_receipt
from ledger.receipting import leaves_of
from ledger.tables import checkpoint, commitment, epoch_tree, log_leaf, log_node
from ledger.witness.cosigning import Witness
from ledger.witness_request import AddCheckpoint
from ledger.witnessing import Outcome
from schemas.errors import StateError

INSTEAD = bytes(range(32))
"""The digest the attacker wants to have been there all along."""


class Drawer:
    def __init__(self) -> None:
        self.heads: dict[str, LogHead] = {}

    def recall(self, origin: str) -> LogHead | None:
        return self.heads.get(origin)

    def remember(self, head: LogHead) -> None:
        self.heads[head.origin] = head


def drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("DROP FUNCTION refuse_change() CASCADE"))


def rewrite_first_epoch(connection: Connection, victim: bytes) -> None:
    """Put INSTEAD where `victim` was, and make everything else in the log and its epochs fit."""
    drop_triggers(connection)
    connection.execute(commitment.update().where(commitment.c.digest == victim).values(digest=INSTEAD))
    leaves = sorted(leaves_of(connection, 1))
    connection.execute(commitment.update().where(commitment.c.tree == 1).values(position=None))
    for position, leaf in enumerate(leaves):
        connection.execute(commitment.update().where(commitment.c.digest == leaf).values(position=position))
    tree = EpochTree(Algorithm.SHA_256, leaves)
    connection.execute(epoch_tree.update().where(epoch_tree.c.id == 1).values(root=tree.root))
    entry = tree.entry()
    connection.execute(log_leaf.update().where(log_leaf.c.position == 0).values(entry=entry, hash=SHA256.leaf(entry)))
    nodes = connection.execute(select(log_node).where(log_node.c.position == 0).order_by(log_node.c.level)).all()
    stored = tlog.SqlTree(connection)
    for row in nodes:
        fixed = SHA256.node(stored.node(row.level - 1, 0), stored.node(row.level - 1, 1))
        this = (log_node.c.level == row.level) & (log_node.c.position == 0)
        connection.execute(log_node.update().where(this).values(hash=fixed))


def sign_again(connection: Connection, key: SigningKey) -> SignedNote:
    """A checkpoint of the log as it is now, under the real key; whatever was published before is gone."""
    size = tlog.size(connection)
    note = sign(Checkpoint(key.verifier_key.name, size, tlog.root(connection, size)).body(), key)
    connection.execute(text("DELETE FROM cosignature"))
    connection.execute(text("DELETE FROM checkpoint"))
    return note


@pytest.fixture
async def history(operator: Operator, commitments) -> list[Commitment]:
    """Five published epochs."""
    handed_in = [commitments(1, seed=str(number))[0] for number in range(5)]
    for one in handed_in:
        await operator.submit([one])
        await operator.step()
    return handed_in


def head_of(note: SignedNote) -> LogHead:
    head = Checkpoint.parse(note.body)
    return LogHead(head.origin, head.size, head.root)


async def test_the_witness_refuses_and_the_memory_says_fork(
    operator: Operator, engine: Engine, log_key: SigningKey, witness: Witness, history: list[Commitment]
) -> None:
    memory = LogMemory(Drawer())
    assert memory.meet(head_of(SignedNote.parse(await operator.checkpoint()))) is Continuity.FIRST

    with writing(engine) as connection:
        rewrite_first_epoch(connection, history[0].digest)
        note = sign_again(connection, log_key)
    assert note.verify([log_key.verifier_key])

    # The same size with another root: a fork that needs no proof to be seen.
    assert memory.meet(head_of(note)) is Continuity.FORK
    answer = witness.add_checkpoint(str(AddCheckpoint(5, (), note)).encode())
    assert (answer.status, answer.body) == (409, "5\n")

    # Grown beyond what was seen: no proof leads from the old root to the new one.
    with writing(engine) as connection:
        tlog.append(connection, [b"one more"])
        grown = sign_again(connection, log_key)
        proof = tlog.consistency(connection, 5, 6)
    assert memory.proof_needed(head_of(grown)) == (5, 6)
    assert memory.meet(head_of(grown), proof) is Continuity.INCONSISTENT
    assert witness.add_checkpoint(str(AddCheckpoint(5, tuple(proof), grown)).encode()).status == 422


async def test_a_rewritten_log_publishes_nothing_more(
    operator: Operator, engine: Engine, log_key: SigningKey, history: list[Commitment], commitments
) -> None:
    """Even with its own record of checkpoints wiped, the operator gets no cosignature, and says why."""
    with writing(engine) as connection:
        rewrite_first_epoch(connection, history[0].digest)
        sign_again(connection, log_key)
    late = commitments(1, seed="late")
    await operator.submit(late)
    await operator.step()
    assert operator.outcomes == {"witness.example/hk": Outcome.INCONSISTENT}
    assert await operator.receipts(late) == {}
    assert await operator.receipts([Commitment(Algorithm.SHA_256, INSTEAD)]) == {}


async def test_the_operators_own_record_stops_a_clumsy_rewrite(
    operator: Operator, engine: Engine, history: list[Commitment], commitments
) -> None:
    with writing(engine) as connection:
        rewrite_first_epoch(connection, history[0].digest)
    await operator.submit(commitments(1, seed="late"))
    with pytest.raises(StateError) as error:
        await operator.step()
    assert error.value.code == "ledger.rewritten"


async def test_receipts_given_before_still_hold_and_convict(
    operator: Operator, engine: Engine, log_key: SigningKey, witness_key: SigningKey, history: list[Commitment]
) -> None:
    victim = history[0]
    receipt = (await operator.receipts([victim]))[victim.digest]
    with writing(engine) as connection:
        rewrite_first_epoch(connection, victim.digest)
    trust = {"logs": [log_key.verifier_key], "witnesses": [witness_key.verifier_key], "quorum": 1}
    finding = verify_receipt(receipt, victim, **trust)
    assert finding.established
    with reading(engine) as connection:
        assert tlog.root(connection, finding.size) != finding.root


async def test_fsck_finds_a_rewrite_by_the_signed_heads(
    operator: Operator, engine: Engine, log_key: SigningKey, witness_key: SigningKey, history: list[Commitment]
) -> None:
    with writing(engine) as connection:
        rewrite_first_epoch(connection, history[0].digest)
    report = fsck(engine, log_key.verifier_key, [witness_key.verifier_key], 1)
    assert {fault.code for fault in report.faults} == {"checkpoint.root"}
    assert [fault.where for fault in report.faults] == [f"checkpoint {size}" for size in range(1, 6)]


async def test_a_log_restored_from_a_backup_is_told_so(
    operator: Operator, engine: Engine, history: list[Commitment], commitments, switch
) -> None:
    """The witness has seen more than this database holds."""
    with writing(engine) as connection:
        drop_triggers(connection)
        connection.execute(text("DELETE FROM cosignature WHERE size > 2"))
        connection.execute(text("DELETE FROM checkpoint WHERE size > 2"))
        connection.execute(text("UPDATE commitment SET tree = NULL, position = NULL WHERE tree > 2 AND decoy = false"))
        connection.execute(text("DELETE FROM commitment WHERE tree > 2"))
        connection.execute(text("DELETE FROM epoch_tree WHERE id > 2"))
        connection.execute(text("DELETE FROM log_node WHERE position * (1 << level) + (1 << level) > 2"))
        connection.execute(text("DELETE FROM log_leaf WHERE position >= 2"))
    await operator.step()
    assert operator.outcomes == {"witness.example/hk": Outcome.AHEAD}
    with reading(engine) as connection:
        assert connection.execute(select(checkpoint.c.published_at).where(checkpoint.c.size == 3)).scalar_one() is None
        assert publishing.published_note(connection) is not None

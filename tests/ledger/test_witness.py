"""The witness only ever moves forward, answers as C2SP tlog-witness says, and stores before it signs."""

import threading

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from ledger.checkpoint import Checkpoint
from ledger.database import open_database, writing
from ledger.keys import KeyType, SigningKey
from ledger.merkle import SHA256, MemoryTree, consistency_proof
from ledger.notes import SignedNote, cosign, parse_signature_lines, sign
from ledger.witness.cosigning import Witness, WitnessAnswer
from ledger.witness_request import AddCheckpoint
from schemas.errors import ConfigError
from storage.migrate import migrate_sync

TREE = MemoryTree(SHA256, [bytes([number]) for number in range(40)])
FORKED = MemoryTree(SHA256, [b"rewritten", *(bytes([number]) for number in range(1, 40))])


@pytest.fixture
def witness(database_url: str, witness_key: SigningKey, log_key: SigningKey, clock):
    """A witness on both engines."""
    migrate_sync(database_url, "ledger.witness")
    engine = open_database(database_url)
    yield Witness(engine, witness_key, [log_key.verifier_key], clock)
    engine.dispose()


@pytest.fixture
def ask(witness: Witness, log_key: SigningKey):
    """`ask(old, new)`: an honest request, parts of which a test may replace."""

    def send(old: int, new: int, *, tree: MemoryTree = TREE, proof=None, key: SigningKey = log_key) -> WitnessAnswer:
        steps = consistency_proof(SHA256, tree, old, new) if proof is None else proof
        note = sign(Checkpoint(key.verifier_key.name, new, tree.root(new)).body(), key)
        return witness.add_checkpoint(str(AddCheckpoint(old, tuple(steps), note)).encode())

    return send


def assert_cosigned(answer: WitnessAnswer, size: int, witness_key: SigningKey, clock) -> None:
    assert answer.status == 200
    body = Checkpoint("ledger.example/sz", size, TREE.root(size)).body()
    verified = SignedNote(body, tuple(parse_signature_lines(answer.body))).verify([witness_key.verifier_key])
    assert [one.at for one in verified] == [clock.now()]


def test_growth_is_cosigned(ask, witness_key: SigningKey, clock) -> None:
    assert_cosigned(ask(0, 1), 1, witness_key, clock)
    assert_cosigned(ask(1, 7), 7, witness_key, clock)
    assert_cosigned(ask(7, 40), 40, witness_key, clock)


def test_the_same_checkpoint_again_is_cosigned_again(ask, witness_key: SigningKey, clock) -> None:
    ask(0, 7)
    assert_cosigned(ask(7, 7), 7, witness_key, clock)


def test_a_wrong_old_size_gets_the_size_it_knows(ask) -> None:
    ask(0, 7)
    for old in (0, 3, 9):
        answer = ask(old, 12)
        assert (answer.status, answer.body, answer.media_type) == (409, "7\n", "text/x.tlog.size")


def test_it_never_goes_back(ask, witness_key: SigningKey, clock) -> None:
    ask(0, 12)
    assert ask(7, 7).status == 409
    assert ask(0, 7).status == 409
    assert_cosigned(ask(12, 13), 13, witness_key, clock)


def test_a_rewritten_log_is_refused(ask, witness_key: SigningKey, clock) -> None:
    ask(0, 7)
    assert ask(7, 12, tree=FORKED).status == 422
    answer = ask(7, 7, tree=FORKED)
    assert (answer.status, answer.body) == (409, "7\n")
    assert_cosigned(ask(7, 12), 12, witness_key, clock)


@pytest.mark.parametrize("proof", [[], [bytes(32)], [bytes(32)] * 63, consistency_proof(SHA256, TREE, 6, 12)])
def test_a_proof_that_does_not_hold_is_refused(ask, proof: list[bytes]) -> None:
    ask(0, 7)
    assert ask(7, 12, proof=proof).status == 422
    assert ask(0, 12).body == "7\n"


def test_a_first_checkpoint_takes_no_proof(ask) -> None:
    assert ask(0, 7, proof=[bytes(32)]).status == 422
    assert ask(0, 7).status == 200


def test_an_old_size_beyond_the_checkpoint(ask) -> None:
    ask(0, 7)
    assert ask(7, 5, proof=[]).status == 400


def test_an_unknown_log(ask) -> None:
    stranger = SigningKey.from_seed("ledger.example/other", KeyType.NOTE, "33" * 32)
    assert ask(0, 7, key=stranger).status == 404


def test_a_known_name_under_another_key(ask) -> None:
    impostor = SigningKey.from_seed("ledger.example/sz", KeyType.NOTE, "44" * 32)
    assert ask(0, 7, key=impostor).status == 403
    assert ask(0, 7).status == 200


def test_a_forged_signature(witness: Witness, log_key: SigningKey) -> None:
    note = sign(Checkpoint("ledger.example/sz", 7, TREE.root(7)).body(), log_key)
    altered = SignedNote(note.body.replace("\n7\n", "\n8\n"), note.signatures)
    answer = witness.add_checkpoint(str(AddCheckpoint(0, (), altered)).encode())
    assert answer.status == 403


def test_other_signatures_on_the_note_are_ignored(witness: Witness, log_key: SigningKey, clock) -> None:
    other = SigningKey.from_seed("witness.example/reg", KeyType.COSIGNATURE, "55" * 32)
    body = Checkpoint("ledger.example/sz", 7, TREE.root(7)).body()
    note = sign(body, log_key).with_signatures([cosign(body, other, clock.now())])
    assert witness.add_checkpoint(str(AddCheckpoint(0, (), note)).encode()).status == 200


@pytest.mark.parametrize("body", [b"", b"old 0\n\n", b"{}", b"old 0\n\nno checkpoint\n\n", bytes(100_000)])
def test_nonsense(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_a_signed_note_that_is_no_checkpoint(witness: Witness, log_key: SigningKey) -> None:
    note = sign("ledger.example/sz\nhello\n", log_key)
    assert witness.add_checkpoint(str(AddCheckpoint(0, (), note)).encode()).status == 400


def test_an_empty_tree_has_one_root(witness: Witness, log_key: SigningKey) -> None:
    for root, status in ((bytes(32), 409), (SHA256.empty_root, 200)):
        note = sign(Checkpoint("ledger.example/sz", 0, root).body(), log_key)
        assert witness.add_checkpoint(str(AddCheckpoint(0, (), note)).encode()).status == status


def test_the_head_is_stored_before_the_cosignature_leaves(ask, witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("ledger.witness.cosigning.cosign", die)
        with pytest.raises(Killed):
            ask(0, 7)
    assert ask(0, 12).body == "7\n"


def test_what_was_not_stored_is_not_cosigned(ask, witness: Witness) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    engine = witness._engine
    event.listen(engine, "commit", fail)
    with pytest.raises(RuntimeError):
        ask(0, 7)
    event.remove(engine, "commit", fail)
    assert ask(3, 12).body == "0\n"


def test_two_requests_at_once_cannot_roll_it_back(ask) -> None:
    ask(0, 1)
    statuses: dict[int, int] = {}
    threads = [threading.Thread(target=lambda new=new: statuses.update({new: ask(1, new).status})) for new in range(2, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses.values()) == [200] + [409] * 7
    (winner,) = (new for new, status in statuses.items() if status == 200)
    assert ask(0, 20).body == f"{winner}\n"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cosigned_head SET size = 3",
        "UPDATE cosigned_head SET root = 'x'",
        "UPDATE cosigned_head SET origin = 'x', size = 9",
        "DELETE FROM cosigned_head",
    ],
)
def test_its_memory_cannot_be_set_back(ask, witness: Witness, change: str) -> None:
    ask(0, 7)
    with pytest.raises(DBAPIError, match="append-only"), writing(witness._engine) as connection:
        connection.execute(text(change))


def test_a_witness_has_a_key_of_its_own(witness: Witness, log_key: SigningKey, clock) -> None:
    same = SigningKey.from_seed("witness.example/hk", KeyType.COSIGNATURE, "11" * 32)
    with pytest.raises(ConfigError) as error:
        Witness(witness._engine, same, [log_key.verifier_key], clock)
    assert error.value.code == "witness.own_log"

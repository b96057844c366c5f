"""The log in SQL: the same tree as in memory however it was appended, and nothing stored ever changes."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ledger import tlog
from ledger.database import reading, writing
from ledger.merkle import SHA256, MemoryTree, inclusion_root, verify_consistency
from ledger.tables import log_node
from schemas.errors import RepeatedError

ENTRIES = [b"entry %d" % number for number in range(70)]
TREE = MemoryTree(SHA256, ENTRIES)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """70 entries in batches of every awkward size."""
    done = 0
    for batch in (1, 1, 2, 3, 5, 8, 13, 21, 16):
        with writing(engine) as connection:
            assert tlog.append(connection, ENTRIES[done : done + batch]) == done
        done += batch
    assert done == len(ENTRIES)
    return engine


def test_the_log_is_the_tree(filled: Engine) -> None:
    with reading(filled) as connection:
        assert tlog.size(connection) == 70
        for size in range(71):
            assert tlog.root(connection, size) == TREE.root(size)


def test_its_proofs_hold(filled: Engine) -> None:
    with reading(filled) as connection:
        for size in (1, 2, 3, 7, 8, 33, 64, 69, 70):
            for position in {0, size // 2, size - 1}:
                path = tlog.inclusion(connection, position, size)
                leaf = SHA256.leaf(ENTRIES[position])
                assert inclusion_root(SHA256, leaf, position, size, path) == TREE.root(size)
            for old in {0, 1, size // 2, size}:
                proof = tlog.consistency(connection, old, size)
                assert verify_consistency(SHA256, old, TREE.root(old), size, TREE.root(size), proof)


def test_only_complete_subtrees_are_stored(filled: Engine) -> None:
    with reading(filled) as connection:
        stored = connection.execute(log_node.select()).all()
    assert {(row.level, row.position) for row in stored} == {
        (level, position) for level in range(1, 7) for position in range(70 >> level)
    }
    assert all(bytes(row.hash) == TREE.node(row.level, row.position) for row in stored)


def test_an_empty_log(engine: Engine) -> None:
    with writing(engine) as connection:
        assert tlog.size(connection) == 0
        assert tlog.root(connection, 0) == SHA256.empty_root
        assert tlog.append(connection, []) == 0
        assert tlog.size(connection) == 0


@pytest.mark.parametrize("batch", [[b"new", b"entry 3"], [b"new", b"new"]])
def test_an_entry_is_logged_once_and_a_failed_batch_leaves_nothing(filled: Engine, batch: list[bytes]) -> None:
    with pytest.raises(RepeatedError) as error, writing(filled) as connection:
        tlog.append(connection, batch)
    assert error.value.code == "ledger.entry_repeated"
    with reading(filled) as connection:
        assert tlog.size(connection) == 70
        assert tlog.root(connection, 70) == TREE.root()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_leaf SET entry = 'x' WHERE position = 3",
        "UPDATE log_leaf SET position = 99 WHERE position = 3",
        "DELETE FROM log_leaf WHERE position = 69",
        "UPDATE log_node SET hash = 'x' WHERE level = 1",
        "DELETE FROM log_node",
    ],
)
def test_the_database_refuses_changes(filled: Engine, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), writing(filled) as connection:
        connection.execute(text(change))


def test_truncate_is_a_change(filled: Engine) -> None:
    if filled.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"), writing(filled) as connection:
        connection.execute(text("TRUNCATE log_node"))

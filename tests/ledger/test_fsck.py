"""fsck reads everything: each kind of damage has its code and its place."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Engine, text

from ledger.database import writing
from ledger.export import export_checkpoints
from ledger.fsck import fsck
from ledger.keys import KeyType, SigningKey
from ledger.notes import SignedNote
from ledger.operator import Operator


@pytest.fixture
async def lived_in(operator: Operator, engine: Engine, commitments, switch) -> Engine:
    """Six epochs, the last two not yet published, one commitment not yet sealed."""
    for number in range(6):
        await operator.submit([*commitments(2, seed=str(number)), *commitments(1, seed=str(number), algorithm="sm3")])
        await operator.step()
        if number == 3:
            switch.go_away()
    await operator.submit(commitments(1, seed="waiting"))
    return engine


@pytest.fixture
def check(log_key: SigningKey, witness_key: SigningKey):
    return lambda engine, quorum=1: fsck(engine, log_key.verifier_key, [witness_key.verifier_key], quorum)


def damage(engine: Engine, *statements: str) -> None:
    """Change rows as someone who owns the database would: no triggers and, on SQLite, no foreign keys in the way."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(engine.url.database or "", autocommit=True)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        return
    with writing(engine) as connection:
        connection.execute(text("DROP FUNCTION refuse_change() CASCADE"))
        for statement in statements:
            connection.execute(text(statement.replace("AS BLOB", "AS BYTEA")))


def test_a_sound_ledger(lived_in: Engine, check) -> None:
    report = check(lived_in)
    assert report.ok
    assert report.faults == []
    assert report.counts == {
        "leaves": 12,
        "checkpoints": 6,
        "epoch_trees": 12,
        "submitted": 1,
        "in_epoch": 6,
        "published": 12,
    }


def test_an_empty_ledger(engine: Engine, check) -> None:
    report = check(engine)
    assert report.ok
    assert report.counts["leaves"] == 0


X = "CAST('x' AS BLOB)"


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        (f"UPDATE log_leaf SET hash = {X} WHERE position = 5", {("leaf.hash", "log_leaf 5")}),
        (f"UPDATE log_node SET hash = {X} WHERE level = 2 AND position = 1", {("node.hash", "log_node 2/1")}),
        ("DELETE FROM log_node WHERE level = 3", {("node.hash", "log_node 3/0"), ("node.count", "log_node")}),
        (f"INSERT INTO log_node VALUES (1, 77, {X})", {("node.count", "log_node")}),
        (
            f"UPDATE checkpoint SET root = {X} WHERE size = 4",
            {("checkpoint.root", "checkpoint 4"), ("checkpoint.note", "checkpoint 4")},
        ),
        (
            "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 2) WHERE size = 4",
            {("checkpoint.bad_signature", "checkpoint 4")},
        ),
        (
            "UPDATE checkpoint SET published_at = signed_at WHERE size = 12",
            {("checkpoint.no_quorum", "checkpoint 12")},
        ),
        ("DELETE FROM cosignature WHERE size = 4", {("checkpoint.no_quorum", "checkpoint 4")}),
        ("DELETE FROM commitment WHERE tree = 3 AND position = 7", {("epoch.leaves", "epoch_tree 3")}),
        (f"UPDATE epoch_tree SET root = {X} WHERE id = 3", {("epoch.root", "epoch_tree 3")}),
        (
            f"UPDATE commitment SET digest = {X} WHERE tree = 3 AND position = 7",
            {("epoch.root", "epoch_tree 3"), ("epoch.entry", "epoch_tree 3")},
        ),
        (
            f"INSERT INTO log_leaf VALUES (12, {X}, {X})",
            {("leaf.hash", "log_leaf 12"), ("epoch.missing", "log_leaf 12")},
        ),
    ],
)
def test_damage_is_found(lived_in: Engine, check, statement: str, faults: set[tuple[str, str]]) -> None:
    damage(lived_in, statement)
    report = check(lived_in)
    assert not report.ok
    assert {(fault.code, fault.where) for fault in report.faults} == faults


def test_a_lost_end_of_the_log(lived_in: Engine, check) -> None:
    damage(
        lived_in,
        "DELETE FROM commitment WHERE tree = 12",
        "DELETE FROM epoch_tree WHERE id = 12",
        "DELETE FROM log_leaf WHERE position = 11",
    )
    assert ("checkpoint.beyond_log", "checkpoint 12") in {(fault.code, fault.where) for fault in check(lived_in).faults}


def test_a_hole_in_the_log(lived_in: Engine, check) -> None:
    damage(
        lived_in,
        "DELETE FROM commitment WHERE tree = 3",
        "DELETE FROM epoch_tree WHERE id = 3",
        "DELETE FROM log_leaf WHERE position = 2",
    )
    assert ("leaf.gap", "log_leaf 2") in {(fault.code, fault.where) for fault in check(lived_in).faults}


def test_another_key(lived_in: Engine, witness_key: SigningKey) -> None:
    other = SigningKey.from_seed("ledger.example/sz", KeyType.NOTE, "44" * 32)
    report = fsck(lived_in, other.verifier_key, [witness_key.verifier_key], 1)
    assert {fault.code for fault in report.faults} == {"checkpoint.unsigned"}


def test_a_higher_quorum_than_was_kept(lived_in: Engine, check) -> None:
    assert {fault.code for fault in check(lived_in, 2).faults} == {"checkpoint.no_quorum"}


def test_exported_checkpoints_are_the_published_ones(lived_in: Engine, log_key, witness_key) -> None:
    notes = [SignedNote.parse(note) for note in export_checkpoints(lived_in)]
    assert [note.body.split("\n")[1] for note in notes] == ["2", "4", "6", "8"]
    for note in notes:
        assert len(note.verify([log_key.verifier_key, witness_key.verifier_key])) == 2
    assert [note.body.split("\n")[1] for note in map(SignedNote.parse, export_checkpoints(lived_in, after=4))] == ["6", "8"]

"""Each room's migrations make exactly the tables its code declares, alone and with others, once and again."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine, inspect, text

from storage import Database, migrate
from storage.engine import driver_url
from storage.migrate import migrate_sync, migrations_folder

# room -> module that, once imported, has declared all its tables, and where its metadata is
ROOMS = {
    "issuer": ("issuer.service", "issuer.tables"),
    "wallet": ("wallet.service", "wallet.tables"),
    "verifier.desk": ("verifier.desk.service", "verifier.desk.tables"),
    "ledger": ("ledger.service", "ledger.tables"),
    "ledger.witness": ("ledger.witness_service", "ledger.witness.tables"),
}


def metadata_of(room: str) -> MetaData:
    service, tables = ROOMS[room]
    importlib.import_module(service)
    module = importlib.import_module(tables)
    found: MetaData = module.Base.metadata if hasattr(module, "Base") else module.metadata
    return found


def differences(engine: Engine, room: str) -> list[Any]:
    """What alembic would change to make the database as the code says; other rooms' tables are not looked at."""
    declared = metadata_of(room)

    def of_this_room(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return kind != "table" or not reflected or name in declared.tables

    with engine.connect() as connection:
        options = {
            "version_table": f"alembic_version_{room.replace('.', '_')}",
            "compare_type": True,
            "include_object": of_this_room,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), declared))


def test_every_room_with_migrations_is_looked_at() -> None:
    root = Path(__file__).parents[2]
    found = {
        ".".join(folder.parent.relative_to(root).parts)
        for folder in root.rglob("migrations")
        if (folder / "env.py").exists() and not any(part.startswith(".") for part in folder.relative_to(root).parts)
    }
    assert found == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_from_empty_to_what_the_code_declares(database_url: str, room: str) -> None:
    migrate_sync(database_url, room)
    engine = create_engine(driver_url(database_url, sync=True))
    try:
        assert differences(engine, room) == []
        declared = metadata_of(room)
        made = set(inspect(engine).get_table_names()) - {f"alembic_version_{room.replace('.', '_')}"}
        assert made == set(declared.tables), "a table nobody declares"
        nullable = {(name, column["name"]): column["nullable"] for name in made for column in inspect(engine).get_columns(name)}
        assert nullable == {
            (table.name, column.name): bool(column.nullable) for table in declared.tables.values() for column in table.columns
        }
    finally:
        engine.dispose()


@pytest.mark.parametrize("room", ROOMS)
def test_one_line_of_migrations(room: str) -> None:
    script = ScriptDirectory(str(migrations_folder(room)))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


async def test_rooms_share_a_database_and_twice_is_once(database_url: str) -> None:
    database = Database(database_url)
    for room in (*ROOMS, *ROOMS):
        await migrate(database, room)
    await database.close()
    engine = create_engine(driver_url(database_url, sync=True))
    try:
        assert {room: differences(engine, room) for room in ROOMS} == {room: [] for room in ROOMS}
        versions = {f"alembic_version_{room.replace('.', '_')}" for room in ROOMS}
        assert versions <= set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_drift_would_be_seen(database_url: str) -> None:
    """Without this, the comparison above could be blind."""
    migrate_sync(database_url, "wallet")
    engine = create_engine(driver_url(database_url, sync=True))
    try:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE accounts ADD COLUMN surplus INTEGER"))
        assert [difference[0] for difference in differences(engine, "wallet")] == ["remove_column"]
    finally:
        engine.dispose()


def test_rows_live_through_a_second_start(database_url: str) -> None:
    migrate_sync(database_url, "ledger.witness")
    engine = create_engine(driver_url(database_url, sync=True))
    try:
        with engine.begin() as connection:
            row = {"origin": "a.example", "size": 7, "root": bytes(32), "note": "n"}
            connection.execute(metadata_of("ledger.witness").tables["cosigned_head"].insert(), row)
        migrate_sync(database_url, "ledger.witness")
        with engine.connect() as connection:
            assert connection.execute(text("SELECT size FROM cosigned_head")).scalar() == 7
    finally:
        engine.dispose()

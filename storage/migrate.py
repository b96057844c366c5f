"""Bring a room's tables up to date with Alembic, from code: no alembic.ini, one migrations folder per room."""

import asyncio
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from storage.engine import Database, driver_url, make_folder


async def migrate(database: Database, room: str) -> None:
    """Upgrade `database` to the newest migration in `<room>/migrations`. Running it twice changes nothing."""
    await asyncio.to_thread(migrate_sync, database.url, room)


def migrate_sync(url: str, room: str) -> None:
    """`migrate` for callers without an event loop."""
    make_folder(url)
    engine = create_engine(driver_url(url, sync=True))
    try:
        with engine.begin() as connection:
            command.upgrade(_config(room, connection), "head")
    finally:
        engine.dispose()


def migrations_folder(room: str) -> Path:
    return Path(str(resources.files(room))) / "migrations"


def _config(room: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder(room)).replace("%", "%%"))
    config.set_main_option("version_table", "alembic_version")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = f"alembic_version_{room.replace('.', '_')}"
    return config

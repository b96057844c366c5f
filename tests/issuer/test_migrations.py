"""The migrations make exactly the tables that the code declares."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from issuer import service
from issuer.tables import Base
from storage import Database, migrate


async def test_migrated_tables_are_the_declared_ones(database: Database) -> None:
    await migrate(database, "issuer")
    assert service.create_app is not None, "importing the service declares every table"

    def differences(connection: Connection) -> list[Any]:
        options = {"version_table": "alembic_version_issuer", "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []

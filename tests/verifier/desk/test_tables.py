"""The migrations make exactly the tables that the code declares, on both databases, and can be run twice."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from storage import Database, migrate
from storage.engine import driver_url
from verifier.desk.tables import Base


async def test_migrations_make_the_declared_tables(database_url: str) -> None:
    database = Database(database_url)
    await migrate(database, "verifier.desk")
    await migrate(database, "verifier.desk")
    await database.close()
    engine = create_engine(driver_url(database_url, sync=True))
    with engine.connect() as connection:
        ours = {"version_table": "alembic_version_verifier_desk"}
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata) == []
    engine.dispose()

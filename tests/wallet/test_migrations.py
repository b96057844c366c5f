"""The migrations make exactly the tables the code speaks of, and can be run twice."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from storage.engine import driver_url
from storage.migrate import migrate_sync
from wallet.tables import Base


def test_tables_and_migrations_agree(database_url: str) -> None:
    migrate_sync(database_url, "wallet")
    migrate_sync(database_url, "wallet")
    engine = create_engine(driver_url(database_url, sync=True))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version_wallet"})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()

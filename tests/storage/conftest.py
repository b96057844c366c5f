"""A database with one small table."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage import Database, UtcTime


class Base(DeclarativeBase):
    pass


class Visit(Base):
    __tablename__ = "visits"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UtcTime)
    count: Mapped[int] = mapped_column(default=0)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()

"""Rows that two tellers may report at once: a web hook and a page, or two processes."""

from sqlalchemy.exc import IntegrityError

from storage import Database
from wallet.tables import Base


async def add_once(database: Database, row: Base) -> bool:
    """Add a row in a transaction of its own; False when a row with its unique key is there already."""
    try:
        async with database.begin() as session:
            session.add(row)
    except IntegrityError:
        return False
    return True

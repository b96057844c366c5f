"""Published checkpoints to hand out: print them, mail them, give them to the other operator.

A checkpoint that many people hold cannot be taken back: each copy convicts a log that is rewritten later.
"""

from collections.abc import Iterator

from sqlalchemy import Engine, select

from ledger import publishing
from ledger.database import reading
from ledger.tables import checkpoint


def export_checkpoints(engine: Engine, *, after: int = 0) -> Iterator[str]:
    """The published checkpoints larger than `after` leaves, smallest first, each the text of a cosigned note."""
    published = checkpoint.c.published_at.is_not(None)
    query = select(checkpoint.c.size).where(published, checkpoint.c.size > after).order_by(checkpoint.c.size)
    with reading(engine) as connection:
        sizes = connection.execute(query).scalars().all()
    for size in sizes:  # a transaction for each: whoever prints them may be slow
        with reading(engine) as connection:
            yield str(publishing.published_note(connection, covering=size - 1))

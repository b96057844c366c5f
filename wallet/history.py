"""Who saw what, when: one line for every answer that left this wallet, for the patient alone.

A line keeps the names of the fields as they were at the time, in every language, and none of their values.
"""

from collections.abc import Sequence

from schemas.display import sections
from sqlalchemy import select

from storage import Clock, Database
from wallet.records import Credential, Record
from wallet.rows import add_once
from wallet.tables import Request, Share
from web.language import LANGUAGES


class History:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self, account_id: str) -> list[Share]:
        """Newest first."""
        async with self._database.begin() as session:
            rows = await session.scalars(select(Share).where(Share.account_id == account_id).order_by(Share.shared_at.desc()))
            return list(rows)

    async def add(self, request: Request, shared: Sequence[Record]) -> None:
        """Note that `shared` went to the sender of `request`; a second note of the same request changes nothing."""
        items = [
            {"type": str(record.type), "fields": {code: field_names(record.credential, code) for code in LANGUAGES}}
            for record in shared
        ]
        await add_once(
            self._database,
            Share(
                request_id=request.id,
                account_id=request.account_id,
                label=request.label,
                purpose=request.purpose,
                items=items,
                valid_until=request.valid_until,
                shared_at=self._clock.now(),
            ),
        )


def field_names(credential: Credential, language: str) -> list[str]:
    """The name of every field in this record, in reading order, each once: what leaves when it is shared."""
    return list(dict.fromkeys(row.label for section in sections(credential, language) for row in section.rows))

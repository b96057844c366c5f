"""Who saw what, when: one line for every answer that left this wallet, for the patient alone.

A line keeps the names of the fields a record of that kind has, as they were called at the time, in every language, and none of
their values: not even which tests or vaccines it named.
"""

from collections.abc import Sequence

from sqlalchemy import select

from schemas.display import field_list
from storage import Clock, Database
from wallet.messages import clean_id
from wallet.records import Record
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
            {
                "type": str(record.type),
                "valid_from": clean_id(record.credential.get("validFrom", "")),
                "fields": {code: field_list(record.type, code) for code in LANGUAGES},
            }
            for record in shared
        ]
        await add_once(
            self._database,
            Share(
                request_id=request.id,
                account_id=request.account_id,
                label=request.label,
                purpose=request.purpose,
                asker=request.asker,
                items=items,
                valid_until=request.valid_until,
                shared_at=self._clock.now(),
            ),
        )

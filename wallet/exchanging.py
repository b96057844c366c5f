"""What an offer and a request have in common: a row for each exchange of the agent, found, listed, moved from state to state.

The two differ in what a patient decides and in what the agent is then asked (`wallet.offers`, `wallet.requests`).
"""

from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, select

from schemas.errors import NotFoundError
from storage import Clock, Database
from wallet.rows import add_once
from wallet.states import OfferState, RequestState
from wallet.tables import Offer, Request


class Exchanges[Row: (Offer, Request)]:
    """
    Args:
        table: whose rows these are.
        open_states: the states in which a row is not over.
        unknown: makes what is raised when a patient has no such row.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        table: type[Row],
        *,
        open_states: Collection[OfferState | RequestState],
        unknown: Callable[[], NotFoundError],
    ) -> None:
        self._database = database
        self._clock = clock
        self._table: type[Row] = table
        self._open_states = open_states
        self._unknown = unknown

    def is_open(self, row: Row) -> bool:
        """Whether a row is not over."""
        return row.state in self._open_states

    async def waiting(self, account_id: str) -> list[Row]:
        """Rows that are not over, newest first."""
        mine = (self._table.account_id == account_id, self._table.state.in_(self._open_states))
        async with self._database.begin() as session:
            return list(await session.scalars(select(self._table).where(*mine).order_by(self._table.received_at.desc())))

    async def get(self, account_id: str, row_id: str) -> Row:
        """The patient's row; another's is as unknown as none."""
        row = await self._one(self._table.account_id == account_id, self._table.id == row_id)
        if row is None:
            raise self._unknown()
        return row

    async def of(self, account_id: str, exchange_id: str) -> Row | None:
        """The row of an exchange."""
        return await self._one(self._table.account_id == account_id, self._table.exchange_id == exchange_id)

    async def add(self, row: Row) -> Row | None:
        """Store a row, unless another teller was faster; returns what is stored."""
        await add_once(self._database, row)
        return await self.of(row.account_id, row.exchange_id)

    async def move(self, row: Row, state: OfferState | RequestState, *, chosen: list[str] | None = None) -> Row:
        """The row in its next state; `chosen` are the records picked for a request."""
        async with self._database.begin() as session:
            fresh: Row = await session.get_one(self._table, row.id)
            fresh.state, fresh.changed_at = state, self._clock.now()
            if chosen is not None and isinstance(fresh, Request):
                fresh.chosen = chosen
        return fresh

    async def _one(self, *conditions: ColumnElement[bool]) -> Row | None:
        async with self._database.begin() as session:
            found: Row | None = await session.scalar(select(self._table).where(*conditions))
            return found

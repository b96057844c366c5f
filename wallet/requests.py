"""Who asks for what, and the patient's answer: share the records chosen, or decline.

Sharing: the row says `sharing` with the records chosen, then the agent sends them, then the row says `shared` and the history
gets its line. A request with no types asks for no record: it asks to link this wallet to the patient, and is answered with a
proof of the wallet's DID. An answer is never sent after the request's own deadline, nor a record the patient did not choose.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from agents.client import AgentClient
from agents.records import PresentationExchange, PresentationState
from schemas.errors import InputError, NotFoundError, StateError, UnavailableError
from schemas.types import RecordType
from storage import Clock, Database
from wallet.asking import AskerState
from wallet.contacts import Contacts
from wallet.exchanging import Exchanges
from wallet.history import History
from wallet.locks import Locks
from wallet.messages import clean_id, clean_label
from wallet.records import Record, Records
from wallet.states import OPEN_REQUESTS, RequestState
from wallet.tables import Invitation, Request
from wallet.tenants import Tenants

ENDED = frozenset({PresentationState.DONE, PresentationState.ABANDONED})
LONGEST_PURPOSE = 300


@dataclass(frozen=True)
class Asked:
    """One kind of record asked for (`type` is None when this wallet does not know it), and which records could answer."""

    name: str
    type: RecordType | None
    candidates: tuple[Record, ...]


@dataclass(frozen=True)
class RequestView:
    """
    Attributes:
        linked_at: when the patient linked this wallet to the one who asks; None for a stranger.
        answerable: every kind asked for is in the wallet and there is still time.
    """

    row: Request
    asked: tuple[Asked, ...]
    linked_at: datetime | None
    answerable: bool

    @property
    def is_link(self) -> bool:
        """No record is asked for: this is the question whether to link the wallet."""
        return not self.row.types


class Requests:
    def __init__(
        self,
        database: Database,
        tenants: Tenants,
        contacts: Contacts,
        records: Records,
        history: History,
        locks: Locks,
        clock: Clock,
    ) -> None:
        self._database = database
        self._rows = Exchanges(database, clock, Request, open_states=OPEN_REQUESTS, unknown=_unknown)
        self._tenants = tenants
        self._contacts = contacts
        self._records = records
        self._history = history
        self._locks = locks
        self._clock = clock

    async def waiting(self, account_id: str) -> list[Request]:
        """Requests that are not over, newest first."""
        return await self._rows.waiting(account_id)

    async def view(self, account_id: str, request_id: str) -> RequestView:
        """One request with the records that could answer it. Raises NotFoundError `request.unknown`."""
        row = await self._rows.get(account_id, request_id)
        if row.state == RequestState.WAITING and self._too_late(row):
            row = await self._rows.move(row, RequestState.EXPIRED)
        records = await self._records.all(account_id) if row.types else []
        asked = tuple(_asked(name, records) for name in row.types)
        return RequestView(
            row,
            asked,
            await self._contacts.linked_at(account_id, row.connection_id),
            row.state == RequestState.WAITING and all(one.candidates for one in asked),
        )

    async def share(self, account_id: str, request_id: str, chosen: Mapping[str, str]) -> Request:
        """The patient shares. Sharing twice is sharing once.

        Args:
            chosen: for each type asked for, the record that answers it; a type left out is answered by its newest record.
        Raises:
            NotFoundError: `request.unknown`.
            StateError: `request.closed`; `request.expired`; `request.not_answerable`, a kind asked for is not in the wallet.
            InputError: `request.choice`, a record that does not answer its type.
            AgentError: the agent did not answer; the step is kept and repeated until the request's deadline.
        """
        async with self._locks.of(account_id):
            view = await self.view(account_id, request_id)
            if view.row.state in (RequestState.SHARING, RequestState.SHARED):
                return view.row
            if view.row.state == RequestState.EXPIRED:
                raise StateError("request.expired", "The time for this request is over.", "Ask the desk to show a new code.")
            if view.row.state != RequestState.WAITING:
                raise _closed()
            row = await self._rows.move(
                view.row, RequestState.SHARING, chosen=[_pick(one, chosen).record_id for one in view.asked]
            )
            row = await self._send(row)
            if row.state == RequestState.FAILED:
                raise _closed()
            return row

    async def decline(self, account_id: str, request_id: str) -> Request:
        """The patient says no; who asked is told so, and nothing else leaves.

        Raises:
            NotFoundError: `request.unknown`. StateError: `request.closed`. AgentError: the agent did not answer.
        """
        async with self._locks.of(account_id):
            row = await self._rows.get(account_id, request_id)
            if row.state == RequestState.DECLINED:
                return row
            if row.state != RequestState.WAITING:
                raise _closed()
            await self._tenants.ask(account_id, lambda client: client.decline_presentation(row.exchange_id, "declined"))
            return await self._rows.move(row, RequestState.DECLINED)

    async def reconcile(self, account_id: str) -> None:
        """Bring the rows in line with the agent's exchanges. The caller holds the account's lock."""
        exchanges = await self._tenants.ask(account_id, lambda client: client.presentation_exchanges(role="prover"))
        for exchange in exchanges:
            with suppress(UnavailableError, NotFoundError):  # one exchange in trouble must not hide the others
                row = await self._row_of(account_id, exchange)
                if row is not None:
                    await self._meet(row, exchange)
        known = {exchange.id for exchange in exchanges}
        for row in await self.waiting(account_id):
            if row.exchange_id not in known:
                await self._rows.move(row, _lost(row))

    async def _meet(self, row: Request, exchange: PresentationExchange) -> None:
        if self._rows.is_open(row):
            if exchange.state in (PresentationState.PRESENTATION_SENT, PresentationState.DONE):
                row = await self._finish(row)
            elif exchange.state == PresentationState.ABANDONED:
                row = await self._rows.move(row, _lost(row))
            elif self._too_late(row):
                row = await self._rows.move(row, RequestState.EXPIRED)
            elif row.state == RequestState.SHARING and exchange.state == PresentationState.REQUEST_RECEIVED:
                row = await self._send(row)
        if not self._rows.is_open(row) and exchange.state in ENDED:
            await self._tenants.ask(row.account_id, lambda client: client.delete_presentation_exchange(exchange.id))

    async def _row_of(self, account_id: str, exchange: PresentationExchange) -> Request | None:
        row = await self._rows.of(account_id, exchange.id)
        if row is not None or exchange.state != PresentationState.REQUEST_RECEIVED:
            return row
        now = self._clock.now()
        request = exchange.request
        label = await self._contacts.label(account_id, exchange.connection_id, exchange.thread_id)
        return await self._rows.add(
            Request(
                account_id=account_id,
                exchange_id=exchange.id,
                thread_id=clean_id(exchange.thread_id),
                connection_id=exchange.connection_id,
                label=clean_label(request.verifier_label) if request else label,
                purpose=clean_label(request.purpose, longest=LONGEST_PURPOSE) if request else "",
                types=[clean_id(name) for name in request.types] if request else [],
                chosen=[],
                asker=await self._asker(account_id, exchange),
                valid_until=request.valid_until if request else None,
                # Without a purpose and an end there is nothing to agree to: such a request is never answered.
                state=RequestState.WAITING if request else RequestState.FAILED,
                received_at=now,
                changed_at=now,
            ),
        )

    async def _asker(self, account_id: str, exchange: PresentationExchange) -> dict[str, Any] | None:
        """What was found out about the code this request came in. A message over a connection cannot borrow it."""
        if exchange.connection_id is not None or exchange.request is None:
            return None
        mine = (Invitation.account_id == account_id, Invitation.thread_id == exchange.thread_id)
        async with self._database.begin() as session:
            asker = await session.scalar(select(Invitation.asker).where(*mine))
        fits = asker is not None and (asker["state"] == AskerState.UNSIGNED or asker["did"] == exchange.request.domain)
        return asker if fits else None

    async def _send(self, row: Request) -> Request:
        """Let the agent answer. An answer it finds unfit has failed: sending it again would not change that."""
        did = await self._tenants.holder_did(row.account_id) if not row.types else None

        async def step(client: AgentClient) -> None:
            await client.share(row.exchange_id, row.chosen, holder_did=did)

        try:
            await self._tenants.ask(row.account_id, step)
        except StateError:
            return await self._rows.move(row, RequestState.FAILED)
        return await self._finish(row)

    async def _finish(self, row: Request) -> Request:
        shared = [record for record in await self._records.all(row.account_id) if record.record_id in row.chosen]
        await self._history.add(row, shared)
        if not row.types and row.connection_id:
            await self._contacts.mark_linked(row.account_id, row.connection_id)
        return await self._rows.move(row, RequestState.SHARED)

    def _too_late(self, row: Request) -> bool:
        return row.valid_until is not None and self._clock.now() >= row.valid_until


def _asked(name: str, records: list[Record]) -> Asked:
    record_type = RecordType(name) if name in RecordType else None
    return Asked(name, record_type, tuple(record for record in records if record.type == record_type))


def _pick(asked: Asked, chosen: Mapping[str, str]) -> Record:
    if not asked.candidates:
        raise StateError(
            "request.not_answerable", "A record that is asked for is not in this wallet.", "Tell the desk, or decline."
        )
    wanted = chosen.get(asked.name, asked.candidates[0].record_id)
    for record in asked.candidates:
        if record.record_id == wanted:
            return record
    raise InputError("request.choice", "That record does not answer this request.", "Choose one of those shown.")


def _lost(row: Request) -> RequestState:
    """What a request is when its exchange has ended without an answer."""
    return RequestState.FAILED if row.state == RequestState.SHARING else RequestState.WITHDRAWN


def _unknown() -> NotFoundError:
    return NotFoundError("request.unknown", "There is no such request in this wallet.")


def _closed() -> StateError:
    return StateError("request.closed", "This request is no longer open.", "Ask the desk to show a new code.")

"""Records that hospitals offer, and the patient's yes or no.

Accepting: the row says `accepting`, then the agent asks for the record with this wallet's DID as its subject; the hospital signs
and sends it; when the agent has stored it the row says `accepted` and the agent's copy of the exchange is deleted.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from agents.client import AgentClient
from agents.records import CredentialExchange, CredentialState
from schemas.errors import NotFoundError, StateError, UnavailableError
from storage import Clock, Database
from wallet.contacts import Contacts
from wallet.locks import Locks
from wallet.messages import clean_id
from wallet.records import known_type
from wallet.rows import add_once
from wallet.states import OPEN_OFFERS, OfferState
from wallet.tables import Offer
from wallet.tenants import Tenants

ENDED = frozenset({CredentialState.DONE, CredentialState.ABANDONED})


@dataclass(frozen=True)
class OfferView:
    """An offer with what is offered; the credential is empty once the exchange is over."""

    row: Offer
    credential: dict[str, Any]


class Offers:
    def __init__(self, database: Database, tenants: Tenants, contacts: Contacts, locks: Locks, clock: Clock) -> None:
        self._database = database
        self._tenants = tenants
        self._contacts = contacts
        self._locks = locks
        self._clock = clock

    async def waiting(self, account_id: str) -> list[Offer]:
        """Offers that are not over, newest first."""
        async with self._database.begin() as session:
            rows = await session.scalars(
                select(Offer)
                .where(Offer.account_id == account_id, Offer.state.in_(OPEN_OFFERS))
                .order_by(Offer.received_at.desc())
            )
            return list(rows)

    async def view(self, account_id: str, offer_id: str) -> OfferView:
        """One offer and what it holds. Raises NotFoundError `offer.unknown`."""
        row = await self._get(account_id, offer_id)
        if row.state not in OPEN_OFFERS:
            return OfferView(row, {})
        exchange = await self._tenants.ask(account_id, lambda client: client.credential_exchange(row.exchange_id))
        return OfferView(row, exchange.credential)

    async def accept(self, account_id: str, offer_id: str) -> Offer:
        """The patient takes the record. Accepting twice is accepting once.

        Raises:
            NotFoundError: `offer.unknown`.
            StateError: `offer.closed`, it was declined, withdrawn or failed.
            AgentError: the agent did not answer; the step is kept and repeated.
        """
        async with self._locks.of(account_id):
            row = await self._get(account_id, offer_id)
            if row.state in (OfferState.ACCEPTING, OfferState.ACCEPTED):
                return row
            if row.state != OfferState.WAITING:
                raise _closed()
            row = await self._send_acceptance(await self._move(row, OfferState.ACCEPTING))
            if row.state == OfferState.FAILED:
                raise _closed()
            return row

    async def decline(self, account_id: str, offer_id: str) -> Offer:
        """The patient does not want it; the hospital is told so.

        Raises:
            NotFoundError: `offer.unknown`. StateError: `offer.closed`, it is being accepted or over.
            AgentError: the agent did not answer.
        """
        async with self._locks.of(account_id):
            row = await self._get(account_id, offer_id)
            if row.state == OfferState.DECLINED:
                return row
            if row.state != OfferState.WAITING:
                raise _closed()
            await self._tenants.ask(account_id, lambda client: client.abandon_credential(row.exchange_id, "declined"))
            return await self._move(row, OfferState.DECLINED)

    async def reconcile(self, account_id: str) -> None:
        """Bring the rows in line with the agent's exchanges. The caller holds the account's lock."""
        exchanges = await self._tenants.ask(account_id, lambda client: client.credential_exchanges(role="holder"))
        for exchange in exchanges:
            with suppress(UnavailableError, NotFoundError):  # one exchange in trouble must not hide the others
                await self._meet(account_id, exchange)
        known = {exchange.id for exchange in exchanges}
        for row in await self.waiting(account_id):
            if row.exchange_id not in known:
                await self._move(row, await self._fate(row))

    async def _meet(self, account_id: str, exchange: CredentialExchange) -> None:
        row = await self._row_of(account_id, exchange)
        if row is None:
            return
        match exchange.state:
            case CredentialState.DONE if row.state in OPEN_OFFERS:
                row = await self._move(row, OfferState.ACCEPTED)
            case CredentialState.ABANDONED if row.state in OPEN_OFFERS:
                row = await self._move(row, OfferState.WITHDRAWN if row.state == OfferState.WAITING else OfferState.FAILED)
            case CredentialState.OFFER_RECEIVED if row.state == OfferState.ACCEPTING:
                row = await self._send_acceptance(row)
        if row.state not in OPEN_OFFERS and exchange.state in ENDED:
            await self._tenants.ask(account_id, lambda client: client.delete_credential_exchange(exchange.id))

    async def _row_of(self, account_id: str, exchange: CredentialExchange) -> Offer | None:
        mine = select(Offer).where(Offer.account_id == account_id, Offer.exchange_id == exchange.id)
        async with self._database.begin() as session:
            row = await session.scalar(mine)
        if row is not None or exchange.state != CredentialState.OFFER_RECEIVED:
            return row
        credential = exchange.credential
        now = self._clock.now()
        await add_once(
            self._database,
            Offer(
                account_id=account_id,
                exchange_id=exchange.id,
                thread_id=clean_id(exchange.thread_id),
                connection_id=exchange.connection_id,
                credential_id=clean_id(credential.get("id", "")),
                label=await self._contacts.label(account_id, exchange.connection_id, exchange.thread_id),
                record_type=known_type(credential) or "",
                state=OfferState.WAITING,
                received_at=now,
                changed_at=now,
            ),
        )
        async with self._database.begin() as session:
            return await session.scalar(mine)

    async def _send_acceptance(self, row: Offer) -> Offer:
        """Ask the agent for the record. An offer the agent finds unfit has failed: asking again would not change that."""
        did = await self._tenants.holder_did(row.account_id)

        async def step(client: AgentClient) -> None:
            await client.accept_offer(row.exchange_id, did)

        try:
            await self._tenants.ask(row.account_id, step)
        except StateError:
            return await self._move(row, OfferState.FAILED)
        return row

    async def _fate(self, row: Offer) -> OfferState:
        """What became of an offer whose exchange the agent no longer has."""
        if row.state == OfferState.WAITING:
            return OfferState.WITHDRAWN
        held = await self._tenants.ask(row.account_id, lambda client: client.held_credentials())
        there = any(one.credential.get("id") == row.credential_id for one in held)
        return OfferState.ACCEPTED if there else OfferState.FAILED

    async def _get(self, account_id: str, offer_id: str) -> Offer:
        async with self._database.begin() as session:
            row = await session.get(Offer, offer_id)
        if row is None or row.account_id != account_id:
            raise NotFoundError("offer.unknown", "There is no such offer in this wallet.")
        return row

    async def _move(self, row: Offer, state: OfferState) -> Offer:
        async with self._database.begin() as session:
            fresh = await session.get_one(Offer, row.id)
            fresh.state, fresh.changed_at = state, self._clock.now()
        return fresh


def _closed() -> StateError:
    return StateError("offer.closed", "This offer is no longer open.", "Ask the hospital to offer the record again.")

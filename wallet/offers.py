"""Records that hospitals offer, and the patient's yes or no.

Accepting: the row says `accepting`, then the agent asks for the record with this wallet's DID as its subject; the hospital signs
and sends it; when the agent has stored it the row says `accepted` and the agent's copy of the exchange is deleted.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agents.client import AgentClient
from agents.records import CredentialExchange, CredentialState
from schemas.errors import NotFoundError, StateError, UnavailableError
from storage import Clock, Database
from wallet.contacts import Contacts
from wallet.exchanging import Exchanges
from wallet.locks import Locks
from wallet.messages import clean_id
from wallet.records import known_type
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
        self._rows = Exchanges(database, clock, Offer, open_states=OPEN_OFFERS, unknown=_unknown)
        self._tenants = tenants
        self._contacts = contacts
        self._locks = locks
        self._clock = clock

    async def waiting(self, account_id: str) -> list[Offer]:
        """Offers that are not over, newest first."""
        return await self._rows.waiting(account_id)

    async def view(self, account_id: str, offer_id: str) -> OfferView:
        """One offer and what it holds. Raises NotFoundError `offer.unknown`."""
        row = await self._rows.get(account_id, offer_id)
        if not self._rows.is_open(row):
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
            row = await self._rows.get(account_id, offer_id)
            if row.state in (OfferState.ACCEPTING, OfferState.ACCEPTED):
                return row
            if row.state != OfferState.WAITING:
                raise _closed()
            row = await self._send_acceptance(await self._rows.move(row, OfferState.ACCEPTING))
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
            row = await self._rows.get(account_id, offer_id)
            if row.state == OfferState.DECLINED:
                return row
            if row.state != OfferState.WAITING:
                raise _closed()
            await self._tenants.ask(account_id, lambda client: client.abandon_credential(row.exchange_id, "declined"))
            return await self._rows.move(row, OfferState.DECLINED)

    async def reconcile(self, account_id: str) -> None:
        """Bring the rows in line with the agent's exchanges. The caller holds the account's lock."""
        exchanges = await self._tenants.ask(account_id, lambda client: client.credential_exchanges(role="holder"))
        for exchange in exchanges:
            with suppress(UnavailableError, NotFoundError):  # one exchange in trouble must not hide the others
                await self._meet(account_id, exchange)
        known = {exchange.id for exchange in exchanges}
        for row in await self.waiting(account_id):
            if row.exchange_id not in known:
                await self._rows.move(row, await self._fate(row))

    async def _meet(self, account_id: str, exchange: CredentialExchange) -> None:
        row = await self._row_of(account_id, exchange)
        if row is None:
            return
        match exchange.state:
            case CredentialState.DONE if self._rows.is_open(row):
                row = await self._rows.move(row, OfferState.ACCEPTED)
            case CredentialState.ABANDONED if self._rows.is_open(row):
                row = await self._rows.move(row, OfferState.WITHDRAWN if row.state == OfferState.WAITING else OfferState.FAILED)
            case CredentialState.OFFER_RECEIVED if row.state == OfferState.ACCEPTING:
                row = await self._send_acceptance(row)
        if not self._rows.is_open(row) and exchange.state in ENDED:
            await self._tenants.ask(account_id, lambda client: client.delete_credential_exchange(exchange.id))

    async def _row_of(self, account_id: str, exchange: CredentialExchange) -> Offer | None:
        row = await self._rows.of(account_id, exchange.id)
        if row is not None or exchange.state != CredentialState.OFFER_RECEIVED:
            return row
        credential = exchange.credential
        now = self._clock.now()
        return await self._rows.add(
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

    async def _send_acceptance(self, row: Offer) -> Offer:
        """Ask the agent for the record. An offer the agent finds unfit has failed: asking again would not change that."""
        did = await self._tenants.holder_did(row.account_id)

        async def step(client: AgentClient) -> None:
            await client.accept_offer(row.exchange_id, did)

        try:
            await self._tenants.ask(row.account_id, step)
        except StateError:
            return await self._rows.move(row, OfferState.FAILED)
        return row

    async def _fate(self, row: Offer) -> OfferState:
        """What became of an offer whose exchange the agent no longer has."""
        if row.state == OfferState.WAITING:
            return OfferState.WITHDRAWN
        held = await self._tenants.ask(row.account_id, lambda client: client.held_credentials())
        there = any(one.credential.get("id") == row.credential_id for one in held)
        return OfferState.ACCEPTED if there else OfferState.FAILED


def _unknown() -> NotFoundError:
    return NotFoundError("offer.unknown", "There is no such offer in this wallet.")


def _closed() -> StateError:
    return StateError("offer.closed", "This offer is no longer open.", "Ask the hospital to offer the record again.")

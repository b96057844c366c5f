"""The wallet's parts, put together once per process."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from agents.client import AgentClient
from schemas.errors import AgentError
from storage import Clock, Database
from wallet.accounts import Accounts
from wallet.asking import Asking
from wallet.carry import related_resources
from wallet.contacts import Contacts
from wallet.files import Files
from wallet.history import History
from wallet.invitations import Invitations
from wallet.locks import Locks
from wallet.offers import Offers
from wallet.outside import Outside
from wallet.records import ReceiptKeys, Records
from wallet.requests import Requests
from wallet.settings import Settings
from wallet.states import OfferState, RequestState
from wallet.tables import Offer, Request
from wallet.tenants import Tenants
from wallet.trust import TrustList
from web.live import Bell


@dataclass(frozen=True)
class Wallet:
    """What a page or an API route works with, found at `app.state.wallet`."""

    settings: Settings
    clock: Clock
    database: Database
    agent: AgentClient
    accounts: Accounts
    invitations: Invitations
    contacts: Contacts
    offers: Offers
    requests: Requests
    records: Records
    history: History
    outside: Outside
    files: Files
    locks: Locks
    bell: Bell
    trust: TrustList | None

    async def reconcile(self, account_id: str) -> None:
        """Read the agent again and bring offers and requests in line. What was missed while we were away is found here.

        Raises:
            AgentError: the agent does not answer.
        """
        async with self.locks.of(account_id):
            await self.offers.reconcile(account_id)
            await self.requests.reconcile(account_id)

    async def resume(self) -> None:
        """Take up the steps that a crash left between the row and the agent. An agent that is not up yet is no reason to stop."""
        async with self.database.begin() as session:
            left = {
                *await session.scalars(select(Offer.account_id).where(Offer.state == OfferState.ACCEPTING)),
                *await session.scalars(select(Request.account_id).where(Request.state == RequestState.SHARING)),
            }
        for account_id in left:
            with suppress(AgentError):
                await self.reconcile(account_id)

    async def hear(self, wallet_id: str, *, arrived: bool) -> None:
        """A web hook spoke of this tenant: read the agent again and wake the pages that watch.

        Args:
            arrived: a record may have come; its attachments are fetched while the hospital still has them.
        """
        account = await self.accounts.of_wallet(wallet_id)
        if account is None:
            return
        with suppress(AgentError):  # a hint is only a hint: the next page or hint reads again
            await self.reconcile(account.id)
        self.bell.ring(account.id)
        if arrived:
            with suppress(AgentError):
                await self._collect(account.id)

    async def _collect(self, account_id: str) -> None:
        for record in await self.records.all(account_id):
            for entry in related_resources(record.credential):
                await self.files.get(account_id, entry)


def put_together(settings: Settings, clock: Clock, agent: AgentClient, outside: Outside) -> Wallet:
    database = Database(settings.database)
    tenants = Tenants(agent, database, clock)
    locks = Locks()
    contacts = Contacts(database, tenants, clock)
    history = History(database, clock)
    trust = TrustList(settings.trust, tenants, outside, clock) if settings.trust else None
    records = Records(tenants, ReceiptKeys.parse(settings.logs, settings.witnesses, settings.witness_quorum))
    return Wallet(
        settings=settings,
        clock=clock,
        database=database,
        agent=agent,
        accounts=Accounts(database, clock),
        invitations=Invitations(database, tenants, contacts, Asking(tenants, outside, trust), outside, clock),
        contacts=contacts,
        offers=Offers(database, tenants, contacts, locks, clock),
        requests=Requests(database, tenants, contacts, records, history, locks, clock),
        records=records,
        history=history,
        outside=outside,
        files=Files(database, outside, settings.session_secret.get_secret_value(), clock),
        locks=locks,
        bell=Bell(),
        trust=trust,
    )

"""One tenant of the wallet agent per patient: made at first need, spoken to with a token that is kept in memory only.

A new token ends the old one, so a tenant's client is made once, under a lock, and shared. What the agent says in its own words
never reaches a page: a patient reads that the wallet does not answer, the code says why.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from sqlalchemy import select

from agents.client import AgentClient
from schemas.errors import AgentError, NotFoundError
from storage import Clock, Database
from wallet.rows import add_once
from wallet.tables import Account, HolderDid

log = logging.getLogger(__name__)

# What others see when the wallet connects: never the patient's name.
WALLET_LABEL = "medcred wallet"


class Tenants:
    def __init__(self, agent: AgentClient, database: Database, clock: Clock) -> None:
        self._agent = agent
        self._database = database
        self._clock = clock
        self._clients: dict[str, AgentClient] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask[T](self, account_id: str, step: Callable[[AgentClient], Awaitable[T]]) -> T:
        """What `step` gets from the tenant of this account.

        Raises:
            AgentError: the agent did not answer, or not as it should; its code is kept.
            StateError, NotFoundError: the agent's own.
        """
        try:
            return await step(await self._client(account_id))
        except AgentError as error:
            log.warning("the agent did not do its part", extra={"code": error.code})
            raise AgentError(error.code, "Your wallet does not answer right now.", "Try again in a minute.") from error

    async def holder_did(self, account_id: str) -> str:
        """The DID records of this account are bound to, made at first need; the caller holds the account's lock.

        One DID for all records: several of them, from several hospitals, can then be shown together under one proof.
        """
        async with self._database.begin() as session:
            did = await session.scalar(
                select(HolderDid.did).where(HolderDid.account_id == account_id).order_by(HolderDid.created_at)
            )
        if did:
            return did
        did = await self.ask(account_id, lambda client: client.create_holder_did())
        await add_once(self._database, HolderDid(did=did, account_id=account_id, created_at=self._clock.now()))
        return did

    async def _client(self, account_id: str) -> AgentClient:
        async with self._locks[account_id]:
            if account_id not in self._clients:
                self._clients[account_id] = self._agent.as_tenant(await self._token(account_id))
            return self._clients[account_id]

    async def _token(self, account_id: str) -> str:
        async with self._database.begin() as session:
            account = await session.get(Account, account_id)
        if account is None:
            raise NotFoundError("account.unknown", "There is no such account.")
        if account.wallet_id:
            return await self._agent.tenant_token(account.wallet_id)
        tenant = await self._agent.create_tenant(f"patient-{account_id}", WALLET_LABEL)
        async with self._database.begin() as session:
            (await session.get_one(Account, account_id)).wallet_id = tenant.wallet_id
        return tenant.token

"""Who the wallet has met: connections by the name the other side gives itself, and to whom the patient linked this wallet."""

from datetime import datetime

from sqlalchemy import select

from storage import Clock, Database
from wallet.messages import clean_label
from wallet.rows import add_once
from wallet.tables import Contact, Invitation
from wallet.tenants import Tenants


class Contacts:
    def __init__(self, database: Database, tenants: Tenants, clock: Clock) -> None:
        self._database = database
        self._tenants = tenants
        self._clock = clock

    async def all(self, account_id: str) -> list[Contact]:
        """Newest first."""
        async with self._database.begin() as session:
            rows = await session.scalars(
                select(Contact).where(Contact.account_id == account_id).order_by(Contact.created_at.desc())
            )
            return list(rows)

    async def label(self, account_id: str, connection_id: str | None, thread_id: str | None) -> str:
        """What the sender of an exchange calls itself: its connection's name, else its invitation's, else nothing."""
        if connection_id:
            return (await self.meet(account_id, connection_id)).label
        async with self._database.begin() as session:
            label = await session.scalar(
                select(Invitation.label).where(Invitation.account_id == account_id, Invitation.thread_id == thread_id)
            )
        return label or ""

    async def meet(self, account_id: str, connection_id: str) -> Contact:
        """The contact of a connection, remembered at first sight.

        Raises:
            AgentError: the agent does not answer.
        """
        known = select(Contact).where(Contact.account_id == account_id, Contact.connection_id == connection_id)
        async with self._database.begin() as session:
            contact = await session.scalar(known)
        if contact is None:
            connection = await self._tenants.ask(account_id, lambda client: client.connection(connection_id))
            now = self._clock.now()
            row = Contact(
                account_id=account_id,
                connection_id=connection_id,
                label=clean_label(connection.their_label),
                created_at=now,
            )
            await add_once(self._database, row)
            async with self._database.begin() as session:
                contact = await session.scalar(known)
        assert contact is not None
        return contact

    async def linked_at(self, account_id: str, connection_id: str | None) -> datetime | None:
        """When the patient linked this wallet to the other end of a connection."""
        if connection_id is None:
            return None
        async with self._database.begin() as session:
            return await session.scalar(
                select(Contact.linked_at).where(Contact.account_id == account_id, Contact.connection_id == connection_id)
            )

    async def mark_linked(self, account_id: str, connection_id: str) -> None:
        """The patient has just linked this wallet to them; the first time counts."""
        contact = await self.meet(account_id, connection_id)
        async with self._database.begin() as session:
            row = await session.get_one(Contact, contact.id)
            row.linked_at = row.linked_at or self._clock.now()

"""What a patient scans or pastes: read it, say what it is, and on the patient's yes hand it to the agent.

Steps: 1. a link that carries its message is read as it is, a short link is followed: JSON from its own host, or one redirect to
a link with the message inside, at most three hops on the same host; 2. the message is checked (`wallet.messages`), the addresses
the agent would answer to as well (`wallet.outside`), and who signed a request (`wallet.asking`); 3. an offer or a request goes to
the agent at once, because the screen that follows is the patient's decision; a link waits for a yes. The same link twice leads to
the same place.
"""

from sqlalchemy import select, update

from schemas.errors import InputError, NotFoundError, StateError
from storage import Clock, Database
from wallet.asking import Asker, Asking
from wallet.contacts import Contacts
from wallet.messages import OobMessage, malformed, message_in_bytes, message_in_link, read_message
from wallet.outside import Outside, same_origin
from wallet.rows import add_once
from wallet.states import InvitationKind, InvitationState, RequestState
from wallet.tables import Invitation, Offer, Request
from wallet.tenants import Tenants

LARGEST_MESSAGE = 256 * 1024
MOST_HOPS = 3


class Invitations:
    def __init__(
        self, database: Database, tenants: Tenants, contacts: Contacts, asking: Asking, outside: Outside, clock: Clock
    ) -> None:
        self._database = database
        self._tenants = tenants
        self._contacts = contacts
        self._asking = asking
        self._outside = outside
        self._clock = clock

    async def look(self, account_id: str, link: str) -> Invitation:
        """Read a link and remember it; an offer or a request is also handed to the agent.

        Raises:
            FormatError: `invitation.malformed`, `invitation.unknown_kind`, `invitation.forged`.
            InputError: `address.refused`, `address.too_large`.
            SourceError: `address.unreachable`.
            AgentError: the agent could not take it; the same link may be tried again.
        """
        found = read_message(await self._message(link.strip()))
        for endpoint in found.endpoints:
            await self._outside.allow(endpoint)
        asker = await self._asking.of(account_id, found) if found.kind == InvitationKind.REQUEST else None
        invitation = await self._remember(account_id, found, asker)
        if invitation.kind != InvitationKind.LINK and invitation.state == InvitationState.SEEN:
            return await self._hand_over(invitation, found.message)
        return invitation

    async def connect(self, account_id: str, invitation_id: str) -> Invitation:
        """The patient says yes to a link. Saying it twice is saying it once.

        Raises:
            NotFoundError: `invitation.unknown`. StateError: `invitation.declined`.
            AgentError: the agent could not take it; it may be tried again.
        """
        invitation = await self.get(account_id, invitation_id)
        if invitation.state == InvitationState.DECLINED:
            raise StateError("invitation.declined", "You said no to this link.", "Scan the code again if you changed your mind.")
        if invitation.state == InvitationState.RECEIVED or invitation.message is None:
            return invitation
        return await self._hand_over(invitation, invitation.message)

    async def decline(self, account_id: str, invitation_id: str) -> None:
        """The patient says no; nothing has been sent to anybody."""
        invitation = await self.get(account_id, invitation_id)
        async with self._database.begin() as session:
            row = await session.get_one(Invitation, invitation.id)
            if row.state == InvitationState.SEEN:
                row.state, row.message = InvitationState.DECLINED, None

    async def get(self, account_id: str, invitation_id: str) -> Invitation:
        """Raises NotFoundError `invitation.unknown`, also for another account's."""
        async with self._database.begin() as session:
            row = await session.get(Invitation, invitation_id)
        if row is None or row.account_id != account_id:
            raise NotFoundError("invitation.unknown", "There is no such link in this wallet.")
        return row

    async def leads_to(self, invitation: Invitation) -> Offer | Request | None:
        """The offer or request that came with this invitation or, for a link, over its connection afterwards."""
        async with self._database.begin() as session:
            for table in (Offer, Request):
                if invitation.thread_id:
                    mine = table.thread_id == invitation.thread_id
                elif invitation.connection_id:
                    mine = table.connection_id == invitation.connection_id
                else:
                    return None
                found = await session.scalar(
                    select(table).where(table.account_id == invitation.account_id, mine).order_by(table.received_at.desc())
                )
                if isinstance(found, Offer | Request):
                    return found
        return None

    async def is_connected(self, invitation: Invitation) -> bool:
        """Whether the connection a link made can carry messages; a contact is remembered once it can."""
        connection_id = invitation.connection_id
        if connection_id is None:
            return False
        connection = await self._tenants.ask(invitation.account_id, lambda client: client.connection(connection_id))
        if connection.is_ready:
            await self._contacts.meet(invitation.account_id, connection_id)
        return connection.is_ready

    async def _message(self, link: str) -> dict[str, object]:
        message = message_in_link(link)
        address = link
        for _ in range(MOST_HOPS):
            if message is not None:
                return message
            answer = await self._outside.read(address, accept="application/json", limit=LARGEST_MESSAGE)
            if 200 <= answer.status < 300:
                return message_in_bytes(answer.body)
            if answer.status in (404, 410):
                raise NotFoundError(
                    "invitation.gone", "This link has expired or was used already.", "Ask for a new code at the desk."
                )
            if not answer.location:
                raise malformed()
            message = message_in_link(answer.location)
            if message is None and not same_origin(address, answer.location):
                raise InputError("address.refused", "This link leads somewhere else.", "Ask for a new code at the desk.")
            address = answer.location
        if message is None:
            raise malformed()
        return message

    async def _remember(self, account_id: str, found: OobMessage, asker: Asker | None) -> Invitation:
        row = Invitation(
            account_id=account_id,
            message_id=found.message_id,
            kind=found.kind,
            state=InvitationState.SEEN,
            label=found.label,
            message=found.message if found.kind == InvitationKind.LINK else None,
            thread_id=found.thread_id,
            asker=asker.as_dict() if asker else None,
            seen_at=self._clock.now(),
        )
        if await add_once(self._database, row):
            return row
        async with self._database.begin() as session:
            known = await session.scalar(
                select(Invitation).where(Invitation.account_id == account_id, Invitation.message_id == found.message_id)
            )
            assert known is not None
            if known.state == InvitationState.DECLINED:
                known.state, known.message = InvitationState.SEEN, row.message
            # Reading the code again checks again: what could not be checked the first time perhaps can be now.
            known.asker = row.asker
            waiting = (Request.thread_id == known.thread_id, Request.state == RequestState.WAITING)
            mine = (Request.account_id == account_id, Request.connection_id.is_(None))
            await session.execute(update(Request).where(*mine, *waiting).values(asker=row.asker))
            return known

    async def _hand_over(self, invitation: Invitation, message: dict[str, object]) -> Invitation:
        reception = await self._tenants.ask(invitation.account_id, lambda client: client.receive_invitation(message))
        async with self._database.begin() as session:
            row = await session.get_one(Invitation, invitation.id)
            row.state, row.message, row.connection_id = InvitationState.RECEIVED, None, reception.connection_id
        return row

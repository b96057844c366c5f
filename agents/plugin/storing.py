"""The second try for a credential that came while its issuer's DID document could not be read.

Nothing is wrong with such a credential, so the exchange stays in `credential-received` and the wallet tries again by itself, for
about two minutes; after that, and after a restart, the issuer's repetition of the same bytes starts it anew. A credential that is
refused in the meantime ends its exchange as it would have at once.
"""

import asyncio
import logging
from collections.abc import Sequence

from acapy_agent.core.error import BaseError
from acapy_agent.core.profile import Profile
from acapy_agent.protocols.issue_credential.v2_0.manager import V20CredManager, V20CredManagerError
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.storage.error import StorageError, StorageNotFoundError

from agents.plugin.abandoning import abandon
from agents.plugin.turns import turn

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


class SecondTries:
    """The credentials this agent will try to store again.

    Args:
        pauses: seconds before each try.
    """

    def __init__(self, pauses: Sequence[float] = PAUSES) -> None:
        self._pauses = pauses
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def plan(self, profile: Profile, record: V20CredExRecord) -> None:
        """Try again later; once, however often the credential comes."""
        exchange_id = record.cred_ex_id
        if exchange_id not in self._waiting:
            task = asyncio.create_task(self._try(profile, exchange_id, record.thread_id))
            self._waiting[exchange_id] = task
            task.add_done_callback(lambda _: self._waiting.pop(exchange_id, None))

    async def aclose(self) -> None:
        """Try no more."""
        tasks = list(self._waiting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _try(self, profile: Profile, exchange_id: str, thread_id: str) -> None:
        for pause in self._pauses:
            await asyncio.sleep(pause)
            try:
                async with turn(profile, thread_id):
                    if await store_received(profile, exchange_id):
                        return
            except BaseError as error:
                # The database, most likely: the next try may find it again.
                log.warning("a received credential could not be stored: %s", type(error).__name__)


async def store_received(profile: Profile, exchange_id: str) -> bool:
    """Check, store and acknowledge a received credential; the caller has the thread's turn.

    Returns:
        False when its issuer's DID document still cannot be read. True when it is over: stored, refused, or no longer there.
    """
    async with profile.session() as session:
        try:
            record = await V20CredExRecord.retrieve_by_id(session, exchange_id)
        except StorageNotFoundError:
            return True
    if record.state != V20CredExRecord.STATE_CREDENTIAL_RECEIVED:
        return True
    manager = V20CredManager(profile)
    try:
        await manager.store_credential(record)
    except StorageError:
        return False
    except V20CredManagerError as error:
        await abandon(profile, record, error.roll_up)
    else:
        await manager.send_cred_ack(record)
    return True

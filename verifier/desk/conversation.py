"""The desk's side of the conversation with a patient's wallet, held through the clinic's agent.

    ask      store the session, then ask the agent for a request without a connection and an invitation that carries it,
             signed with the clinic's key
    settle   read the request at the agent again and draw the consequences: an answer is checked, a refusal or the end is noted
    wipe     delete at the agent what it still holds of sessions nobody reads any more

Every step can be repeated. A webhook is only a reason to settle sooner; the reconciler settles what no webhook told of.
An answer is refused, not merely marked, when its session is over: a challenge is good for one answer within its time.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from agents.client import AgentClient
from agents.events import AgentEvent
from agents.records import PresentationExchange
from agents.request import PresentationRequest
from schemas.errors import MedcredError, NotFoundError, UnavailableError
from schemas.types import RecordType
from verifier.desk.clinic_key import ClinicKey
from verifier.desk.judging import Judge
from verifier.desk.purposes import Purpose
from verifier.desk.sessions import Sessions
from verifier.desk.settings import Clinic
from verifier.desk.states import FINAL, SessionState
from verifier.desk.tables import SessionRow
from verifier.evidence import Expected

log = logging.getLogger(__name__)

LATE = timedelta(seconds=30)
"""An answer found this long after the end is taken: it came in time and the desk looked late. After that it is refused."""

ASK_AGAIN = timedelta(seconds=5)
"""A session without a request at the agent is left this long to the process that is asking."""


class Conversation:
    """Requests from the first word to the wiped record.

    Args:
        agent: the clinic's agent.
        key: signs what the agent invites with.
        judge: gathers evidence and gives the verdict.
    """

    def __init__(self, sessions: Sessions, agent: AgentClient, key: ClinicKey, judge: Judge, clinic: Clinic) -> None:
        self.sessions = sessions
        self.agent = agent
        self.key = key
        self.judge = judge
        self.clinic = clinic

    async def ask(self, *, person: str, types: Sequence[RecordType], purpose: Purpose, words: str) -> SessionRow:
        """Open a session and put its request to the agent. An agent that does not answer is asked again by the reconciler."""
        row = await self.sessions.open(person=person, types=types, purpose=purpose, words=words)
        try:
            return await self._put(row)
        except UnavailableError as error:
            log.warning("the agent could not be asked", extra={"session": row.id, "code": error.code})
            return row

    async def renew(self, row: SessionRow) -> SessionRow:
        """The same request with a new challenge and a new code; the old code no longer works."""
        await self.sessions.end(row.id, SessionState.EXPIRED)
        types = [RecordType(name) for name in row.types]
        return await self.ask(person=row.person, types=types, purpose=Purpose(row.purpose), words=row.words)

    async def settle(self, session_id: str) -> SessionState:
        """Bring one session up to date with the agent. Returns its state afterwards.

        Raises:
            UnavailableError: the agent does not answer; the session stays as it is until its time is over.
            NotFoundError: `desk.no_session`.
        """
        row = await self.sessions.get(session_id)
        if row.state in FINAL:
            return row.state
        now = self.sessions.clock.now()
        overdue = now - row.expires_at
        try:
            if row.exchange_id is None and overdue < timedelta(0) and now - row.opened_at >= ASK_AGAIN:
                row = await self._put(row)
            exchange = await self._exchange(row)
        except UnavailableError:
            if overdue >= LATE and row.state is not SessionState.CHECKING:
                await self.sessions.end(row.id, SessionState.EXPIRED)
            raise
        if exchange and exchange.presentation is not None and (overdue < LATE or row.state is SessionState.CHECKING):
            await self._check(row, exchange)
        elif exchange and exchange.state == "abandoned":
            await self.sessions.end(row.id, SessionState.DECLINED)
        elif row.exchange_id and exchange is None:
            await self.sessions.end(row.id, SessionState.FAILED, "desk.request_lost")
        elif overdue >= timedelta(0):
            await self.sessions.end(row.id, SessionState.EXPIRED)
        return (await self.sessions.get(session_id)).state

    async def hear(self, event: AgentEvent) -> None:
        """A webhook: settle the session it names. What it claims about the state is not used."""
        if event.topic != "present_proof_v2_0":
            return
        row = await self.sessions.by_exchange(event.record_id)
        if row is None or row.state in FINAL:
            return
        await self._settle_quietly(row.id)

    async def settle_all(self) -> None:
        """Settle every unfinished session and wipe what is no longer read: one turn of the reconciler."""
        await asyncio.gather(*(self._settle_quietly(session_id) for session_id in await self.sessions.unfinished()))
        for row in await self.sessions.to_wipe():
            await self._wipe(row)
        await self.sessions.forget_words()

    async def records(self, row: SessionRow) -> PresentationExchange | None:
        """What was shared, read from the agent while it may be read; None afterwards. Reading counts as a sign of a reader.

        Raises:
            AgentError: the agent does not answer.
        """
        if row.state is not SessionState.SHARED or not await self.sessions.still_reading(row.id):
            return None
        return await self._exchange(row)

    async def leave(self, row: SessionRow) -> None:
        """The reader left: wipe now. When the agent does not answer, the reconciler repeats it."""
        if await self.sessions.stop_reading(row.id):
            await self._wipe(row)

    async def _put(self, row: SessionRow) -> SessionRow:
        request = PresentationRequest(
            challenge=row.challenge,
            domain=self.clinic.did,
            purpose=row.words,
            types=row.types,
            valid_until=row.expires_at + self.sessions.content_time,  # how long the desk may hold what it gets
            verifier_label=self.clinic.label,
        )
        exchange = await self.agent.request_presentation(request)
        invitation = await self.agent.create_invitation(
            label=self.clinic.label, handshake=False, presentation_exchange_id=exchange.id
        )
        invitation = await self.key.sign(invitation)
        kept = await self.sessions.asked(
            row.id, exchange_id=exchange.id, invitation_url=invitation.url, invitation=invitation.message
        )
        if not kept:
            await self.agent.delete_presentation_exchange(exchange.id)
        return await self.sessions.get(row.id)

    async def _exchange(self, row: SessionRow) -> PresentationExchange | None:
        if row.exchange_id is None:
            return None
        try:
            return await self.agent.presentation_exchange(row.exchange_id)
        except NotFoundError:
            return None

    async def _check(self, row: SessionRow, exchange: PresentationExchange) -> None:
        if not await self.sessions.claim(row.id) or exchange.presentation is None:
            return
        expected = Expected(challenge=row.challenge, domain=self.clinic.did, purpose=row.words, types=tuple(row.types))
        try:
            verdict = await self.judge.presentation(exchange.presentation, expected)
        except Exception as error:  # whatever broke here, the session must end and say so
            log.error("the check broke", extra={"session": row.id, "error": type(error).__name__})  # its text may hold content
            await self.sessions.end(row.id, SessionState.FAILED, "desk.check_broke")
            return
        log.info("checked", extra={"session": row.id, "outcome": verdict.verdict.value})
        await self.sessions.shared(row.id, verdict.as_dict(), readable=bool(verdict.credentials))

    async def _wipe(self, row: SessionRow) -> None:
        try:
            if row.exchange_id:
                await self.agent.delete_presentation_exchange(row.exchange_id)
        except NotFoundError:
            pass
        except UnavailableError as error:
            log.warning("not wiped yet", extra={"session": row.id, "code": error.code})
            return
        await self.sessions.wiped(row.id)

    async def _settle_quietly(self, session_id: str) -> None:
        try:
            await self.settle(session_id)
        except MedcredError as error:
            log.info("not settled yet", extra={"session": session_id, "code": error.code})

"""Requests as rows: opened, moved from state to state by conditional updates, read back.

The caller talks to the agent; this file only decides whether a move is allowed and makes it durable. Each change rings the bell
of the session, so that the pages watching it read it again.
"""

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from schemas.errors import NotFoundError
from storage import Clock, Database
from verifier.desk.purposes import Purpose
from verifier.desk.states import COMES_FROM, OPEN, SessionState
from verifier.desk.tables import SessionRow
from web.live import Bell

CLAIM_SECONDS = 60
"""A check takes about a second; a claim older than this was left by a process that died."""

CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 12  # 59 bits, for an address that lives three minutes behind a rate limit


class Sessions:
    """The desk's requests.

    Args:
        request_seconds, idle_seconds, content_seconds, keep_days: see `Settings`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        *,
        request_seconds: int,
        idle_seconds: int,
        content_seconds: int,
        keep_days: int,
    ) -> None:
        self.database = database
        self.clock = clock
        self.bell = bell
        self.request_time = timedelta(seconds=request_seconds)
        self.idle_time = timedelta(seconds=idle_seconds)
        self.content_time = timedelta(seconds=content_seconds)
        self.keep_time = timedelta(days=keep_days)

    async def open(self, *, person: str, types: Sequence[str], purpose: Purpose, words: str) -> SessionRow:
        """Store a new request with a challenge of its own, before the agent hears of it."""
        now = self.clock.now()
        row = SessionRow(
            id=secrets.token_urlsafe(16),
            code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
            person=person,
            types=list(types),
            purpose=purpose.value,
            words=words,
            challenge=str(uuid.uuid4()),  # 122 random bits, in the only form ACA-Py takes
            state=SessionState.WAITING,
            opened_at=now,
            expires_at=now + self.request_time,
        )
        async with self.database.begin() as session:
            session.add(row)
        return row

    async def get(self, session_id: str) -> SessionRow:
        """Raises NotFoundError `desk.no_session`."""
        return await self._one(SessionRow.id == session_id)

    async def of(self, session_id: str, person: str) -> SessionRow:
        """The session, for the person who opened it and nobody else.

        Raises:
            NotFoundError: `desk.no_session`, also for somebody else's session: its existence is not told.
        """
        return await self._one(SessionRow.id == session_id, SessionRow.person == person)

    async def by_code(self, code: str) -> SessionRow:
        """Raises NotFoundError `desk.no_session`."""
        return await self._one(SessionRow.code == code)

    async def by_exchange(self, exchange_id: str) -> SessionRow | None:
        """The session that asked through this exchange of the agent, if it is one of ours."""
        async with self.database.begin() as session:
            return (await session.scalars(select(SessionRow).where(SessionRow.exchange_id == exchange_id))).one_or_none()

    async def recent(self, person: str, count: int = 10) -> list[SessionRow]:
        """The newest sessions of a person, newest first."""
        query = select(SessionRow).where(SessionRow.person == person).order_by(SessionRow.opened_at.desc()).limit(count)
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def unfinished(self) -> list[str]:
        """Ids of the sessions that wait for something: an answer, an end, or a claim that was left behind."""
        left_behind = self.clock.now() - timedelta(seconds=CLAIM_SECONDS)
        query = select(SessionRow.id).where(
            or_(
                SessionRow.state.in_(OPEN),
                (SessionRow.state == SessionState.CHECKING) & (SessionRow.claimed_at < left_behind),
            )
        )
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def asked(self, session_id: str, *, exchange_id: str, invitation_url: str, invitation: dict[str, Any]) -> bool:
        """Remember what the agent answered. False when another process had asked before: the first request stays."""
        return await self._change(
            session_id,
            SessionRow.exchange_id.is_(None),
            exchange_id=exchange_id,
            invitation_url=invitation_url,
            invitation=invitation,
        )

    async def scanned(self, session_id: str) -> bool:
        """The short address was opened. Only the first opening moves anything."""
        return await self._move(session_id, SessionState.SCANNED, scanned_at=self.clock.now())

    async def claim(self, session_id: str) -> bool:
        """Take the answer for checking. False when another process has it or the session is over: one challenge, one answer."""
        now = self.clock.now()
        if await self._move(session_id, SessionState.CHECKING, claimed_at=now):
            return True
        left_behind = now - timedelta(seconds=CLAIM_SECONDS)
        return await self._change(
            session_id, SessionRow.state == SessionState.CHECKING, SessionRow.claimed_at < left_behind, claimed_at=now
        )

    async def shared(self, session_id: str, verdict: dict[str, Any], *, readable: bool) -> bool:
        """Store the verdict. `readable` opens the time in which the record can be read; it is never stored here."""
        now = self.clock.now()
        until = now + self.idle_time if readable else now  # not readable: the reconciler deletes it at the agent at once
        return await self._move(session_id, SessionState.SHARED, **_ended(now), verdict=verdict, content_until=until)

    async def end(self, session_id: str, state: SessionState, fault: str | None = None) -> bool:
        """End without a verdict: declined, expired or failed. What the agent holds of it is then deleted there."""
        now = self.clock.now()
        return await self._move(session_id, state, **_ended(now), fault=fault, content_until=now)

    async def still_reading(self, session_id: str) -> bool:
        """Somebody is at the page: keep the record readable, up to `content_seconds` after the end. False when it is gone."""
        now = self.clock.now()
        row = await self.get(session_id)
        if row.content_until is None or row.content_until <= now or row.ended_at is None:
            return False
        until = min(now + self.idle_time, row.ended_at + self.content_time)
        return await self._change(session_id, SessionRow.content_until > now, content_until=until)

    async def stop_reading(self, session_id: str) -> bool:
        """The reader left: the time to read is over now."""
        now = self.clock.now()
        return await self._change(session_id, SessionRow.content_until > now, content_until=now)

    async def to_wipe(self) -> list[SessionRow]:
        """Sessions whose time to read is over while the agent may still hold the record."""
        query = select(SessionRow).where(SessionRow.content_until <= self.clock.now())
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def wiped(self, session_id: str) -> None:
        """The agent holds nothing of it any more."""
        await self._change(session_id, SessionRow.content_until.is_not(None), content_until=None)

    async def forget_words(self) -> None:
        """Empty the purposes that staff wrote themselves, some time after the end: they may speak of a person."""
        old = SessionRow.ended_at < self.clock.now() - self.content_time
        written = (SessionRow.purpose == Purpose.OTHER.value) & (SessionRow.words != "")
        async with self.database.begin() as session:
            await session.execute(update(SessionRow).where(old, written).values(words=""))

    async def forget_old(self) -> None:
        """Delete requests that ended long ago. One whose record the agent may still hold stays until that is deleted there."""
        old = SessionRow.ended_at < self.clock.now() - self.keep_time
        async with self.database.begin() as session:
            await session.execute(delete(SessionRow).where(old, SessionRow.content_until.is_(None)))

    async def _one(self, *conditions: Any) -> SessionRow:
        async with self.database.begin() as session:
            row = (await session.scalars(select(SessionRow).where(*conditions))).one_or_none()
        if row is None:
            raise NotFoundError("desk.no_session", "There is no such request.", "Start a new one at the desk.")
        return row

    async def _move(self, session_id: str, state: SessionState, **values: Any) -> bool:
        return await self._change(session_id, SessionRow.state.in_(COMES_FROM[state]), state=state, **values)

    async def _change(self, session_id: str, *conditions: Any, **values: Any) -> bool:
        statement = update(SessionRow).where(SessionRow.id == session_id, *conditions).values(**values).returning(SessionRow.id)
        async with self.database.begin() as session:
            changed = (await session.execute(statement)).first() is not None
        if changed:
            self.bell.ring(session_id)
        return changed


def _ended(now: Any) -> dict[str, Any]:
    return {"ended_at": now, "invitation": None, "invitation_url": None}

"""Who may open a wallet: accounts, sign-in with a passcode, and slowing down those who guess.

Steps of a sign-in: the attempt is counted first, in its own transaction, so that attempts sent side by side all count; then the
passcode is compared; then the count is cleared. A login that does not exist costs the same time and gets the same answer.
After five wrong passcodes in a row each further one makes the next wait longer: 1, 2, 4, 8, then 15 minutes.
"""

import asyncio
import hashlib
import math
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select

from schemas.errors import NotSignedInError, TooOftenError
from storage import Clock, Database
from wallet.rows import add_once
from wallet.settings import Patient
from wallet.tables import Account, LoginAttempts
from web.sessions import hash_password, password_matches

FREE_ATTEMPTS = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGET_AFTER = timedelta(days=1)


class Accounts:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._nobody = hash_password("no account has this passcode")

    async def seed(self, patients: Iterable[Patient]) -> None:
        """Make an account for each patient of the settings; a changed name or passcode replaces the old one."""
        for patient in patients:
            async with self._database.begin() as session:
                account = await session.scalar(select(Account).where(Account.login == patient.login))
                if account is None:
                    account = Account(login=patient.login, name=patient.name, created_at=self._clock.now(), passcode_hash="")
                    session.add(account)
                account.name = patient.name
                passcode = patient.passcode.get_secret_value()
                if not account.passcode_hash or not await _matches(passcode, account.passcode_hash):
                    account.passcode_hash = await asyncio.to_thread(hash_password, passcode)
                    account.session_epoch = (account.session_epoch or 0) + 1

    async def sign_in(self, login: str, passcode: str) -> Account:
        """The account of this login.

        Raises:
            NotSignedInError: `login.refused`, wrong login or passcode.
            TooOftenError: `login.wait`, too many wrong ones in a row.
        """
        login = login.strip().lower()
        digest = hashlib.sha256(login.encode()).hexdigest()
        await self._count_attempt(digest)
        async with self._database.begin() as session:
            account = await session.scalar(select(Account).where(Account.login == login))
        if not await _matches(passcode, account.passcode_hash if account else self._nobody) or account is None:
            raise NotSignedInError(
                "login.refused", "The login or the passcode is not right.", "Check both and try again.", scheme="Session"
            )
        async with self._database.begin() as session:
            await session.execute(delete(LoginAttempts).where(LoginAttempts.login_digest == digest))
        return account

    async def sign_out(self, account_id: str) -> None:
        """End every session of this account."""
        async with self._database.begin() as session:
            account = await session.get(Account, account_id)
            if account:
                account.session_epoch += 1

    async def of_session(self, account_id: str, epoch: int) -> Account | None:
        """The account, when a cookie made at `epoch` still counts."""
        async with self._database.begin() as session:
            account = await session.get(Account, account_id)
        return account if account and account.session_epoch == epoch else None

    async def of_wallet(self, wallet_id: str) -> Account | None:
        """The account whose tenant this is."""
        async with self._database.begin() as session:
            return await session.scalar(select(Account).where(Account.wallet_id == wallet_id))

    async def _count_attempt(self, digest: str) -> None:
        now = self._clock.now()
        async with self._database.begin() as session:
            await session.execute(delete(LoginAttempts).where(LoginAttempts.last_at < now - FORGET_AFTER))
        await add_once(self._database, LoginAttempts(login_digest=digest, failures=0, last_at=now))
        async with self._database.begin() as session:
            attempts = await session.get_one(LoginAttempts, digest, with_for_update=True)
            if attempts.blocked_until and attempts.blocked_until > now:
                raise TooOftenError(
                    "login.wait",
                    "Too many wrong passcodes.",
                    "Wait a few minutes, then try again with the right one.",
                    retry_after=math.ceil((attempts.blocked_until - now).total_seconds()),
                )
            attempts.failures += 1
            attempts.last_at = now
            beyond = attempts.failures - FREE_ATTEMPTS
            if beyond >= 0:
                attempts.blocked_until = now + min(LONGEST_WAIT, timedelta(minutes=2 ** min(beyond, 4)))


async def _matches(passcode: str, stored: str) -> bool:
    """scrypt takes tens of milliseconds: off the event loop."""
    return await asyncio.to_thread(password_matches, passcode, stored)

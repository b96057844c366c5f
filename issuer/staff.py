"""The people at the console: who they are, what each role may do, and how a page asks.

    clerk             sees patients, binds wallets, issues
    records_officer   all a clerk does; applies for the hospital, takes its steps, asks for a revocation
    approver          is the second person: approves hospitals and revocations, suspends and reinstates
    auditor           reads everything, changes nothing

Accounts come from the settings, which hold the passwords as the service's other secrets. A sign-in that failed five times is
refused for five minutes. A session only names its person; the role is the settings' at each request.
"""

import hmac
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from issuer.settings import StaffSettings
from schemas.errors import NotAllowedError, NotSignedInError, TooOftenError
from storage import Clock

FAILURES_ALLOWED = 5
FAILURE_PAUSE = timedelta(minutes=5)


class Role(StrEnum):
    CLERK = "clerk"
    RECORDS_OFFICER = "records_officer"
    APPROVER = "approver"
    AUDITOR = "auditor"


class Duty(StrEnum):
    """What a person does at the console."""

    READ = "read"
    BIND_PATIENT = "bind_patient"
    ISSUE = "issue"
    REVOKE_BINDING = "revoke_binding"
    ONBOARD = "onboard"
    ASK_STATUS_CHANGE = "ask_status_change"
    APPROVE = "approve"


_CLERK = frozenset({Duty.READ, Duty.BIND_PATIENT, Duty.ISSUE})
DUTIES: dict[Role, frozenset[Duty]] = {
    Role.CLERK: _CLERK,
    Role.RECORDS_OFFICER: _CLERK | {Duty.REVOKE_BINDING, Duty.ONBOARD, Duty.ASK_STATUS_CHANGE},
    Role.APPROVER: frozenset({Duty.READ, Duty.APPROVE}),
    Role.AUDITOR: frozenset({Duty.READ}),
}


@dataclass(frozen=True)
class Member:
    """A person who signed in."""

    name: str
    role: Role

    def may(self, duty: Duty) -> bool:
        return duty in DUTIES[self.role]


class StaffRoll:
    """The staff of one service.

    Args:
        accounts: name, password and role of each.
        clock: what time it is, for the pause after failures.
    """

    def __init__(self, accounts: Iterable[StaffSettings], clock: Clock) -> None:
        self._clock = clock
        self._accounts = {account.name: account for account in accounts}
        self._failures: dict[str, list[datetime]] = {}

    def sign_in(self, name: str, password: str) -> Member:
        """The member with this name and password.

        Raises:
            NotSignedInError: `staff.sign_in`, no such pair. TooOftenError: `staff.pause`, too many failures of late.
        """
        now = self._clock.now()
        account = self._accounts.get(name)
        recent = [at for at in self._failures.get(name, ()) if now - at < FAILURE_PAUSE]
        if len(recent) >= FAILURES_ALLOWED:
            left = recent[-FAILURES_ALLOWED] + FAILURE_PAUSE - now
            raise TooOftenError(
                "staff.pause",
                "Too many sign-ins failed.",
                "Wait five minutes, then try again.",
                retry_after=math.ceil(left.total_seconds()),
            )
        expected = account.password.get_secret_value() if account else ""
        if not hmac.compare_digest(expected.encode(), password.encode()) or not account or not expected:
            if account:  # unknown names are not counted: they would fill the memory
                self._failures[name] = [*recent, now]
            raise NotSignedInError(
                "staff.sign_in", "The name or the password is not right.", "Check both and try again.", scheme="Session"
            )
        self._failures.pop(name, None)
        return Member(account.name, Role(account.role))

    def member(self, request: Request) -> Member | None:
        """The person of this session, if the settings still know one by that name."""
        account = self._accounts.get(request.session.get("person", ""))
        return Member(account.name, Role(account.role)) if account else None

    def signed_in(self, duty: Duty = Duty.READ) -> Callable[[Request], Member]:
        """A dependency: the member of the session, who must have `duty`.

        A page asked for without a session leads to the sign-in page and from there back.

        Raises:
            NotAllowedError: `staff.role`, signed in, but in a role without this duty.
        """

        def check(request: Request) -> Member:
            member = self.member(request)
            if member is None:
                back = urlencode({"next": request.url.path}) if request.method == "GET" else ""
                raise HTTPException(303, headers={"Location": f"/sign-in?{back}" if back else "/sign-in"})
            if not member.may(duty):
                raise NotAllowedError("staff.role", "Your role may not do this.", "Ask a colleague whose role allows it.")
            return member

        return Depends(check)  # type: ignore[no-any-return]

"""Who is at the desk: the accounts of agents.yml, signed in by a session cookie.

The desk keeps no account table and no password of its own: the settings hold a few accounts whose secrets live in files.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from schemas.errors import NotSignedInError
from verifier.desk.settings import StaffAccount


class Staff:
    """The accounts that may sign in.

    Passwords are compared as digests, in constant time, and an unknown name costs as much as a known one.
    """

    def __init__(self, accounts: Sequence[StaffAccount]) -> None:
        self._digests = {account.name: _digest(account.password.get_secret_value()) for account in accounts}
        self._nobody = _digest(secrets.token_urlsafe())

    def sign_in(self, request: Request, name: str, password: str) -> None:
        """Begin a fresh session of `name`.

        Raises:
            NotSignedInError: `desk.sign_in`, no such name and password.
        """
        known = self._digests.get(name, self._nobody)
        if not hmac.compare_digest(known, _digest(password)):
            raise NotSignedInError(
                "desk.sign_in", "The name or the password is not right.", "Check both and try again.", scheme="Session"
            )
        request.session.clear()
        request.session["person"] = name


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()


def _person(request: Request) -> str:
    person: str = request.session.get("person", "")
    if not person:
        raise NotSignedInError(
            "desk.signed_out", "You are not signed in.", "Sign in at the desk and repeat the step.", scheme="Session"
        )
    return person


Person = Annotated[str, Depends(_person)]
"""The name of the person signed in. Refuses with `desk.signed_out` when nobody is."""

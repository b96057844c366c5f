"""Who is asking: the patient of this session, or nobody.

A session ends after 30 minutes without a step (by this service's clock, also when its cookie is kept alive), when the patient
signs out anywhere, and when the passcode changes.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request

from schemas.errors import NotAllowedError, NotSignedInError
from wallet.parts import Wallet
from wallet.tables import Account
from web.sessions import IDLE_SECONDS, csrf_token


def wallet_of(request: Request) -> Wallet:
    wallet: Wallet = request.app.state.wallet
    return wallet


def admit(request: Request, account: Account) -> str:
    """Begin a session for this account, nothing kept of the one before; returns its form token."""
    request.session.clear()
    request.session.update(
        account=account.id, epoch=account.session_epoch, person=account.name, seen=int(wallet_of(request).clock.now().timestamp())
    )
    return csrf_token(request)


async def patient_or_none(request: Request) -> Account | None:
    """The patient of this session, if it is still good; one that is not is emptied."""
    session, wallet = request.session, wallet_of(request)
    now = int(wallet.clock.now().timestamp())
    account = None
    if "account" in session and now - int(session.get("seen", 0)) < IDLE_SECONDS:
        account = await wallet.accounts.of_session(session["account"], session["epoch"])
    if account is None:
        session.clear()
    return account


async def _reader(request: Request) -> Account:
    account = await patient_or_none(request)
    if account is None:
        raise HTTPException(303, headers={"Location": "/login"})
    return account


async def _visitor(request: Request) -> Account:
    account = await _reader(request)
    request.session["seen"] = int(wallet_of(request).clock.now().timestamp())
    return account


async def _caller(request: Request) -> Account:
    account = await patient_or_none(request)
    if account is None:
        raise NotSignedInError("login.needed", "Sign in first.", "POST /api/login.", scheme="Session")
    request.session["seen"] = int(wallet_of(request).clock.now().timestamp())
    return account


def _check_header(request: Request, x_csrf: Annotated[str, Header()] = "") -> None:
    expected = request.session.get("csrf", "")
    if not expected or not hmac.compare_digest(expected.encode(), x_csrf.encode()):
        raise NotAllowedError("form.stale", "This form is out of date.", "Load the page again and repeat the step.")


type Parts = Annotated[Wallet, Depends(wallet_of)]
type Visitor = Annotated[Account, Depends(_visitor)]
"""The patient at a page; others are sent to the sign-in page."""
type Listener = Annotated[Account, Depends(_reader)]
"""The same for an open event stream, which is no sign of life and does not keep a session going."""
type Caller = Annotated[Account, Depends(_caller)]
"""The patient behind a program; others get a problem."""

HeaderGuard = Depends(_check_header)
"""Dependency of every JSON route that changes something: the `X-CSRF` header carries the session's token."""

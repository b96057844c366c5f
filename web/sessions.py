"""Who is at the page: signed session cookies, passwords by scrypt, and a token against forged forms.

Cookies are HttpOnly and SameSite=Strict and end after 30 minutes without use; the signing key is a secret file of the service.
"""

import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, Form, Header, Request
from starlette.middleware.sessions import SessionMiddleware

from schemas.errors import NotAllowedError

IDLE_SECONDS = 30 * 60
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def install_sessions(app: FastAPI, secret: str, *, cookie: str, https: bool = False) -> None:
    """Give `app` a session cookie named `cookie` (services on one host need different names)."""
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie=cookie,
        max_age=IDLE_SECONDS,
        same_site="strict",
        https_only=https,
    )


def hash_password(password: str) -> str:
    """`scrypt$salt$digest`, both hex; RFC 7914 with N=16384, r=8, p=1."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT).hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Whether `password` made `stored`, compared in constant time."""
    _, salt, digest = stored.split("$")
    return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_SCRYPT).hex(), digest)


def csrf_token(request: Request) -> str:
    """The token every form of this session carries; empty where the app has no sessions."""
    if "session" not in request.scope:
        return ""
    token: str = request.session.setdefault("csrf", secrets.token_urlsafe(24))
    return token


def _check_csrf(request: Request, csrf: Annotated[str, Form()] = "", x_csrf: Annotated[str, Header()] = "") -> None:
    expected = request.session.get("csrf", "")
    if not expected or not hmac.compare_digest(expected.encode(), (csrf or x_csrf).encode()):
        raise NotAllowedError("form.stale", "This form is out of date.", "Load the page again and repeat the step.")


FormGuard = Depends(_check_csrf)
"""Dependency of every route that changes something for a person with a session."""

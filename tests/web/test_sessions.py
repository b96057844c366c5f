"""Session cookies, forged forms, passwords."""

import itsdangerous
import pytest

from tests.web.conftest import Browser, csrf_of
from web.sessions import IDLE_SECONDS, hash_password, password_matches


def test_the_cookie_is_for_this_site_and_no_script(client: Browser) -> None:
    cookie = client.get("/hello").headers["set-cookie"].lower()
    assert cookie.startswith("medcred_test=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert f"max-age={IDLE_SECONDS}" in cookie


def test_a_form_of_this_session_is_taken(client: Browser) -> None:
    token = csrf_of(client.get("/sign-in").text)
    assert client.post("/change", data={"csrf": token}).json() == {"changed": True}
    assert client.post("/change", headers={"x-csrf": token}).json() == {"changed": True}


@pytest.mark.parametrize("token", [None, "", "guess", "密碼"], ids=["missing", "empty", "wrong", "not ASCII"])
def test_a_forged_form_is_refused(client: Browser, token: str | None) -> None:
    client.get("/sign-in")
    answer = client.post("/change", data={} if token is None else {"csrf": token})
    assert answer.status_code == 403
    assert answer.json()["code"] == "form.stale"


def test_without_a_session_no_token_fits(client: Browser) -> None:
    for token in ("", "x"):
        assert client.post("/change", data={"csrf": token}).status_code == 403


def test_another_sessions_token_is_refused(client: Browser) -> None:
    token = csrf_of(client.get("/sign-in").text)
    client.cookies.clear()
    client.get("/sign-in")
    assert client.post("/change", data={"csrf": token}).status_code == 403


def test_a_cookie_somebody_else_signed_is_no_session(client: Browser) -> None:
    forged = itsdangerous.TimestampSigner("another secret").sign(b"eyJwZXJzb24iOiAiZXZlIn0=").decode()
    client.cookies.set("medcred_test", forged)
    assert 'action="/logout"' not in client.get("/hello").text


def test_passwords_are_salted_scrypt() -> None:
    first, second = hash_password("correct horse 馬"), hash_password("correct horse 馬")
    assert first != second
    assert first.startswith("scrypt$")
    assert "correct" not in first
    assert password_matches("correct horse 馬", first)
    assert password_matches("correct horse 馬", second)
    assert not password_matches("correct horse", first)
    assert not password_matches("", first)


def test_scrypt_as_in_rfc_7914() -> None:
    """The third vector of RFC 7914 §12 has our N, r and p; the first 64 bytes are its whole output."""
    salt, digest = (
        b"SodiumChloride",
        (
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    )
    assert password_matches("pleaseletmein", f"scrypt${salt.hex()}${digest}")

"""Signing in: the right passcode, guessing, and sessions that end."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from schemas.errors import NotSignedInError, TooOftenError
from storage.clock import FixedClock
from tests.wallet.conftest import JOAO, MEI, PASSCODES
from wallet.accounts import FREE_ATTEMPTS
from wallet.parts import Wallet
from wallet.settings import Patient
from wallet.tables import Account


async def refusal(wallet: Wallet, login: str, passcode: str) -> str:
    with pytest.raises((NotSignedInError, TooOftenError)) as caught:
        await wallet.accounts.sign_in(login, passcode)
    return caught.value.code


async def test_the_right_passcode_opens(wallet: Wallet) -> None:
    account = await wallet.accounts.sign_in(" Mei ", PASSCODES[MEI])
    assert account.name == "陳美 Chan Mei"
    assert PASSCODES[MEI] not in account.passcode_hash


async def test_a_wrong_one_and_an_unknown_login_look_the_same(wallet: Wallet) -> None:
    assert await refusal(wallet, MEI, "wrong") == "login.refused"
    assert await refusal(wallet, "nobody", "wrong") == "login.refused"
    assert await refusal(wallet, MEI, PASSCODES[JOAO]) == "login.refused"


@pytest.mark.parametrize("login", [MEI, "nobody"])
async def test_guessing_is_slowed(wallet: Wallet, clock: FixedClock, login: str) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert await refusal(wallet, login, "guess") == "login.refused"
    assert await refusal(wallet, login, PASSCODES[MEI]) == "login.wait"
    clock.at += timedelta(seconds=61)
    assert await refusal(wallet, login, "guess") == "login.refused"
    clock.at += timedelta(seconds=61)
    assert await refusal(wallet, login, "guess") == "login.wait"


async def test_the_right_one_clears_the_count(wallet: Wallet) -> None:
    for _ in range(3):
        for _ in range(FREE_ATTEMPTS - 1):
            assert await refusal(wallet, MEI, "guess") == "login.refused"
        await wallet.accounts.sign_in(MEI, PASSCODES[MEI])


async def test_others_are_not_slowed(wallet: Wallet) -> None:
    for _ in range(FREE_ATTEMPTS + 1):
        await refusal(wallet, MEI, "guess")
    assert (await wallet.accounts.sign_in(JOAO, PASSCODES[JOAO])).login == JOAO


async def test_guesses_side_by_side_all_count(wallet: Wallet) -> None:
    codes = await asyncio.gather(*(refusal(wallet, "nobody", f"guess-{number}") for number in range(2 * FREE_ATTEMPTS)))
    assert codes.count("login.refused") <= FREE_ATTEMPTS


async def test_a_changed_passcode_ends_sessions(wallet: Wallet, mei: Account) -> None:
    assert await wallet.accounts.of_session(mei.id, mei.session_epoch)
    await wallet.accounts.seed([Patient(login=MEI, passcode="another-1", name="陳美 Chan Mei")])
    assert await wallet.accounts.of_session(mei.id, mei.session_epoch) is None
    assert await refusal(wallet, MEI, PASSCODES[MEI]) == "login.refused"
    assert (await wallet.accounts.sign_in(MEI, "another-1")).id == mei.id


async def test_seeding_again_changes_nothing(wallet: Wallet, mei: Account, app: FastAPI) -> None:
    await wallet.accounts.seed(wallet.settings.patients)
    assert await wallet.accounts.of_session(mei.id, mei.session_epoch)


async def test_an_idle_session_ends(program: httpx.AsyncClient, clock: FixedClock) -> None:
    clock.at += timedelta(minutes=29)
    assert (await program.get("/api/credentials")).status_code == 200
    clock.at += timedelta(minutes=29)
    assert (await program.get("/api/credentials")).status_code == 200
    clock.at += timedelta(minutes=31)
    answer = await program.get("/api/credentials")
    assert (answer.status_code, answer.json()["code"]) == (401, "login.needed")


async def test_signing_out_ends_stolen_cookies(program: httpx.AsyncClient) -> None:
    cookie = program.cookies["medcred_wallet"]
    assert (await program.post("/api/logout")).status_code == 200
    program.cookies.clear()
    program.cookies.set("medcred_wallet", cookie)
    assert (await program.get("/api/credentials")).json()["code"] == "login.needed"

"""A service's refusal ends a command as the same refusal made here would."""

import httpx
import pytest

from medcred.party import Party
from schemas.errors import MedcredError


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [(401, 1), (403, 1), (404, 1), (409, 1), (413, 64), (422, 64), (429, 2), (500, 2), (503, 2)],
)
async def test_exit_codes(status: int, exit_code: int) -> None:
    problem = {"code": "thing.refused", "detail": "It was refused.", "hint": "Do otherwise."}
    async with Party("http://service.test") as party:
        party.http._transport = httpx.MockTransport(lambda _: httpx.Response(status, json=problem))
        with pytest.raises(MedcredError) as caught:
            await party.get("/thing")
    error = caught.value
    assert (error.code, error.message, error.hint) == ("thing.refused", "It was refused.", "Do otherwise.")
    assert (error.exit_code, error.http_status) == (exit_code, status if status != 500 else 503)


async def test_an_answer_that_is_no_problem() -> None:
    async with Party("http://service.test") as party:
        party.http._transport = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>"))
        with pytest.raises(MedcredError) as caught:
            await party.get("/thing")
    assert (caught.value.code, caught.value.exit_code) == ("http.502", 2)

"""How much is read of a request: by what it says of itself, by what comes, by route and by who is signed in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Form, Request
from pydantic import BaseModel

from tests.web.conftest import SECRET, Browser
from web.body_limit import FORM_BYTES, Upload, install_body_limit
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


class Note(BaseModel):
    text: str


@pytest.fixture
def limited(tmp_path: Path) -> Browser:
    """A service with routes that read in each of the ways a route can, under the limit."""
    small = FastAPI()
    install_sessions(small, SECRET, cookie="medcred_test")
    install_problems(small, Pages(tmp_path, "medcred"))
    install_body_limit(small, Upload("/bundles/{name}", 300_000), Upload("/files", 300_000, signed_in=True))

    @small.get("/sign-in")
    async def sign_in(request: Request) -> None:
        request.session["person"] = "olga"

    @small.post("/form")
    async def form(text: str = Form("")) -> int:
        return len(text)

    @small.post("/note")
    async def note(body: Note) -> int:
        return len(body.text)

    @small.post("/bundles/{name}")
    @small.post("/files")
    async def raw(request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    return Browser(small)


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 1000):
        yield b"x" * min(1000, size - start)


@pytest.mark.parametrize("path", ["/form", "/note", "/files", "/bundles/one/more", "/nowhere-else"])
def test_a_form_and_no_more(limited: Browser, path: str) -> None:
    for content in (b"x" * (FORM_BYTES + 1), in_chunks(FORM_BYTES + 1)):
        answer = limited.post(path, content=content, headers=JSON if path == "/note" else FORM)
        if path in ("/nowhere-else", "/bundles/one/more"):
            assert answer.status_code == 404  # nothing is read for it
        else:
            assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large"), path


def test_up_to_the_limit_it_is_read(limited: Browser) -> None:
    assert limited.post("/form", content=b"text=" + b"x" * (FORM_BYTES - 5), headers=FORM).json() == FORM_BYTES - 5
    assert limited.post("/files", content=b"x" * FORM_BYTES).json() == FORM_BYTES


def test_a_route_that_takes_more(limited: Browser) -> None:
    assert limited.post("/bundles/one", content=in_chunks(300_000)).json() == 300_000
    for content in (b"x" * 300_001, in_chunks(300_001)):
        assert limited.post("/bundles/one", content=content).status_code == 413


def test_a_route_that_takes_more_from_whom_it_knows(limited: Browser) -> None:
    assert limited.post("/files", content=b"x" * 300_000).status_code == 413
    limited.get("/sign-in")
    assert limited.post("/files", content=b"x" * 300_000).json() == 300_000
    assert limited.post("/files", content=in_chunks(300_001)).status_code == 413


def test_a_length_that_is_a_lie_or_nonsense_is_counted(limited: Browser) -> None:
    for length in ("10", "-1", "many", "٣"):
        headers = {b"content-type": b"application/json", b"content-length": length.encode()}
        answer = limited.request("POST", "/note", content=b"x" * (FORM_BYTES + 1), headers=list(headers.items()))
        assert answer.status_code == 413, length


def test_a_person_reads_it_on_a_page(limited: Browser) -> None:
    answer = limited.post("/form?lang=pt", content=b"x" * (FORM_BYTES + 1), headers=FORM | {"accept": "text/html"})
    assert answer.status_code == 413
    assert "<code>request.too_large</code>" in answer.text
    assert "O pedido é demasiado grande." in answer.text

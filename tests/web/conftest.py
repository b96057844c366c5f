"""A small service with everything `web` gives: pages, sessions, problems. Its routes fail in every way a route can."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from schemas.errors import ConfigError, NotFoundError, NotSignedInError, RecordError, TooOftenError
from web.pages import Pages
from web.problems import install_problems
from web.sessions import FormGuard, install_sessions

CANARIES = ("CANARY-NAME-7Q4X", "CANARY-ID-9Z2K", "CANARY-NOTE-5T8W")
SECRET = "a session secret of good length, for tests"


class Person(BaseModel):
    name: str
    born: int


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.html").write_text(
        '{% extends "frame.html" %}{% block main %}<p id="said">{{ said }}</p>{% endblock %}'
    )
    pages = Pages(tmp_path, "medcred")
    app = FastAPI()
    install_sessions(app, SECRET, cookie="medcred_test")
    install_problems(app, pages)
    pages.mount(app)

    @app.get("/hello")
    async def hello(request: Request, said: str = "") -> Response:
        return pages.render(request, "hello.html", said=said)

    @app.get("/sign-in")
    async def sign_in(request: Request) -> Response:
        request.session["person"] = "Chan <b>Mei</b>"
        return pages.render(request, "hello.html", said="")

    @app.post("/change", dependencies=[FormGuard])
    async def change() -> dict[str, bool]:
        return {"changed": True}

    @app.post("/person")
    async def person(body: Person) -> Person:
        return body

    @app.get("/missing")
    async def missing() -> None:
        raise NotFoundError("thing.unknown", "There is no such thing.", "Look elsewhere.")

    @app.get("/record")
    async def record() -> None:
        raise RecordError("record.invalid", "A field is missing.", "Add it.", path="Bundle.entry[3]")

    @app.get("/settings")
    async def settings() -> None:
        raise ConfigError("house.invalid", "A word is wrong.", "Correct it.", file="agents.yml", line=7)

    @app.get("/keyless")
    async def keyless() -> None:
        raise NotSignedInError("key.unknown", "This key is not known here.", "Send a key.")

    @app.get("/often")
    async def often(seconds: int = 0) -> None:
        raise TooOftenError("thing.often", "This was asked too often.", "Wait.", retry_after=seconds)

    @app.get("/broken")
    async def broken() -> None:
        raise ValueError(" ".join(CANARIES))

    return app


class Browser:
    """Keeps cookies and headers and asks the app without a network. A fault in the app becomes its answer, not an exception."""

    def __init__(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        self.headers, self.cookies = self._http.headers, self._http.cookies

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._http.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)


@pytest.fixture
def client(app: FastAPI) -> Browser:
    return Browser(app)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]

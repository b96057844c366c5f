"""A member of staff at the console: a browser without scripts that keeps cookies and sends forms as the page gave them."""

import re
from typing import Any

import httpx
from bs4 import BeautifulSoup

from tests.issuer.onboarding.house import House


class Person:
    """Signed in after `sign_in`; forms carry the token of the page that was read last."""

    def __init__(self, house: House, name: str, *, language: str = "en") -> None:
        self.name = name
        self.client = house.client(accept="text/html", **{"accept-language": language})
        self.csrf = ""
        self.page = BeautifulSoup("", "html.parser")
        self.answer = httpx.Response(204)

    async def sign_in(self) -> "Person":
        await self.read("/sign-in")
        await self.send("/sign-in", name=self.name, password=f"password of {self.name}")
        assert self.answer.url.path == "/", self.text
        return self

    async def read(self, path: str) -> BeautifulSoup:
        return self._take(await self.client.get(path, follow_redirects=True))

    async def send(self, path: str, **form: Any) -> BeautifulSoup:
        """Send a form and follow where it leads."""
        answer = await self.client.post(path, data={"csrf": self.csrf} | form, follow_redirects=True)
        return self._take(answer)

    async def upload(self, path: str, files: list[tuple[str, tuple[str, bytes, str]]]) -> BeautifulSoup:
        answer = await self.client.post(path, data={"csrf": self.csrf}, files=files, follow_redirects=True)
        return self._take(answer)

    @property
    def text(self) -> str:
        """What a person reads in the main part of the page."""
        main = self.page.find("main")
        return re.sub(r"\s+", " ", main.get_text(" ") if main else "")

    @property
    def path(self) -> str:
        return self.answer.url.path

    def forms(self) -> set[str]:
        """Where the forms of the page lead, without the one that signs out."""
        return {str(form["action"]) for form in self.page.find_all("form") if form.get("action") != "/logout"}

    def _take(self, answer: httpx.Response) -> BeautifulSoup:
        self.answer = answer
        self.page = BeautifulSoup(answer.text, "html.parser")
        token = self.page.find("input", {"name": "csrf"})
        if token is not None:
            self.csrf = str(token["value"])
        return self.page

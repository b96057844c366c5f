"""`medcred hospital bind` said twice: the second time changes nothing and says so."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from medcred.cli import run
from medcred.commands import hospital
from medcred.party import Party

TOLD = {
    "slug": "hk",
    "name": "Harbour",
    "lei": "984500HKTESTHOSP0164",
    "did": "did:web:h",
    "history": [],
    "identity": [],
    "blocked": None,
}


class Issuer:
    """Answers as the issuer does; `state` is the hospital's, empty before its application."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.posts: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            known = {"code": "hospital.unknown", "detail": "There is no such hospital here.", "hint": ""}
            return httpx.Response(200, json=self.told()) if self.state else httpx.Response(404, json=known)
        self.posts.append(request.url.path)
        self.state = {"/hospitals": "applied"}.get(request.url.path) or {
            "applied": "lei_checked",
            "lei_checked": "did_proved",
        }.get(self.state, "active")
        return httpx.Response(200, json=self.told())

    def told(self) -> dict[str, Any]:
        return TOLD | {"state": self.state}


@pytest.fixture
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    service = Issuer(request.param)

    def party(house: Path, key: str) -> Party:
        made = Party("http://issuer.test", key)
        made.http._transport = httpx.MockTransport(service)
        return made

    monkeypatch.setattr(hospital, "issuer", party)
    return service


@pytest.mark.parametrize("service", ["active"], indirect=True)
@pytest.mark.parametrize("more", [[], ["--approve"]])
def test_an_active_hospital_is_active_already(service: Issuer, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hospital", "bind", "hk", *more]) == 0
    assert "OK: hk is already active" in capsys.readouterr().out
    assert service.posts == []
    assert run(["hospital", "bind", "hk", "--json", *more]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "active"


@pytest.mark.parametrize("service", [""], indirect=True)
def test_the_whole_way_and_the_approval(service: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hospital", "bind", "hk"]) == 0
    assert service.posts == ["/hospitals", "/hospitals/hk/check-lei", "/hospitals/hk/prove-did"]
    assert "hk is did_proved" in capsys.readouterr().out
    assert run(["hospital", "bind", "hk", "--approve"]) == 0
    assert service.posts[3:] == ["/hospitals/hk/approve"]
    assert "OK: hk is active" in capsys.readouterr().out

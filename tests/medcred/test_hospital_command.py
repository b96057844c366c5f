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
        self.bodies: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            known = {"code": "hospital.unknown", "detail": "There is no such hospital here.", "hint": ""}
            return httpx.Response(200, json=self.told()) if self.state else httpx.Response(404, json=known)
        self.posts.append(request.url.path)
        if request.url.path.endswith("/identity"):
            self.bodies.append(json.loads(request.content))
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


@pytest.mark.parametrize("service", ["active"], indirect=True)
def test_a_road_is_shown_to_an_active_hospital_too(service: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stream, chain, crl = tmp_path / "hk.cesr", tmp_path / "hk.pem", tmp_path / "ca.crl"
    stream.write_text("{}-AAB")
    chain.write_text("-----BEGIN CERTIFICATE-----")
    crl.write_bytes(b"\x30\x00")
    assert run(["hospital", "bind", "hk", "--vlei", str(stream), "--source", "https://hk.example/vlei.cesr"]) == 0
    assert run(["hospital", "bind", "hk", "--certificate", str(chain), "--crl", str(crl)]) == 0
    assert service.posts == ["/hospitals/hk/identity"] * 2
    assert service.bodies == [
        {"road": "vlei", "stream": "{}-AAB", "source": "https://hk.example/vlei.cesr"},
        {"road": "certificate", "chain": "-----BEGIN CERTIFICATE-----", "lists": ["MAA="]},
    ]
    assert "already" not in capsys.readouterr().out


@pytest.mark.parametrize("service", [""], indirect=True)
def test_calls_that_make_no_sense(service: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes("日本".encode())
    for call in (
        ["--vlei", str(file), "--certificate", str(file)],
        ["--vlei", str(file), "--crl", str(file)],
        ["--certificate", str(file), "--source", "https://hk.example"],
        ["--vlei", str(file), "--approve"],
        ["--vlei", str(file)],
    ):
        assert run(["hospital", "bind", "hk", *call]) == 64
    assert service.posts == []
    assert "not ASCII" in capsys.readouterr().err


@pytest.mark.parametrize("service", ["active"], indirect=True)
def test_roads_and_keys_are_shown(service: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    service.told = lambda: (
        TOLD
        | {  # type: ignore[method-assign]
            "state": "active",
            "identity": [
                {"road": "vlei", "aid": "Eaid", "binding": "Ebinding", "ended_at": "2026-11-24T15:00:00Z"},
                {"road": "certificate", "sha256": "00ff", "ended_at": None},
            ],
            "current": {"id": "did:web:h#key-1", "multikey": "z6MkA", "jkt": "thumb-1"},
            "next": {"id": "did:web:h#key-2", "multikey": "z6MkB", "jkt": "thumb-2"},
        }
    )
    assert run(["hospital", "show", "hk"]) == 0
    shown = capsys.readouterr().out
    assert "known by vlei: Eaid, binding Ebinding, REVOKED" in shown
    assert "known by certificate: SHA-256 00ff\n" in shown
    assert run(["hospital", "keys", "hk"]) == 0
    assert "next: did:web:h#key-2=z6MkB\n    thumbprint thumb-2" in capsys.readouterr().out

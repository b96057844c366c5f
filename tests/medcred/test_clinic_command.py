"""`medcred clinic bind`: the clinic of this house proves itself at once; for another house's, a challenge is printed."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from medcred.cli import run
from medcred.commands import clinic
from medcred.party import Party

TOLD = {
    "slug": "x",
    "name": "Lantau",
    "lei": "984500HKTESTCLIN0164",
    "did": "did:web:c",
    "history": [],
    "identity": [],
    "blocked": None,
}
STATEMENT = {"did": "did:web:c", "domain": "https://registrar.example", "challenge": "c" * 20}
NEXT = {"/hospitals": "applied", "check-lei": "lei_checked", "prove-did": "did_proved", "approve": "active"}


class Issuer:
    """Answers as the issuer does; a clinic has not applied at first."""

    def __init__(self) -> None:
        self.state = ""
        self.posts: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            known = {"code": "hospital.unknown", "detail": "There is no such hospital here.", "hint": ""}
            return httpx.Response(200, json=TOLD | {"state": self.state}) if self.state else httpx.Response(404, json=known)
        step = request.url.path.rpartition("/")[2]
        self.posts.append((step, json.loads(request.content)))
        if step == "challenge":
            return httpx.Response(200, json=STATEMENT)
        self.state = NEXT[step] if step in NEXT else NEXT[request.url.path]
        return httpx.Response(200, json=TOLD | {"state": self.state})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    service = Issuer()

    def party(house: Path, key: str) -> Party:
        made = Party("http://issuer.test", key)
        made.http._transport = httpx.MockTransport(service)
        return made

    async def desk(house: Any, domain: str, challenge: str) -> Any:
        return {"signed for": domain, "challenge": challenge}

    monkeypatch.setattr(clinic, "issuer", party)
    monkeypatch.setattr("medcred.commands.hospital.issuer", party)
    monkeypatch.setattr(clinic, "proved_at_the_desk", desk)
    return service


def test_the_clinic_of_this_house_proves_itself(service: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clinic", "bind", "lantau"]) == 0
    assert "did_proved" in capsys.readouterr().out
    signed = {"signed for": STATEMENT["domain"], "challenge": STATEMENT["challenge"]}
    assert service.posts[-1] == ("prove-did", {"signed": signed})
    assert run(["clinic", "bind", "lantau", "--approve", "--key", "approvals"]) == 0
    assert "active" in capsys.readouterr().out
    assert run(["clinic", "bind", "lantau"]) == 0
    assert [step for step, _ in service.posts] == ["hospitals", "check-lei", "challenge", "prove-did", "approve"]


def test_another_houses_clinic_is_given_a_challenge_and_answers(
    service: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["clinic", "bind", "elsewhere"]) == 0
    assert f"medcred clinic prove {STATEMENT['domain']} {STATEMENT['challenge']}" in capsys.readouterr().out
    proof = tmp_path / "proof.json"
    proof.write_text('{"proof": {}}')
    assert run(["clinic", "bind", "elsewhere", "--proof", str(proof)]) == 0
    assert service.posts[-1] == ("prove-did", {"signed": {"proof": {}}})


def test_a_proof_that_is_not_json(service: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = tmp_path / "proof.json"
    proof.write_text("hello")
    assert run(["clinic", "bind", "elsewhere", "--proof", str(proof)]) == 64
    assert "The proof is not JSON." in capsys.readouterr().err
    assert service.posts == []

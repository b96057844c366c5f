"""`medcred hospital signer`: what it sends to the issuer, and what it says."""

import json
from pathlib import Path

import httpx
import pytest

from medcred.cli import run
from medcred.commands import signer
from medcred.party import Party
from verifier.identity.vlei.stream import MAX_STREAM

AID = "E" + "a" * 43
TOLD = {
    "id": "11111111-1111-4111-8111-111111111111",
    "role": "Physician",
    "aid": AID,
    "did": "did:key:z6Mk",
    "thumbprint": "t" * 43,
    "state": "prepared",
    "credential": None,
    "revoked": False,
}
STATEMENT = {"type": "AidKeyStatement", "aid": AID, "id": "did:key:z6Mk"}


class Issuer:
    """Answers as the issuer does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append((request.method, path, json.loads(request.content) if request.content else None))
        if request.method == "GET":
            return httpx.Response(200, json=[TOLD, TOLD | {"state": "left", "credential": "E"}])
        if path.endswith("/stream"):
            return httpx.Response(200, json=TOLD | {"state": "active", "credential": "E"})
        if path.endswith("/leave"):
            return httpx.Response(200, json=TOLD | {"state": "left", "credential": "E"})
        return httpx.Response(201, json=TOLD | {"statement": STATEMENT})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    service = Issuer()

    def party(house: Path, key: str) -> Party:
        made = Party("http://issuer.test", key)
        made.http._transport = httpx.MockTransport(service)
        return made

    monkeypatch.setattr(signer, "issuer", party)
    return service


def test_a_signer_is_prepared_added_and_leaves(service: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statement, stream = tmp_path / "statement.json", tmp_path / "signer.cesr"
    stream.write_bytes(b'{"v":"KERI10JSON0000fd_"}-AAB\n')
    command = ["hospital", "signer"]
    assert run([*command, "prepare", "hk", "--role", "Physician", "--aid", AID, "--statement", str(statement)]) == 0
    assert json.loads(statement.read_text()) == STATEMENT
    assert run([*command, "add", "hk", TOLD["id"], str(stream)]) == 0
    assert "is active: Physician" in capsys.readouterr().out
    assert run([*command, "left", "hk", TOLD["id"]]) == 0
    assert "hint: the published stream does not say so yet" in capsys.readouterr().out
    place = f"/hospitals/hk/signers/{TOLD['id']}"
    assert service.asked == [
        ("POST", "/hospitals/hk/signers", {"role": "Physician", "aid": AID}),
        ("POST", f"{place}/stream", {"stream": '{"v":"KERI10JSON0000fd_"}-AAB'}),
        ("POST", f"{place}/leave", {}),
    ]


def test_the_signers_are_listed(service: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hospital", "signer", "list", "hk"]) == 0
    said = capsys.readouterr().out
    assert "is prepared" in said
    assert said.count("hint:") == 1
    assert run(["hospital", "signer", "list", "hk", "--json"]) == 0
    assert [each["state"] for each in json.loads(capsys.readouterr().out)["signers"]] == ["prepared", "left"]


@pytest.mark.parametrize("content", ["陳美".encode(), b"A" * (MAX_STREAM + 1)], ids=["no ASCII", "too large"])
def test_what_is_no_stream_is_not_sent(
    service: Issuer, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = tmp_path / "signer.cesr"
    stream.write_bytes(content)
    assert run(["hospital", "signer", "add", "hk", TOLD["id"], str(stream)]) == 64
    assert "This is not a CESR stream" in capsys.readouterr().err
    assert service.asked == []

"""`medcred trust`: what a list says, whether it is believed, carrying it, and who may issue what."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from medcred.cli import run
from medcred.commands import trust as command
from medcred.commands import verify as verify_command
from medcred.house.secrets import write_private
from schemas.keys import did_key_method
from storage import Database
from tests.medcred.answering import Answering
from tests.verifier.world import AT, HK, PUBLISHER, PUBLISHER_KEY, unsigned_trust
from verifier.desk.copies import Copies
from verifier.proofs import sign_jcs
from verifier.verdict import stamp

SHIPPED = Path(__file__).parents[2] / "agents.yml"
OTHER = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
AT_TEXT = stamp(AT)


def signed(**changes: Any) -> dict[str, Any]:
    return sign_jcs(unsigned_trust() | changes, PUBLISHER_KEY, verification_method=did_key_method(PUBLISHER), created=AT)


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list in a file, and a home of its own."""
    monkeypatch.setattr(command, "KEPT_LIST", tmp_path / "home" / "trust.json")
    monkeypatch.setattr(verify_command, "TRUST_PLACES", (tmp_path / "home" / "trust.json",))
    file = tmp_path / "carried.json"
    file.write_text(json.dumps(signed(sequence=7)))
    return file


@pytest.fixture
def cache(tmp_path: Path) -> list[str]:
    return ["--cache", str(tmp_path / "cache")]


def test_what_a_list_says(carried: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trust", "show", str(carried), "--at", AT_TEXT]) == 0
    said = capsys.readouterr().out
    assert f"trust list 7 of {PUBLISHER}" in said
    assert HK in said
    assert "known by the registrar alone; may issue" in said
    assert "witness:" in said
    assert run(["trust", "show", str(carried), "--json", "--at", AT_TEXT]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sequence"], told["age"]["state"]) == (7, "current")


def test_an_older_list_is_refused_by_every_command(carried: Path, cache: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call = ["trust", "verify", str(carried), "--at", AT_TEXT, "--json", *cache]
    assert run(call) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "believed"
    carried.write_text(json.dumps(signed(sequence=6)))
    assert run(call) == 1
    assert json.loads(capsys.readouterr().out) == {"verdict": "refused", "reason": "trust.sequence"}
    assert run(["trust", "import", str(carried), *cache]) == 1
    assert run(["verify", "--trust", str(carried), "--offline", *cache, str(SHIPPED)]) == 1
    assert "older than one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("later", "code", "state"),
    [(timedelta(0), 0, "current"), (timedelta(days=6), 0, "in_grace"), (timedelta(days=8), 2, "expired")],
)
def test_the_age_of_a_list(
    carried: Path, cache: list[str], capsys: pytest.CaptureFixture[str], later: timedelta, code: int, state: str
) -> None:
    expires = unsigned_trust()["expiresAt"]
    at = stamp(verify_command.datetime.fromisoformat(expires) + later)
    assert run(["trust", "verify", str(carried), "--at", at, "--json", *cache]) == code
    assert json.loads(capsys.readouterr().out)["age"]["state"] == state


def test_another_publisher_is_refused(carried: Path, cache: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trust", "verify", str(carried), "--publisher", OTHER, *cache]) == 1
    assert "(trust.publisher)" in capsys.readouterr().out
    assert run(["trust", "import", str(carried), "--publisher", OTHER, *cache]) == 1
    assert not command.KEPT_LIST.exists()


def test_an_imported_list_is_used_without_a_word(carried: Path, cache: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trust", "show"]) == 64
    assert "trust import" in capsys.readouterr().err
    assert run(["trust", "import", str(carried), *cache]) == 0
    assert "is kept" in capsys.readouterr().out
    carried.unlink()
    assert run(["trust", "show"]) == 0
    assert "trust list 7" in capsys.readouterr().out


def test_exported_from_where_it_is_published(carried: Path, cache: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with Answering() as server:
        server.answers["/trust.json"] = 200, signed(sequence=8)
        assert run(["trust", "export", str(out), "--from", f"{server.url}/trust.json", "--publisher", PUBLISHER, *cache]) == 0
        server.answers["/trust.json"] = 200, signed(sequence=7)
        assert run(["trust", "export", str(carried), "--from", f"{server.url}/trust.json", *cache]) == 1
        server.answers["/trust.json"] = 200, {"not": "a list"}
        assert run(["trust", "export", str(carried), "--from", f"{server.url}/trust.json", *cache]) == 64
    assert json.loads(out.read_text())["sequence"] == 8


@pytest.mark.parametrize(
    ("did", "kind", "code", "at"),
    [
        (HK, "ImmunizationCredential", 0, AT_TEXT),
        ("did:web:elsewhere.example", "ImmunizationCredential", 1, AT_TEXT),
        (HK, "ImmunizationCredential", 2, "2020-01-01"),
        (HK, "PassportCredential", 64, AT_TEXT),
    ],
)
def test_who_may(carried: Path, capsys: pytest.CaptureFixture[str], did: str, kind: str, code: int, at: str) -> None:
    call = ["trust", "may", did, kind, "--trust", str(carried), "--at", at]
    assert run(call) == code
    capsys.readouterr()
    if code == 64:
        return
    assert run([*call, "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["authorized"] is (code == 0)
    assert (told["entity_id"], told["authority_id"], told["action"], told["resource"]) == (did, PUBLISHER, "issue", kind)
    assert told["time_requested"] == told["time_evaluated"]


async def _kept(folder: Path) -> int:
    database = Database(f"sqlite:///{folder / '.medcred' / 'databases' / 'desk.db'}")
    try:
        copy = await Copies(database).trust(PUBLISHER)
        return copy.sequence if copy else 0
    finally:
        await database.close()


def test_a_desk_without_a_network(carried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    shutil.copy(SHIPPED, folder / "agents.yml")
    call = ["trust", "import", str(carried), "--desk", "--house", str(folder / "agents.yml")]
    assert run(call) == 1, "it does not know whom to believe"
    write_private(folder / ".medcred" / "trust-publisher", PUBLISHER)
    assert run(call) == 0
    assert asyncio.run(_kept(folder)) == 7
    carried.write_text(json.dumps(signed(sequence=6)))
    assert run(call) == 1
    assert asyncio.run(_kept(folder)) == 7
    assert run([*call, "--publisher", OTHER]) == 1
    assert "another publisher" in capsys.readouterr().err


def test_a_house_without_a_desk_or_an_issuer(carried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agents.yml").write_text("version: 1\nagents: []\n")
    house = ["--house", str(tmp_path / "agents.yml")]
    assert run(["trust", "import", str(carried), "--desk", *house]) == 64
    assert run(["trust", "export", str(tmp_path / "x.json"), *house]) == 64
    assert "--from" in capsys.readouterr().err

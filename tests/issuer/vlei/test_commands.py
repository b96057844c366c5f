"""`medcred vlei sandbox`: the whole life by commands, `--json`, and errors with hints."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from issuer.vlei import sandbox
from medcred.cli import run
from tests.issuer.vlei.ecosystem import HOSPITAL_LEI, PERSON, ROLE, memory_folder
from tests.issuer.vlei.test_binding_keys import DID, METHOD, signed

WEB = "did:web:hospital.example"
KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


class Person:
    """Somebody at a terminal, in a folder of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def type(self, *words: str, code: int = 0) -> str:
        """Run a step of the sandbox; what it prints."""
        assert run(["vlei", "sandbox", *words, "--dir", str(self.folder / "r")]) == code
        printed = self._capsys.readouterr()
        return printed.err if code else printed.out

    def ask(self, *words: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.type(*words, "--json"))
        return told

    def judge(self, credential: str) -> tuple[int, dict[str, Any]]:
        """Export and judge as anybody would."""
        file = str(self.folder / "out.cesr")
        told = self.ask("export", credential, "--out", file)
        code = run(["vlei", "verify", file, "--root", told["root"], "--json"])
        return code, json.loads(self._capsys.readouterr().out)


@pytest.fixture
def person(capsys: pytest.CaptureFixture[str]) -> Iterator[Person]:
    with memory_folder() as folder:
        somebody = Person(folder, capsys)
        somebody.type("init", "--witnesses", "1", "--keys", "2")
        somebody.type("issue", "hk", "--lei", HOSPITAL_LEI)
        yield somebody


def test_the_whole_life(person: Person) -> None:
    doctor = person.ask("issue", "dr-chan", "--hospital", "hk", "--person", PERSON, "--role", ROLE)
    assert doctor["name"] == "dr-chan.ecr"
    person.type("issue", "dr-lee", "--hospital", "hk", "--person", PERSON, "--role", ROLE, "--through-qvi")
    person.type("issue", "head", "--hospital", "hk", "--person", PERSON, "--role", "Chief Executive", "--official")
    person.type("bind", "hk", "--did", WEB, "--key", f"{WEB}#key-1={KEY}")
    for credential in ("dr-chan.ecr", "dr-lee.ecr", "head.oor", "hk.binding"):
        code, told = person.judge(credential)
        assert (code, told["lei"]) == (0, HOSPITAL_LEI)
    assert person.ask("rotate", "geda")["event"] > 0
    assert person.judge("dr-chan.ecr")[0] == 0
    assert person.ask("revoke", "hk.le")["state"] == "revoked"
    code, told = person.judge("hk.binding")
    assert code == 1
    assert [check["reason"] for check in told["checks"] if check["result"] == "fail"] == ["vlei.revoked"]
    shown = person.ask("show")
    assert {told["name"]: told["state"] for told in shown["credentials"]}["hk.le"] == "revoked"
    assert PERSON not in json.dumps(shown)


def test_words_for_a_person_to_read(person: Person) -> None:
    lines = person.type("show").splitlines()
    assert [line.split()[0] for line in lines] == ["root", "geda", "qvi", "hk", "qvi.qvi", "hk.le"]
    assert person.type("show", "--root").strip() == person.ask("show")["root"] == person.ask("show", "--root")["root"]
    assert person.type("rotate", "hk").startswith("OK: hk has new keys since event ")
    assert person.type("revoke", "hk.le").startswith("OK: hk.le revoked at ")


def test_a_did_key_signs_what_it_is_asked_to(person: Person) -> None:
    asked = json.loads(person.type("bind", "hk", "--ask", DID))
    file = person.folder / "statement.json"
    file.write_text(json.dumps(signed(asked)))
    person.type("bind", "hk", "--statement", str(file))
    with sandbox.reopen(person.folder / "r") as opened:
        bound = json.loads(opened.credential("hk.binding").text)["a"]
    assert bound["ids"] == [DID]
    assert [key["id"] for key in bound["keys"]] == [METHOD]


def test_keys_from_a_did_document_and_from_a_jwk(person: Person) -> None:
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": WEB,
        "verificationMethod": [{"id": "#key-1", "type": "Multikey", "controller": WEB, "publicKeyMultibase": KEY}],
        "assertionMethod": ["#key-1"],
    }
    (person.folder / "did.json").write_text(json.dumps(document))
    jwk = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
    (person.folder / "jwk.json").write_text(json.dumps(jwk))
    words = ["--did-document", str(person.folder / "did.json"), "--key", f"{WEB}#key-2={person.folder / 'jwk.json'}"]
    person.type("bind", "hk", *words)
    assert person.judge("hk.binding")[0] == 0


def test_a_log_and_a_stream_without_the_root(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    whole, less, log = (person.folder / name for name in ("whole.cesr", "less.cesr", "root.cesr"))
    root = person.ask("export", "hk.le", "--out", str(whole))["root"]
    person.type("export", "hk.le", "--without-root", "--out", str(less))
    person.type("export", "root", "--log", "--out", str(log))
    assert whole.read_bytes() == log.read_bytes() + less.read_bytes()
    assert run(["vlei", "verify", str(less), "--root", root]) == 2
    assert run(["vlei", "verify", str(less), "--root", root, "--kel", str(log)]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["init"], 1, "There is a rehearsal in "),
        (["init", "--schemas", "/no/such/folder"], 64, "there is no folder"),
        (["issue", "x"], 64, "Give --lei for a hospital"),
        (["issue", "x", "--lei", HOSPITAL_LEI, "--role", "Surgeon"], 64, "Give --lei for a hospital"),
        (["issue", "x", "--lei", "984500HKTESTHOSP0199"], 64, "This is not an LEI"),
        (["issue", "x", "--hospital", "nobody", "--person", PERSON, "--role", ROLE], 1, "There is no party nobody"),
        (["rotate", "nobody"], 1, "There is no party nobody"),
        (["revoke", "nobody.le"], 1, "There is no credential nobody.le"),
        (["export", "hk.le", "--out", "/no/such/folder/out.cesr"], 64, "cannot be written"),
        (["export", "nobody.le"], 1, "There is no credential nobody.le"),
        (["bind", "hk", "--did", WEB, "--key", "nonsense"], 64, "--key is METHOD=KEY"),
        (["bind", "hk", "--did", WEB, "--key", f"{WEB}#key-1=/no/such/file"], 64, "cannot be read"),
        (["bind", "hk", "--did", WEB], 64, "has no key in the binding"),
        (["bind", "hk", "--did", DID], 64, "has no key in the binding"),
        (["bind", "geda", "--did", WEB, "--key", f"{WEB}#key-1={KEY}"], 1, "geda has no ecr credential that stands"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_a_wrong_call_says_what_to_do(person: Person, words: list[str], code: int, says: str) -> None:
    printed = person.type(*words, code=code).splitlines()
    assert printed[0].startswith("error: ")
    assert says in printed[0]
    assert printed[1].startswith("hint: ")
    assert PERSON not in "".join(printed)


def test_another_process_is_waited_for_by_a_person(person: Person) -> None:
    with sandbox.reopen(person.folder / "r"):
        printed = person.type("show", code=2)
    assert "Another process works in " in printed

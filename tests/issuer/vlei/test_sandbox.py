"""The folder of a rehearsal: repeated steps, opened again, cut short, shared, damaged."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from issuer.vlei import ecosystem, sandbox
from issuer.vlei.binding import BoundKey
from issuer.vlei.documents import SchemaDocuments
from issuer.vlei.kinds import CredentialKind
from issuer.vlei.sandbox import Sandbox, majority
from issuer.vlei.state import FILE
from schemas.errors import FormatError, InputError, MedcredError, NotFoundError, RecordError, StateError, UnavailableError
from storage.clock import FixedClock
from tests.issuer.vlei.ecosystem import HOSPITAL_DID, HOSPITAL_LEI, NOW, PERSON, ROLE, World, memory_folder, small_ecosystem
from verifier.identity.vlei import Outcome, Pins, verify_vlei

KEY = BoundKey(f"{HOSPITAL_DID}#key-1", "A" * 43)


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as made:
        yield made


@pytest.fixture
def fresh() -> Iterator[World]:
    with small_ecosystem() as made:
        yield made


def begin(folder: Path) -> str:
    """A rehearsal with a hospital; the root."""
    with sandbox.create(folder, witnesses=1, clock=FixedClock(NOW)) as opened:
        ecosystem.found(opened)
        ecosystem.admit_hospital(opened, "hk", HOSPITAL_LEI)
        return opened.party("root").aid


def accepted(stream: bytes, root: str) -> bool:
    return verify_vlei(stream, Pins(root=root), at=NOW).outcome is Outcome.ACCEPT


def test_steps_can_be_repeated(fresh: World) -> None:
    before = fresh.export("dr-chan.binding"), list(fresh.sandbox.credentials)
    ecosystem.found(fresh.sandbox)
    ecosystem.admit_hospital(fresh.sandbox, "hk", fresh.lei)
    ecosystem.engage(fresh.sandbox, "dr-chan", "hk", person=PERSON, role=ROLE)
    ecosystem.engage(fresh.sandbox, "dr-lee", "hk", person=PERSON, role=ROLE, through_qvi=True)
    ecosystem.appoint(fresh.sandbox, "officer", "hk", person=PERSON, role="Chief Executive")
    fresh.bind_hospital()
    fresh.bind_doctor()
    assert (fresh.export("dr-chan.binding"), list(fresh.sandbox.credentials)) == before
    first = fresh.sandbox.revoke("dr-chan.ecr")
    assert fresh.sandbox.revoke("dr-chan.ecr") == first


def test_what_stands_is_not_issued_with_other_content(fresh: World) -> None:
    with pytest.raises(StateError) as error:
        ecosystem.admit_hospital(fresh.sandbox, "hk", "836800VC81GMPMG59W77")
    assert error.value.code == "vlei.stands"
    with pytest.raises(StateError):
        ecosystem.engage(fresh.sandbox, "dr-lee", "hk", person=PERSON, role="Head of Surgery", through_qvi=True)
    with pytest.raises(StateError):
        ecosystem.bind(fresh.sandbox, "hk", [fresh.did], [KEY])
    fresh.sandbox.revoke("hk.binding")
    assert ecosystem.bind(fresh.sandbox, "hk", [fresh.did], [KEY]).name == "hk.binding.2"


ON_IT: dict[str, Callable[[World], object]] = {
    "qvi.qvi": lambda world: ecosystem.admit_hospital(world.sandbox, "sz", "836800VC81GMPMG59W77"),
    "hk.le": lambda world: ecosystem.engage(world.sandbox, "dr-new", "hk", person=PERSON, role=ROLE),
    "dr-chan.ecr": World.bind_doctor,
}


@pytest.mark.parametrize("revoked", ON_IT)
def test_nothing_is_issued_on_what_does_not_stand(fresh: World, revoked: str) -> None:
    fresh.sandbox.revoke(revoked)
    fresh.sandbox.revoke("dr-chan.binding")
    with pytest.raises(StateError) as error:
        ON_IT[revoked](fresh)
    assert error.value.code == "vlei.does_not_stand"


def test_a_folder_is_opened_again(folder: Path) -> None:
    root = begin(folder)
    with sandbox.reopen(folder, clock=FixedClock(NOW)) as opened:
        assert opened.party("root").aid == root
        opened.rotate("qvi")
        ecosystem.engage(opened, "dr-chan", "hk", person=PERSON, role=ROLE)
    with sandbox.reopen(folder, clock=FixedClock(NOW)) as opened:
        opened.rotate("geda")
        assert accepted(opened.export("dr-chan.ecr"), root)
        assert [party.delegator for party in opened.parties.values()] == ["", "root", "geda", "", ""]


def test_everything_lies_in_the_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    begin(folder)
    assert list(tmp_path.iterdir()) == []
    assert {entry.name for entry in folder.iterdir()} == {"keripy-1", "schemas", "lock", FILE}


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        ("_settle", lambda opened: opened.rotate("qvi")),
        ("_settle", lambda opened: opened.create_party("other", delegator="qvi")),
        ("_seal", lambda opened: opened.rotate("qvi")),
        ("_record", lambda opened: opened.revoke("hk.le")),
        ("_record", lambda opened: ecosystem.engage(opened, "dr-chan", "hk", person=PERSON, role=ROLE)),
    ],
    ids=["rotation", "party", "delegation", "revocation", "issue"],
)
def test_a_step_that_is_cut_short_leaves_the_folder_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str, step: Callable[[Sandbox], object]
) -> None:
    root = begin(folder)
    before = (folder / FILE).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        _cut_short(folder, monkeypatch, broken, step)
    assert (folder / FILE).read_bytes() == before
    with sandbox.reopen(folder, clock=FixedClock(NOW)) as opened:
        assert "dr-chan" not in opened.parties
        step(opened)
        assert accepted(opened.export("hk.le"), root) == opened.credential("hk.le").stands


def test_an_error_leaves_the_folder_as_it_was(folder: Path) -> None:
    begin(folder)
    with pytest.raises(NotFoundError), sandbox.reopen(folder) as opened:
        opened.rotate(opened.create_party("other").aid)
    with sandbox.reopen(folder) as opened:
        assert "other" not in opened.parties


def _cut_short(folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str, step: Callable[[Sandbox], object]) -> None:
    with sandbox.reopen(folder) as opened, monkeypatch.context() as patched:
        patched.setattr(opened._store, broken, _stopped)
        step(opened)


def _stopped(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_one_process_at_a_time(folder: Path) -> None:
    begin(folder)
    with sandbox.reopen(folder), pytest.raises(UnavailableError) as error, sandbox.reopen(folder):
        pass
    assert error.value.code == "vlei.sandbox_busy"
    with sandbox.reopen(folder) as opened:
        assert opened.parties


def test_a_folder_holds_one_rehearsal(folder: Path) -> None:
    begin(folder)
    with pytest.raises(StateError) as error, sandbox.create(folder):
        pass
    assert error.value.code == "vlei.sandbox_exists"


def test_a_beginning_that_failed_can_be_made_again(folder: Path) -> None:
    with pytest.raises(FormatError), sandbox.create(folder, witnesses=1) as opened:
        ecosystem.found(opened, qvi_lei="984500SANDBOXQVI0100")
    assert begin(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1, "parties": {"a": {}}}', '{"someone": "else"}'])
def test_a_damaged_file_is_refused(folder: Path, content: str) -> None:
    (folder / FILE).write_text(content)
    if content == "{}":
        with sandbox.reopen(folder) as opened:
            assert opened.parties == {}
        return
    with pytest.raises(FormatError) as error, sandbox.reopen(folder):
        pass
    assert error.value.code == "vlei.sandbox_damaged"


@pytest.mark.parametrize("fault", ["gone", "garbage"])
def test_damaged_databases_are_refused(folder: Path, fault: str) -> None:
    begin(folder)
    if fault == "gone":
        shutil.rmtree(folder / "keripy-1")
    else:
        next(folder.glob("keripy-1/keri/db/**/data.mdb")).write_bytes(b"garbage" * 4096)
    with pytest.raises(FormatError) as error, sandbox.reopen(folder):
        pass
    assert error.value.code == "vlei.store_damaged"


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(FormatError) as error, sandbox.create(folder / "file" / "below"):
        pass
    assert error.value.code == "vlei.folder"


def test_where_nothing_is(folder: Path) -> None:
    with pytest.raises(NotFoundError) as error, sandbox.reopen(folder / "nowhere"):
        pass
    assert error.value.code == "vlei.no_sandbox"
    assert not (folder / "nowhere").exists()


def test_wrong_words_are_refused(fresh: World) -> None:
    wrong: list[tuple[str, object]] = [
        ("vlei.name", lambda: fresh.sandbox.create_party("Dr Chan")),
        ("vlei.name", lambda: fresh.sandbox.create_party("witness.1")),
        ("vlei.keys", lambda: fresh.sandbox.create_party("many", keys=6)),
        ("vlei.party_differs", lambda: fresh.sandbox.create_party("hk", keys=2)),
        ("vlei.party_unknown", lambda: fresh.sandbox.create_party("child", delegator="nobody")),
        ("vlei.party_unknown", lambda: fresh.sandbox.rotate("nobody")),
        ("vlei.credential_unknown", lambda: fresh.sandbox.revoke("nobody.le")),
        ("vlei.credential_unknown", lambda: fresh.export("nobody.le")),
        ("lei.malformed", lambda: ecosystem.admit_hospital(fresh.sandbox, "sz", "984500HKTESTHOSP0100")),
    ]
    for code, step in wrong:
        with pytest.raises(MedcredError) as error:
            step()  # type: ignore[operator]
        assert error.value.code == code
        assert error.value.hint
        assert PERSON not in error.value.message + error.value.hint


def test_a_binding_needs_a_key_of_each_did(fresh: World) -> None:
    fresh.sandbox.revoke("hk.binding")
    other = "did:web:elsewhere.example"
    for code, dids, keys in [
        ("vlei.key_of_other_did", [HOSPITAL_DID], [KEY, BoundKey(f"{other}#key-1", "A" * 43)]),
        ("vlei.no_key", [HOSPITAL_DID, other], [KEY]),
        ("vlei.no_statement", [fresh.doctor_did], [BoundKey(f"{fresh.doctor_did}#z6Mk", "A" * 43)]),
    ]:
        with pytest.raises(InputError) as error:
            ecosystem.bind(fresh.sandbox, "hk", dids, keys)
        assert error.value.code == code
    with pytest.raises(RecordError) as schema:
        ecosystem.bind(fresh.sandbox, "hk", [HOSPITAL_DID], [BoundKey(KEY.id, "short")])
    assert schema.value.code == "vlei.schema"
    assert schema.value.path == "a.keys.0.jkt"
    assert "hk.binding.2" not in fresh.sandbox.credentials


@pytest.mark.independent
def test_a_credential_that_breaks_its_schema_is_not_issued(documents: SchemaDocuments) -> None:
    with small_ecosystem(documents=documents) as world, pytest.raises(RecordError) as error:
        world.sandbox.issue("wrong", CredentialKind.QVI, "geda", {"LEI": 5}, holder="qvi")
    assert error.value.code == "vlei.schema"
    assert "wrong" not in world.sandbox.credentials


def test_nonces_come_from_who_asks(folder: Path) -> None:
    with sandbox.create(folder, clock=FixedClock(NOW), random_bytes=bytes) as opened:
        ecosystem.found(opened)
        ecosystem.admit_hospital(opened, "hk", HOSPITAL_LEI)
        told = json.loads(ecosystem.engage(opened, "dr-chan", "hk", person=PERSON, role=ROLE).text)
    assert told["u"] == told["a"]["u"] == "0A" + "A" * 22


@pytest.mark.parametrize(
    ("keys", "threshold"), [(1, "1"), (2, ["1/2"] * 2), (3, ["1/2"] * 3), (4, ["1/3"] * 4), (5, ["1/3"] * 5)]
)
def test_more_than_half_of_the_keys_sign(keys: int, threshold: object) -> None:
    assert majority(keys) == threshold

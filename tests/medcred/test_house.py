"""agents.yml: the one in the project is right, and each mistake is named with its line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from medcred.house import read_house
from medcred.house.secrets import Secrets, write_private
from medcred.supervise.services import ServiceSettings
from schemas.errors import ConfigError, SetupError

SHIPPED = Path(__file__).parents[2] / "agents.yml"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """The shipped file with one piece of text replaced."""

    def change(old: str, new: str) -> Path:
        text = SHIPPED.read_text()
        assert old in text
        file = tmp_path / "agents.yml"
        file.write_text(text.replace(old, new, 1))
        return file

    return change


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SHIPPED.read_text().splitlines(), 1) if text in line)


def test_the_shipped_file_is_right() -> None:
    house = read_house(SHIPPED)
    assert [agent.name for agent in house.agents] == ["sz", "hk", "patients", "lantau"]
    assert house.state == SHIPPED.parent / ".medcred"
    assert house.ports()[8101] == "service issuer"
    assert len(house.ports()) == 4 * 2 + 6


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("lei: 984500SZTESTHOSP0152", "lei: 984500SZTESTHOSP0153", "lei: 984500SZTESTHOSP0152", "not an LEI"),
        ("role: clinic", "role: doctor", "role: clinic", "role"),
        ("didcomm: 8130", "didcomm: eight", "didcomm: 8130", "didcomm"),
        ("didcomm: 8130", "didcomm: 80", "didcomm: 8130", "1024"),
        (
            "    jurisdiction: HK\n    did: did:web:localhost%3A8103",
            "    did: did:web:localhost%3A8103",
            "name: lantau",
            "jurisdiction",
        ),
        ("role: wallet\n", "role: wallet\n    colour: blue\n", "", "colour"),
        ("storage: {kind: sqlite}", "storage: {kind: oracle}", "storage: {kind: sqlite}", "storage"),
        ('admin: "file:secrets/hk.admin"', "admin: hunter2", "hk.admin", "reference"),
        ('admin: "file:secrets/hk.admin"', 'admin: "file:/etc/passwd"', "hk.admin", "below the state folder"),
        ("did: did:web:localhost%3A8103:clinic", "did: did:key:z6Mk", "8103:clinic", "did"),
        ("epoch_seconds: 2", "epoch_seconds: 0", "epoch_seconds", "greater than 0"),
    ],
)
def test_a_mistake_is_named_with_its_line(changed: Callable[[str, str], Path], old: str, new: str, at: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_house(changed(old, new))
    assert caught.value.code == "house.invalid"
    assert says in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
    if at:
        assert caught.value.line == line_of(at)
    assert f"line {caught.value.line}" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: hk", "name: sz", "two agents are called sz"),
        ("admin: 8131", "admin: 8121", "port 8121 is given twice"),
        ("port: 8106", "port: 8101", "port 8101 is given twice"),
        ("hospitals: [sz, hk]", "hospitals: [sz, macau]", "names the agent macau"),
        (
            'records: "file:secrets/issuer.records"',
            'records: {secret: "file:secrets/issuer.records", hospitals: [hk, macau]}',
            "the API key records is for macau",
        ),
        ("agent: patients", "agent: hk", "needs the agent hk to be a wallet"),
        (
            '  witness:\n    port: 8105\n    name: witness.example/bay\n    key: "file:secrets/witness.key"\n',
            "",
            "needs a witness",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(changed: Callable[[str, str], Path], old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_house(changed(old, new))


def test_a_key_may_be_for_some_hospitals_only(changed: Callable[[str, str], Path]) -> None:
    short, long = 'records: "file:secrets/issuer.records"', 'records: {secret: "file:secrets/issuer.records", hospitals: [hk]}'
    house = read_house(changed(short, long))
    assert house.services.issuer
    keys = house.services.issuer.api_keys
    assert (keys["records"].secret, keys["records"].hospitals) == ("file:secrets/issuer.records", ["hk"])
    assert keys["approvals"].hospitals is None
    told = ServiceSettings(house).made("issuer")["api_keys"]
    assert (told["records"]["hospitals"], told["approvals"]["hospitals"]) == (["hk"], None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"agents: [\n", "house.not_yaml"),
        (b"\xff\xfe\x00", "house.not_yaml"),
        (b"a: 1\na: 2\n", "house.not_yaml"),
        (b"", "house.invalid"),
        (b"- 1\n- 2\n", "house.invalid"),
        (b"#" * (1 << 20) + b"#", "house.too_large"),
    ],
    ids=["broken", "binary", "twice", "empty", "list", "huge"],
)
def test_what_is_not_a_house_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "agents.yml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_house(file)
    assert caught.value.code == code


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_house(tmp_path / "none.yml")
    assert caught.value.code == "house.missing"


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    made = secrets.text("file:secrets/a")
    assert len(made) >= 43
    assert secrets.text("file:secrets/a") == made
    assert (tmp_path / "secrets/a").stat().st_mode & 0o077 == 0
    assert len(bytes.fromhex(secrets.seed("file:secrets/key"))) == 32
    assert secrets.wallet_key("file:secrets/wallet") == secrets.wallet_key("file:secrets/wallet")
    assert secrets.pin("file:secrets/pin").isdigit()


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "a", "x")
    (tmp_path / "a").chmod(0o644)
    with pytest.raises(SetupError) as caught:
        Secrets(tmp_path).text("file:a")
    assert caught.value.code == "secret.readable"


def test_a_secret_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDCRED_TEST_SECRET", "s3")
    assert Secrets(tmp_path).text("env:MEDCRED_TEST_SECRET") == "s3"
    monkeypatch.delenv("MEDCRED_TEST_SECRET")
    with pytest.raises(SetupError) as caught:
        Secrets(tmp_path).text("env:MEDCRED_TEST_SECRET")
    assert caught.value.code == "secret.missing"


def test_a_key_that_is_not_one_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "key", "not hex!")
    with pytest.raises(SetupError) as caught:
        Secrets(tmp_path).seed("file:key")
    assert caught.value.code == "secret.not_a_key"


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        write_private(tmp_path / "a", "x")
    assert not (tmp_path / "a").exists()
    assert os.listdir(tmp_path) != ["a"]

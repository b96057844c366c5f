"""The demo's rehearsal of vLEI: what its hospitals show is accepted under its own root, and under no other."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from medcred.commands import demo
from medcred.demo.rehearsal import NAME, Rehearsal
from medcred.demo.telling import Teller
from medcred.house import read_house
from schemas.errors import SetupError
from verifier.identity.vlei import PRODUCTION, Pins, verify_binding

SHIPPED = Path(__file__).parents[2] / "agents.yml"
LEI = "984500HKTESTHOSP0164"
METHOD = "did:web:localhost%3A8101:hospitals:hk#key-1"
MULTIKEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    pytest.importorskip("keri", reason="the extra `sandbox` is not installed")
    return Rehearsal.found(tmp_path / "rehearsal")


def test_a_hospitals_stream_is_accepted_under_the_rehearsals_root_only(rehearsal: Rehearsal) -> None:
    stream = rehearsal.stream("hk", LEI, {"id": METHOD, "multikey": MULTIKEY}).encode()
    now = datetime.now(UTC)
    found = verify_binding(stream, Pins(root=rehearsal.root, geda=None), at=now, expect_lei=LEI)
    assert found.accepted, [check for check in found.vlei.checks if check.result != "pass"]
    assert not verify_binding(stream, PRODUCTION, at=now, expect_lei=LEI).accepted


def test_the_registrar_names_the_root_and_says_that_it_is_a_rehearsals(rehearsal: Rehearsal) -> None:
    issuer = rehearsal.named_in(read_house(SHIPPED)).services.issuer
    assert issuer
    assert [(root.road, root.name) for root in issuer.trust_roots] == [("vlei", NAME)]


def test_a_machine_without_keripy_tells_its_story_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Path) -> Rehearsal:
        raise SetupError("vlei.keripy_missing", "Rehearsing vLEI needs keripy.", "pip install 'medcred[sandbox]'")

    monkeypatch.setattr(Rehearsal, "found", missing)
    said: list[str] = []
    assert demo._rehearsal(read_house(SHIPPED), Teller(said.append)) is None
    assert said == ["The hospitals show no vLEI: Rehearsing vLEI needs keripy. pip install 'medcred[sandbox]'\n"]

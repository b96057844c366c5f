"""The museum of wrong LEIs and wrong published files: each has its reason, and no wrong file changes an index."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import MedcredError
from tests.verifier.identity.lei_files import HARBOUR, PUBLISHED, write_csv
from verifier.identity.lei import FAULTS, check_digits_ok, fault_of, require_lei
from verifier.identity.lei.importing import Order, import_files

MUSEUM = Path(__file__).parents[2] / "museum" / "identity" / "lei"
IDENTIFIERS: dict[str, tuple[str, str]] = json.loads((MUSEUM / "identifiers.json").read_text())
FILES: dict[str, str] = json.loads((MUSEUM / "expected.json").read_text())


@pytest.mark.parametrize("fault", IDENTIFIERS)
def test_a_wrong_lei_has_its_reason(fault: str) -> None:
    text, reason = IDENTIFIERS[fault]
    assert fault_of(text) == reason
    assert not check_digits_ok(text)
    with pytest.raises(MedcredError) as refused:
        require_lei(text)
    assert refused.value.code == "lei.malformed"
    assert FAULTS[reason] in refused.value.message


def test_every_reason_has_an_exhibit() -> None:
    assert {reason for _, reason in IDENTIFIERS.values()} == FAULTS.keys()
    assert FILES.keys() == {file.name for file in (MUSEUM / "files").iterdir()}


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_has_its_reason_and_changes_nothing(name: str, tmp_path: Path) -> None:
    index = tmp_path / "lei.db"
    import_files(Order((write_csv(tmp_path / f"{PUBLISHED}.csv", [HARBOUR]),), index))
    before = index.read_bytes()
    for delta in (False, True):
        with pytest.raises(MedcredError) as refused:
            import_files(Order((MUSEUM / "files" / name,), index, delta=delta, published=datetime(2026, 11, 25, tzinfo=UTC)))
        assert refused.value.code == FILES[name]
    assert index.read_bytes() == before

"""What a machine lacks is said plainly; and nothing of keripy is imported before it is needed."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from issuer.vlei.loading import open_store
from schemas.errors import SetupError

SAY = "import sys; from medcred.cli import run; run(['vlei', '--help']); run(['vlei', 'sandbox', '--help']);"


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ModuleNotFoundError("No module named 'keri'", name="keri"), "vlei.keripy_missing"),
        (ModuleNotFoundError("No module named 'hio.help'", name="hio.help"), "vlei.keripy_missing"),
        (ValueError("Unable to find libsodium"), "vlei.libsodium_missing"),
    ],
    ids=["keri", "part of it", "libsodium"],
)
def test_a_machine_without_it(raised: Exception, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise raised

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(SetupError) as error:
        open_store(tmp_path)
    assert error.value.code == code
    assert error.value.hint


@pytest.mark.parametrize("raised", [ModuleNotFoundError("x", name="issuer.vlei.gone"), ValueError("something else")])
def test_a_fault_of_ours_is_not_disguised(raised: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise raised

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(type(raised)):
        open_store(tmp_path)


def test_help_needs_no_keripy() -> None:
    words = "print('keri' in sys.modules, 'lmdb' in sys.modules, 'sqlalchemy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", f"{SAY} {words}"], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "False False False"

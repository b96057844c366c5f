"""A program of others that hangs or dies fails the test that asked it, and its stderr is in the failure."""

import shutil
from pathlib import Path

import pytest

from tests.independent import node
from tests.independent.wallet import CredoWallet

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js"),
]

HANGS = "console.error('where I am stuck'); setInterval(() => {}, 1000);"
DIES = "console.error('where I am stuck'); process.exit(3);"


@pytest.mark.parametrize(("program", "words"), [(HANGS, "did not answer within 2 s"), (DIES, "ended with 3")])
def test_a_program_that_does_not_answer(tmp_path: Path, program: str, words: str) -> None:
    path = tmp_path / "program.mjs"
    path.write_text(program)
    with pytest.raises(pytest.fail.Exception) as failure:
        node.ask(path, {}, seconds=2)
    assert words in str(failure.value)
    assert "where I am stuck" in str(failure.value)


@pytest.mark.parametrize("program", [HANGS, DIES])
def test_a_wallet_that_does_not_answer(tmp_path: Path, program: str) -> None:
    (tmp_path / "wallet.mjs").write_text(program)
    wallet = CredoWallet(tmp_path, tmp_path / "home")
    try:
        with pytest.raises(pytest.fail.Exception) as failure:
            wallet.ask("held", seconds=2)
        assert "where I am stuck" in str(failure.value)
    finally:
        wallet.close()

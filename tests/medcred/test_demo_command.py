"""A demo that fails leaves its logs, and its hint leads to where they are now."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from medcred.cli import run
from medcred.commands import demo
from schemas.errors import SetupError


def test_the_hint_names_the_logs_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def fails(house: Any, *, as_json: bool, stay: bool) -> int:
        log = house.state / "logs" / "issuer.log"
        await asyncio.to_thread(log.parent.mkdir)
        log.write_text("it did not start")
        raise SetupError("process.not_ready", "issuer is not ready.", f"Its log is {log}")

    monkeypatch.setattr(demo, "_run", fails)
    assert run(["demo", "--no-stay"]) == 70
    told = capsys.readouterr().err
    named = Path(told.rpartition("Its log is ")[2].strip())
    assert named.read_text() == "it did not start"

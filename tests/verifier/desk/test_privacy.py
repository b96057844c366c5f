"""Nothing of a record stays: not in rows, logs, addresses or answers for programs."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.clock import FixedClock
from tests.verifier.desk.visiting import Visit
from verifier.desk.settings import Settings
from verifier.desk.tables import Base


async def test_the_record_is_readable_for_a_minute_and_the_verdict_stays(visit: Visit, clock: FixedClock) -> None:
    visit.judge.verdict = visit.verdict()
    asked = await visit.ask()
    await visit.answer(asked)
    clock.at += timedelta(seconds=59)
    assert "CANARY-ID-9Z2K" in (await visit.page(asked)).get_text()
    clock.at += timedelta(seconds=60)
    page = await visit.page(asked)
    assert "CANARY" not in page.get_text()
    assert page.select_one("#verdict .word").get_text(" ", strip=True) == "✓ Genuine"
    exchange = await visit.exchange_of(asked)
    await visit.settle()
    assert visit.agent.deleted == [exchange]


async def test_leaving_wipes_at_once_and_an_absent_agent_is_told_later(visit: Visit) -> None:
    visit.judge.verdict = visit.verdict()
    asked = await visit.ask()
    await visit.answer(asked)
    visit.agent.away = True
    assert (await visit.post(f"/sessions/{asked['id']}/leave")).status_code == 303
    visit.agent.away = False
    assert "CANARY" not in (await visit.page(asked)).get_text()
    await visit.settle()
    assert len(visit.agent.deleted) == 1


async def test_signing_out_wipes(visit: Visit) -> None:
    visit.judge.verdict = visit.verdict()
    asked = await visit.ask()
    await visit.answer(asked)
    await visit.post("/logout")
    assert len(visit.agent.deleted) == 1


async def test_an_answer_whose_signature_does_not_hold_shows_nothing_and_is_wiped_at_once(visit: Visit) -> None:
    visit.judge.verdict = visit.verdict("signature.altered", credential=None)
    asked = await visit.ask()
    await visit.answer(asked)
    page = await visit.page(asked)
    assert page.select_one("#verdict")["data-verdict"] == "not_genuine"
    assert page.select_one("#content") is None
    assert "CANARY" not in page.get_text()
    assert "Harbour" not in page.get_text()
    await visit.settle()
    assert len(visit.agent.deleted) == 1


async def test_no_canary_in_rows_logs_events_or_json(visit: Visit, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visit.judge.verdict = visit.verdict()
    asked = await visit.ask()
    await visit.scan(asked)
    await visit.answer(asked)
    page = (await visit.page(asked)).get_text()
    assert "CANARY-NAME-7Q4X" in page  # so the search below means something
    told = [str(await visit.state(asked)), (await visit.browser.get(f"/sessions/{asked['id']}/events")).text, caplog.text]
    told += [str(request) for request in visit.addresses]
    if settings.database.startswith("sqlite"):
        folder = Path(settings.database.removeprefix("sqlite:///")).parent
        told += [file.read_bytes().decode("latin-1") for file in folder.glob("test.db*")]
    else:
        told.append(await dump(visit))
    assert [canary for canary in visit.canaries if any(canary in each for each in told)] == []


async def dump(visit: Visit) -> str:
    """Every row of every table, as text."""
    rows = []
    async with visit.desk.database.engine.connect() as connection:
        for table in Base.metadata.tables:
            rows += (await connection.execute(text(f"SELECT * FROM {table}"))).all()
    return str(rows)

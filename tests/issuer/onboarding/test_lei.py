"""What an LEI record means for an application, on own records and on recorded answers of the GLEIF API."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from issuer.onboarding.lei import NameMatch, compare_names, recorded_names, require_in_order
from schemas.errors import MedcredError, RefusedError
from storage.clock import FixedClock
from tests.issuer.onboarding.register import Register
from verifier.identity.lei import GleifApi, check_digits_ok, read_record

NAMES = ["維港示範醫院", "Harbour Demonstration Hospital", "Hospital de Demonstração do Porto"]


@pytest.mark.parametrize(
    "applied",
    [
        "維港示範醫院",
        "維港示範醫院 Harbour Demonstration Hospital",
        "HARBOUR  DEMONSTRATION HOSPITAL / 維港示範醫院",
        "Ｈａｒｂｏｕｒ Demonstration Hospital",
        "Hospital de Demonstração do Porto",
    ],
)
def test_names_that_agree(applied: str) -> None:
    assert compare_names(applied, NAMES) is NameMatch.AGREE


@pytest.mark.parametrize(
    "applied",
    [
        "",
        " / ",
        "Harbour Demonstration Hospital Pharmacy",
        "Harbour Demonstration Hospita1",
        "The Harbour Demonstration Hospital",
        "维港示范医院",
        "Harbour Demonstration Hоspital",  # a Cyrillic letter
    ],
)
def test_names_that_differ(applied: str) -> None:
    assert compare_names(applied, NAMES) is NameMatch.DIFFER


def test_an_empty_recorded_name_agrees_with_nothing() -> None:
    assert compare_names("Any", ["", "—"]) is NameMatch.DIFFER


@pytest.mark.independent
async def test_recorded_answers_decide_as_their_statuses_say(independent_data: Path) -> None:
    records = json.loads((independent_data / "lei" / "records.json").read_bytes())
    index = json.loads((independent_data / "lei" / "records-index.json").read_bytes())
    register = Register()
    register.records = records
    clock = FixedClock(datetime(2026, 11, 24, tzinfo=UTC))

    async def no_wait(seconds: float) -> None:
        assert seconds <= 1

    async with httpx.AsyncClient(transport=httpx.ASGITransport(register.app)) as http:
        source = GleifApi("http://lei.test", http, clock, sleep=no_wait)
        bound = 0
        for lei, known in index.items():
            if not check_digits_ok(lei):
                with pytest.raises(MedcredError):
                    await source.record(lei)
                continue
            record = await source.record(lei)
            in_force = known["registration_status"] in ("ISSUED", "PENDING_TRANSFER", "PENDING_ARCHIVAL")
            if known["entity_status"] == "ACTIVE" and in_force and record.jurisdiction:
                require_in_order(record, record.jurisdiction, record.as_of)
                bound += 1
            else:
                with pytest.raises(RefusedError):
                    require_in_order(record, record.jurisdiction or "HK", record.as_of)
            assert compare_names(known["name"], recorded_names(record)) is NameMatch.AGREE
    assert bound > 40
    assert register.calls > 90


@pytest.mark.independent
def test_a_recorded_chinese_name_agrees_with_itself_beside_its_other_name(independent_data: Path) -> None:
    records = json.loads((independent_data / "lei" / "records.json").read_bytes())
    chinese = [each for each in records.values() if each["attributes"]["entity"]["legalName"].get("language") == "zh"]
    assert chinese
    for each in chinese:
        names = recorded_names(read_record(each, as_of=datetime(2026, 11, 24, tzinfo=UTC)))
        assert compare_names(" ".join(names[:2]), names) is NameMatch.AGREE

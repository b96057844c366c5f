"""LEIs: check digits, records as GLEIF gives them, and a register that is slow, busy, wrong or gone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FormatError, MedcredError, NotFoundError, SourceError
from storage.clock import FixedClock
from verifier.identity.lei import GleifApi, LeiSource, Standing, check_digits, check_digits_ok, read_record, require_lei, standing

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LEI = "984500HKTESTHOSP0164"


def resource(lei: str = LEI, *, entity: str = "ACTIVE", registration: str = "ISSUED") -> dict[str, Any]:
    return {
        "type": "lei-records",
        "attributes": {
            "lei": lei,
            "entity": {
                "legalName": {"name": "Harbour Demonstration Hospital", "language": "en"},
                "otherNames": [{"name": "維港示範醫院", "language": "zh-Hant"}, {"name": None}],
                "legalAddress": {"country": "HK"},
                "jurisdiction": "HK",
                "registeredAs": "1234567",
                "status": entity,
            },
            "registration": {"status": registration, "nextRenewalDate": "2027-06-30T00:00:00Z", "managingLou": "X"},
        },
    }


@pytest.mark.independent
def test_check_digits_of_the_recorded_list(independent_data: Path) -> None:
    listed = json.loads((independent_data / "lei" / "check-digits.json").read_text())
    assert [lei for lei in listed["valid"] if not check_digits_ok(lei)] == []
    assert [lei for lei in listed["invalid"] if check_digits_ok(lei)] == []


def test_check_digits_are_made_as_they_are_checked() -> None:
    for first in ("984500HKTESTHOSP01", "984500SZTESTHOSP01", "984500HKTESTCLIN01"):
        assert check_digits_ok(first + check_digits(first))
    with pytest.raises(FormatError):
        check_digits("984500hktesthosp01")


@pytest.mark.parametrize(
    "lei", ["", LEI.lower(), LEI[:-1], LEI + "4", LEI + "\n", " " + LEI, "９８４５００HKTESTHOSP0164", "0" * 20]
)
def test_what_is_no_lei(lei: str) -> None:
    assert not check_digits_ok(lei)
    with pytest.raises(FormatError) as refused:
        require_lei(lei)
    assert refused.value.code == "lei.malformed"


@given(st.integers(0, 17), st.integers(0, 25))
def test_one_wrong_character_is_noticed(place: int, step: int) -> None:
    """A letter for a letter or a digit for a digit; MOD 97-10 does not promise more."""
    alphabet = "0123456789" if LEI[place].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    character = alphabet[(alphabet.index(LEI[place]) + step) % len(alphabet)]
    changed = LEI[:place] + character + LEI[place + 1 :]
    assert check_digits_ok(changed) == (changed == LEI)


@pytest.mark.parametrize(
    ("entity", "registration", "expected"),
    [
        ("ACTIVE", "ISSUED", Standing.ACTIVE),
        ("ACTIVE", "PENDING_TRANSFER", Standing.ACTIVE),
        ("ACTIVE", "PENDING_ARCHIVAL", Standing.ACTIVE),
        ("ACTIVE", "LAPSED", Standing.LAPSED),
        ("ACTIVE", "RETIRED", Standing.ENDED),
        ("ACTIVE", "ANNULLED", Standing.ENDED),
        ("ACTIVE", "DUPLICATE", Standing.ENDED),
        ("ACTIVE", "SOMETHING_NEW", Standing.ENDED),
        ("INACTIVE", "ISSUED", Standing.ENDED),
        ("NULL", "ISSUED", Standing.ENDED),
    ],
)
def test_what_a_record_means(entity: str, registration: str, expected: Standing) -> None:
    assert standing(entity, registration) is expected
    record = read_record(resource(entity=entity, registration=registration), as_of=NOW)
    assert (record.standing, record.active) == (expected, expected is Standing.ACTIVE)


def test_reading_a_record() -> None:
    record = read_record(resource(), as_of=NOW)
    assert (record.legal_name, record.language, record.jurisdiction, record.country) == (
        "Harbour Demonstration Hospital",
        "en",
        "HK",
        "HK",
    )
    assert [(name.value, name.language) for name in record.other_names] == [("維港示範醫院", "zh-Hant")]
    assert record.next_renewal == datetime(2027, 6, 30, tzinfo=UTC)


@pytest.mark.independent
def test_every_recorded_record_reads(independent_data: Path) -> None:
    records = json.loads((independent_data / "lei" / "records.json").read_text())
    index = json.loads((independent_data / "lei" / "records-index.json").read_text())
    assert len(records) >= 95
    for lei, record in records.items():
        read = read_record(record, as_of=NOW)
        assert (read.lei, read.legal_name) == (lei, index[lei]["name"])
        assert check_digits_ok(lei) is index[lei]["check_digits_valid"]
        known = (index[lei]["entity_status"], index[lei]["registration_status"])
        assert read.standing is standing(*known)
        assert (read.entity_status, read.registration_status) == known


@pytest.mark.parametrize(
    "data", [None, [], {}, {"attributes": {}}, {"attributes": {"lei": LEI, "entity": {}, "registration": {}}}]
)
def test_what_is_no_record(data: Any) -> None:
    with pytest.raises(FormatError) as refused:
        read_record(data, as_of=NOW)
    assert refused.value.code == "lei.record"


class Register:
    """A register in memory that can be told how to misbehave."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.calls = 0
        self.slept: list[float] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, json={"data": resource()})
        self.api: LeiSource = GleifApi(
            "http://register.test/api/v1/",
            httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            self.clock,
            sleep=self._sleep,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        assert request.url.path.startswith("/api/v1/lei-records/")
        return self.answer(request)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def later(self, **time: float) -> None:
        self.clock.at += timedelta(**time)


@pytest.fixture
def register() -> Register:
    return Register()


async def refusal(register: Register, lei: str = LEI) -> str:
    with pytest.raises(MedcredError) as refused:
        await register.api.record(lei)
    return refused.value.code


async def test_a_record_is_read_once_an_hour(register: Register) -> None:
    first = await register.api.record(LEI)
    register.later(minutes=59)
    assert await register.api.record(LEI) == first
    assert register.calls == 1
    register.later(minutes=2)
    assert (await register.api.record(LEI)).as_of == register.clock.at
    assert register.calls == 2


async def test_wrong_check_digits_ask_nobody(register: Register) -> None:
    assert await refusal(register, "984500HKTESTHOSP0165") == "lei.malformed"
    assert register.calls == 0


async def test_at_most_one_call_a_second(register: Register) -> None:
    register.answer = lambda request: httpx.Response(200, json={"data": resource(request.url.path[-20:])})
    await register.api.record(LEI)
    register.later(seconds=0.25)
    await register.api.record("984500SZTESTHOSP0152")
    assert register.slept == [0.75]


async def test_an_unknown_lei(register: Register) -> None:
    register.answer = lambda request: httpx.Response(404)
    with pytest.raises(NotFoundError) as refused:
        await register.api.record(LEI)
    assert refused.value.code == "lei.not_found"


async def test_a_busy_register_is_left_alone_as_long_as_it_asks(register: Register) -> None:
    register.answer = lambda request: httpx.Response(429, headers={"retry-after": "120"})
    assert await refusal(register) == "lei.rate_limited"
    register.later(seconds=119)
    assert await refusal(register) == "lei.rate_limited"
    assert register.calls == 1
    register.later(seconds=2)
    await refusal(register)
    assert register.calls == 2


@pytest.mark.parametrize("retry_after", ["", "soon", "99999999999", "-1"])
async def test_an_absurd_pause_is_bounded(register: Register, retry_after: str) -> None:
    register.answer = lambda request: httpx.Response(429, headers={"retry-after": retry_after})
    await refusal(register)
    register.later(minutes=16)
    await refusal(register)
    assert register.calls == 2


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (httpx.Response(500), "lei.status"),
        (httpx.Response(301, headers={"location": "http://elsewhere.test"}), "lei.status"),
        (httpx.Response(200, content=b"<html>"), "lei.garbage"),
        (httpx.Response(200, content=b"[]"), "lei.garbage"),
        (httpx.Response(200, json={"data": None}), "lei.garbage"),
        (httpx.Response(200, json={"data": resource("984500SZTESTHOSP0152")}), "lei.garbage"),
        (httpx.Response(200, content=b'{"data": 1, "data": 2}'), "lei.garbage"),
        (httpx.Response(200, content=b" " * 300_000), "source.too_large"),
    ],
)
async def test_each_fault_has_its_name(register: Register, response: httpx.Response, code: str) -> None:
    register.answer = lambda request: response
    with pytest.raises(SourceError) as refused:
        await register.api.record(LEI)
    assert refused.value.code == code


async def test_an_old_record_serves_three_days_while_the_register_is_gone(register: Register) -> None:
    await register.api.record(LEI)

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    register.answer = gone
    register.later(hours=71)
    assert (await register.api.record(LEI)).as_of == NOW
    register.later(hours=2)
    assert await refusal(register) == "source.unreachable"

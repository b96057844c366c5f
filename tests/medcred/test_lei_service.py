"""The look-up service: our own client works with it as with GLEIF, and it never says "no such LEI" without knowing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from medcred.lei_service import create_app
from schemas.errors import NotFoundError, SourceError
from storage.clock import FixedClock
from tests.verifier.identity.lei_files import BAY, HARBOUR, LATER, MERCY, PUBLISHED, some, synthetic, write_csv
from verifier.identity.lei import GleifApi, Source, Standing
from verifier.identity.lei.importing import Order, import_files
from verifier.identity.lei.index import LeiIndex

PUBLISHED_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
UNKNOWN = "5493001KJTIIGC8Y1R12"


class Service:
    """The service over an index in a folder, with a client."""

    def __init__(self, folder: Path, *, countries: tuple[str, ...] = ()) -> None:
        self.path = folder / "lei.db"
        self.clock = FixedClock(PUBLISHED_AT + timedelta(hours=7))
        import_files(Order((write_csv(folder / f"{PUBLISHED}.csv", some(300)),), self.path, countries=countries))
        self.index = LeiIndex(self.path, self.clock)
        transport = httpx.ASGITransport(create_app(self.index))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://lei.test")

    async def sleep(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    @property
    def api(self) -> GleifApi:
        return GleifApi("http://lei.test/api/v1", self.http, self.clock, sleep=self.sleep)

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        if not path.startswith("/health"):
            assert answer.headers["content-type"].startswith("application/vnd.api+json")
        return answer.json()


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    made = Service(tmp_path)
    yield made
    await made.http.aclose()
    made.index.close()


async def test_our_client_takes_it_for_the_register(service: Service) -> None:
    record = await service.api.record(HARBOUR.lei)
    assert (record.legal_name, record.source, record.as_of) == (HARBOUR.name, Source.INDEX, PUBLISHED_AT)
    many = [synthetic(number) for number in range(300)]
    found = await service.api.records([*(entity.lei for entity in many), UNKNOWN])
    assert found.keys() == {entity.lei for entity in many}
    assert {one.as_of for one in found.values()} == {PUBLISHED_AT}
    assert (await service.api.search("維港"))[0].lei == HARBOUR.lei
    assert (await service.api.named("santa casa", country="MO"))[0].lei == MERCY.lei
    assert (await service.api.registered(BAY.number))[0].lei == BAY.lei
    assert (await service.api.complete("Harbuor Demonstration Hospital"))[0].lei == HARBOUR.lei
    with pytest.raises(NotFoundError):
        await service.api.record(UNKNOWN)


async def test_each_address_in_its_short_and_its_long_form(service: Service) -> None:
    for path in (f"/lei/{BAY.lei}", f"/lei-records/{BAY.lei}", f"/api/v1/lei-records/{BAY.lei}", f"/api/v1/lei/{BAY.lei}"):
        answer = await service.get(path)
        assert answer["data"]["attributes"]["entity"]["legalName"] == {"name": BAY.name, "language": "zh"}
        assert answer["meta"] == {
            "goldenCopy": {"publishDate": "2026-11-24T08:00:00Z"},
            "as_of": "2026-11-24T08:00:00Z",
            "source": "index",
        }
    for path in (
        "/lei?name=深圳湾示范",
        "/lei-records?filter[fulltext]=深圳湾示范",
        f"/lei-records?filter[lei]={BAY.lei},{UNKNOWN}",
    ):
        assert [one["id"] for one in (await service.get(path))["data"]] == [BAY.lei]
    assert (await service.get("/health"))["records"] == 303


async def test_pages(service: Service) -> None:
    first = await service.get("/lei?name=hospital&page[size]=5")
    second = await service.get("/lei?name=hospital&page[size]=5&page[number]=2")
    assert first["meta"]["pagination"] | {"total": 0, "lastPage": 0} == {
        "currentPage": 1,
        "perPage": 5,
        "from": 1,
        "to": 5,
        "total": 0,
        "lastPage": 0,
    }
    assert not {one["id"] for one in first["data"]} & {one["id"] for one in second["data"]}
    last = first["meta"]["pagination"]["lastPage"]
    assert (await service.get(f"/lei?name=hospital&page[size]=5&page[number]={last + 1}"))["data"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/lei/{UNKNOWN}", 404, "lei.not_found"),
        ("/lei/984500HKTESTHOSP0165", 422, "lei.malformed"),
        ("/lei-records/hospital", 422, "lei.malformed"),
        ("/lei-records?filter[lei]=x", 422, "lei.malformed"),
        ("/lei-records", 400, "lei.query"),
        ("/lei-records?filter[bic]=X", 400, "lei.query"),
        ("/lei-records?filter[fulltext]=a&filter[lei]=b", 400, "lei.query"),
        (f"/lei-records?filter[lei]={','.join(synthetic(n).lei for n in range(201))}", 400, "lei.query"),
        ("/lei-records?filter[fulltext]=a&page[size]=201", 400, "lei.query"),
        ("/lei-records?filter[fulltext]=a&page[number]=x", 400, "lei.query"),
        ("/lei", 400, "lei.query"),
        ("/lei?name=", 400, "lei.query"),
        ("/fuzzycompletions?field=entity.bic&q=a", 400, "lei.query"),
        ("/nowhere", 404, "lei.no_such_path"),
    ],
)
async def test_faults_are_json_api_errors(service: Service, path: str, status: int, code: str) -> None:
    answer = await service.get(path, status)
    [fault] = answer["errors"]
    assert (fault["status"], fault["code"]) == (str(status), code)
    assert fault["title"]


async def test_a_part_of_the_world_or_an_old_file_does_not_say_no(tmp_path: Path, service: Service) -> None:
    (tmp_path / "hk").mkdir()
    part = Service(tmp_path / "hk", countries=("HK",))
    await part.get(f"/lei/{UNKNOWN}", 503)
    await part.get(f"/lei-records?filter[lei]={HARBOUR.lei},{UNKNOWN}", 503)
    api = part.api
    with pytest.raises(SourceError) as unknown:
        await api.record(UNKNOWN)
    assert unknown.value.code == "lei.not_in_index"
    assert (await api.record(HARBOUR.lei)).lei == HARBOUR.lei, "the service is not in trouble"
    part.index.close()
    await part.http.aclose()
    service.clock.at += timedelta(hours=20)
    assert (await service.get(f"/lei/{UNKNOWN}", 503))["errors"][0]["code"] == "lei.not_in_index"
    assert (await service.api.record(HARBOUR.lei)).as_of == PUBLISHED_AT


async def test_a_new_file_is_noticed(tmp_path: Path, service: Service) -> None:
    assert (await service.api.record(HARBOUR.lei)).standing is Standing.ACTIVE
    lapsed = HARBOUR.but(registration="LAPSED")
    order = Order((write_csv(tmp_path / f"{LATER}.csv", [lapsed]),), service.path, delta=True)
    await asyncio.to_thread(import_files, order)
    record = await service.api.record(HARBOUR.lei)
    assert (record.standing, record.as_of) == (Standing.LAPSED, datetime(2026, 11, 24, 15, tzinfo=UTC))


async def test_two_hundred_at_once(service: Service) -> None:
    entities = [synthetic(number) for number in range(200)]
    answers = await asyncio.gather(*(service.get(f"/lei/{entity.lei}") for entity in entities))
    searches = await asyncio.gather(*(service.get("/lei?name=hospital") for _ in range(50)))
    assert [answer["data"]["id"] for answer in answers] == [entity.lei for entity in entities]
    assert len({str(answer) for answer in searches}) == 1


async def test_an_index_that_is_gone_is_503(service: Service) -> None:
    service.path.unlink()
    assert (await service.get(f"/lei/{HARBOUR.lei}", 503))["errors"][0]["code"] == "lei.no_index"

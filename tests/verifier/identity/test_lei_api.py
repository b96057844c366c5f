"""The register's API: batches and pages, names, relations, issuers; and a register that is hostile, busy, broken or slow."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.errors import FormatError, MedcredError, NotFoundError, SourceError
from storage.clock import FixedClock
from tests.verifier.identity.lei_files import BAY, HARBOUR, MERCY, Entity, resource, synthetic
from verifier.fetch import Limits
from verifier.identity.lei import GleifApi, Source
from verifier.identity.lei.upstream import Upstream

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MANY = [synthetic(number) for number in range(450)]

type Answer = Callable[[httpx.Request], httpx.Response]


class Register:
    """A register in memory: it knows some entities, and can be told to answer something else."""

    def __init__(self, entities: list[Entity], *, page_size: int = 200) -> None:
        self.entities = {entity.lei: entity for entity in entities}
        self.page_size = page_size
        self.clock = FixedClock(NOW)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        self.misbehave: Answer | None = None
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.api = GleifApi("http://register.test/api/v1", http, self.clock, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.at += timedelta(seconds=seconds)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.misbehave:
            return self.misbehave(request)
        query, path = request.url.params, request.url.path.removeprefix("/api/v1")
        if path != "/lei-records":
            known = self.entities.get(path.split("/")[2])
            return httpx.Response(200, json={"data": resource(known)}) if known else httpx.Response(404)
        asked = [self.entities[lei] for lei in query["filter[lei]"].split(",") if lei in self.entities]
        return self.page(asked, int(query["page[number]"]), min(self.page_size, int(query["page[size]"])))

    def page(self, asked: list[Entity], number: int, size: int) -> httpx.Response:
        last = max(1, -(-len(asked) // size))
        here = asked[(number - 1) * size : number * size]
        meta = {"pagination": {"currentPage": number, "lastPage": last, "total": len(asked)}}
        return httpx.Response(200, json={"meta": meta, "data": [resource(entity) for entity in here]})

    def says(self, value: Any, status: int = 200, **headers: str) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.misbehave = lambda request: httpx.Response(status, content=content, headers=headers)


@pytest.mark.parametrize(("page_size", "calls"), [(200, 3), (50, 9)])
async def test_many_leis_are_asked_for_200_at_a_time_page_by_page(page_size: int, calls: int) -> None:
    register = Register(MANY, page_size=page_size)
    unknown = "5493001KJTIIGC8Y1R12"
    found = await register.api.records([*(entity.lei for entity in MANY), unknown])
    assert found.keys() == {entity.lei for entity in MANY}
    assert len(register.requests) == calls
    assert register.slept == [1.0] * (calls - 1)
    assert max(request.url.params["filter[lei]"].count(",") for request in register.requests) == 199
    before = len(register.requests)
    assert await register.api.record(MANY[7].lei) == found[MANY[7].lei]
    assert len(register.requests) == before, "what came in a batch is remembered"


async def test_a_silent_register_and_a_batch_of_which_one_is_not_remembered() -> None:
    register = Register([HARBOUR, BAY])
    await register.api.records([HARBOUR.lei, BAY.lei])
    register.clock.at += timedelta(hours=30)
    register.says(b"", 503)
    assert (await register.api.records([HARBOUR.lei, BAY.lei]))[BAY.lei].as_of == NOW
    with pytest.raises(SourceError):
        await register.api.records([HARBOUR.lei, MERCY.lei])
    with pytest.raises(FormatError):
        await register.api.records([HARBOUR.lei, "nothing"])


async def test_search_asks_as_the_api_wants_it() -> None:
    register = Register([])
    register.misbehave = lambda request: register.page([HARBOUR, BAY], 1, 20)
    assert [record.lei for record in await register.api.search("維港 & 示範", country="HK", most=5)] == [HARBOUR.lei, BAY.lei]
    await register.api.named("Harbour Demonstration Hospital")
    assert [record.lei for record in await register.api.registered("1234567", authority="RA000388")] == [HARBOUR.lei]
    asked = [dict(request.url.params) for request in register.requests]
    assert asked[0] == {
        "filter[fulltext]": "維港 & 示範",
        "filter[entity.legalAddress.country]": "HK",
        "page[number]": "1",
        "page[size]": "5",
    }
    assert asked[1]["filter[entity.legalName]"] == "Harbour Demonstration Hospital"
    assert asked[2]["filter[entity.registeredAs]"] == "1234567"


async def test_names_are_completed() -> None:
    register = Register([])
    related = {"lei-records": {"data": {"type": "lei-records", "id": HARBOUR.lei}}}
    one = {"type": "fuzzycompletions", "attributes": {"value": "HARBOUR"}, "relationships": related}
    register.says({"data": [one, {"attributes": {"value": "HARBOUR TOO"}}]})
    assert [(found.value, found.lei) for found in await register.api.complete("harb")] == [
        ("HARBOUR", HARBOUR.lei),
        ("HARBOUR TOO", ""),
    ]
    assert register.requests[0].url.params["field"] == "entity.legalName"


async def test_parents_children_and_who_issued() -> None:
    register = Register([])
    register.says({"data": resource(BAY)})
    for ask, path in ((register.api.direct_parent, "direct-parent"), (register.api.ultimate_parent, "ultimate-parent")):
        parent = await ask(HARBOUR.lei)
        assert parent is not None
        assert parent.lei == BAY.lei
        assert register.requests[-1].url.path == f"/api/v1/lei-records/{HARBOUR.lei}/{path}"
    managing = await register.api.managing_lou(HARBOUR.lei)
    assert managing is not None
    assert managing.name == BAY.name
    register.says(
        {"data": {"attributes": {"lei": MERCY.lei, "name": "A LOU", "marketingName": "LOU", "website": "https://lou.test"}}}
    )
    issuer = await register.api.lei_issuer(HARBOUR.lei)
    assert issuer is not None
    assert (issuer.lei, issuer.marketing_name, issuer.since) == (MERCY.lei, "LOU", None)
    register.misbehave = lambda request: register.page([BAY, MERCY], int(request.url.params["page[number]"]), 1)
    assert [child.lei for child in await register.api.children(HARBOUR.lei)] == [BAY.lei, MERCY.lei]


async def test_no_such_relation_is_none_and_silence_is_not() -> None:
    register = Register([])
    register.says(b"", 404)
    assert await register.api.direct_parent(HARBOUR.lei) is None
    assert await register.api.lei_issuer(HARBOUR.lei) is None
    assert await register.api.children(HARBOUR.lei) == ()
    register.says(b"", 500)
    with pytest.raises(SourceError):
        await register.api.direct_parent(BAY.lei)


@pytest.mark.independent
async def test_recorded_answers_are_read(independent_data: Path) -> None:
    register = Register([])
    folder = independent_data / "lei"
    for file in (folder / "responses").glob("single_lei_record_*.json"):
        register.says(file.read_bytes())
        lei = file.stem.rsplit("_", 1)[1]
        record = await register.api.record(lei)
        assert (record.lei, record.source, record.as_of) == (lei, Source.REGISTER, register.clock.now())
    parents = {}
    for file in (folder / "responses").glob("direct-parent_*.json"):
        register.says(file.read_bytes())
        parent = await register.api.direct_parent(file.stem.rsplit("_", 1)[1])
        parents[file.stem] = parent and parent.legal_name
    assert parents["direct-parent_5493001KJTIIGC8Y1R12"] == "Bloomberg L.P."
    register.says((folder / "vlei_issuers" / "vlei_issuers_all.json").read_bytes())
    issuers = {issuer.lei: issuer for issuer in await register.api.vlei_issuers()}
    assert issuers["300300CQ1FG1K4KM7075"].marketing_name == "CFCA"
    assert issuers["836800VC81GMPMG59W77"].since == datetime(2025, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"data": [1]}, "lei.garbage"),
        ({"data": {}}, "lei.garbage"),
        ([], "lei.garbage"),
        ({"data": [resource(MERCY)]}, "lei.garbage"),
        ({"meta": {"pagination": {"lastPage": 10**9}}, "data": []}, "lei.garbage"),
        (b'{"data": [', "lei.garbage"),
        (b"\xff\xfe", "lei.garbage"),
        (b"[" * 100_000, "lei.garbage"),
        (b'{"data": [' + b'"' + b"x" * 9_000_000, "source.too_large"),
    ],
)
async def test_a_page_that_is_none_is_never_an_empty_answer(value: Any, code: str) -> None:
    register = Register([])
    register.says(value)
    with pytest.raises(SourceError) as refused:
        await register.api.records([HARBOUR.lei])
    assert refused.value.code == code


async def test_garbage_is_not_remembered() -> None:
    register = Register([HARBOUR])
    register.says({"data": "garbage"})
    with pytest.raises(SourceError):
        await register.api.record(HARBOUR.lei)
    register.misbehave = None
    assert (await register.api.record(HARBOUR.lei)).lei == HARBOUR.lei


async def test_a_redirect_is_not_followed() -> None:
    register = Register([])
    register.says(b"", 302, location="http://169.254.169.254/")
    with pytest.raises(SourceError) as refused:
        await register.api.record(HARBOUR.lei)
    assert refused.value.code == "lei.status"
    assert len(register.requests) == 1


async def refused(register: Register) -> str:
    with pytest.raises(MedcredError) as error:
        await register.api.record(HARBOUR.lei)
    return error.value.code


async def test_a_storm_of_429_is_answered_by_longer_silence() -> None:
    register = Register([])
    register.says(b"", 429)
    waited = []
    for _ in range(6):
        assert await refused(register) == "lei.rate_limited"
        asked, start = len(register.requests), register.clock.at
        while len(register.requests) == asked:
            register.clock.at += timedelta(seconds=10)
            await refused(register)
        waited.append(round((register.clock.at - start).total_seconds() / 60))
    assert waited == sorted(waited)
    assert waited[0] >= 1
    assert waited[-1] == 15
    register.misbehave = None
    register.entities[HARBOUR.lei] = HARBOUR
    register.clock.at += timedelta(minutes=16)
    assert (await register.api.record(HARBOUR.lei)).lei == HARBOUR.lei


async def test_retry_after_may_be_a_date() -> None:
    register = Register([])
    register.says(b"", 429, **{"retry-after": format_datetime(NOW + timedelta(minutes=5), usegmt=True)})
    assert await refused(register) == "lei.rate_limited"
    register.clock.at += timedelta(minutes=4, seconds=59)
    await refused(register)
    assert len(register.requests) == 1
    register.clock.at += timedelta(seconds=2)
    await refused(register)
    assert len(register.requests) == 2


async def test_a_register_in_trouble_makes_no_queue() -> None:
    register = Register([])
    register.says(b"", 500)
    found = await asyncio.gather(*(register.api.record(entity.lei) for entity in MANY[:50]), return_exceptions=True)
    assert {error.code for error in found if isinstance(error, SourceError)} == {"lei.status"}
    assert len(register.requests) == 1


async def test_fifty_who_ask_the_same_are_one_call() -> None:
    register = Register([HARBOUR])
    found = await asyncio.gather(*(register.api.record(HARBOUR.lei) for _ in range(50)))
    assert len({record.as_of for record in found}) == 1
    assert len(register.requests) == 1


async def test_404_and_only_404_means_that_there_is_no_such_lei() -> None:
    for status in (400, 401, 403, 410, 418, 422, 500, 502, 503, 204):
        register = Register([])
        register.says(b"", status)
        with pytest.raises(SourceError):
            await register.api.record(HARBOUR.lei)
    with pytest.raises(NotFoundError):
        await Register([]).api.record(HARBOUR.lei)


@asynccontextmanager
async def hostile(reply: Callable[[asyncio.StreamWriter], Any]) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await reply(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b'{"data": {"attri')
    await writer.drain()


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def zipped(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
    await writer.drain()


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("reply", "code"),
    [(cut, "source.unreachable"), (endless, "source.too_large"), (zipped, "source.encoding"), (no_http, "source.unreachable")],
)
async def test_over_a_real_socket(reply: Callable[[asyncio.StreamWriter], Any], code: str) -> None:
    async with hostile(reply) as url, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(SourceError) as refusal:
            await GleifApi(url, http, FixedClock(NOW)).record(HARBOUR.lei)
        assert refusal.value.code == code


async def test_slow_bytes_end_at_the_time_limit() -> None:
    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with hostile(dripping) as url, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(SourceError) as refusal:
            await Upstream(url, http, FixedClock(NOW)).get("/lei-records/x", Limits(seconds=0.2))
        assert refusal.value.code == "source.timeout"

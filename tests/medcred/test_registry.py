"""The stand-in for GLEIF's API answers in the shape our own client reads."""

import httpx
import pytest

from medcred.demo.registry import Entity, Name, Settings, create_app
from schemas.errors import NotFoundError
from storage.clock import SystemClock
from verifier.identity.lei import GleifApi, Standing

LEI = "984500HKTESTHOSP0164"


@pytest.fixture
async def http() -> httpx.AsyncClient:
    names = [Name(value="維港示範醫院", language="zh"), Name(value="Harbour Demonstration Hospital", language="en")]
    app = create_app(Settings(entities=[Entity(lei=LEI, names=names, country="HK")]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry")


async def test_our_client_reads_the_record(http: httpx.AsyncClient) -> None:
    record = await GleifApi("http://registry/api/v1", http, SystemClock()).record(LEI)
    assert record.legal_name == "維港示範醫院"
    assert record.standing is Standing.ACTIVE


async def test_an_unknown_lei_is_404_as_at_gleif(http: httpx.AsyncClient) -> None:
    with pytest.raises(NotFoundError):
        await GleifApi("http://registry/api/v1", http, SystemClock()).record("5493001KJTIIGC8Y1R12")


async def test_a_lei_can_lapse(http: httpx.AsyncClient) -> None:
    lapsed = Entity(lei=LEI, names=[Name(value="維港示範醫院", language="zh")], country="HK", status="LAPSED")
    assert (await http.put(f"/entities/{LEI}", json=lapsed.model_dump())).status_code == 200
    record = await GleifApi("http://registry/api/v1", http, SystemClock()).record(LEI)
    assert record.standing is Standing.LAPSED

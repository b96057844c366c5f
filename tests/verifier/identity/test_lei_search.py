"""Searching an index by name: in Chinese of both forms, Portuguese and English; ranked; whatever is typed."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.clock import FixedClock
from tests.verifier.identity.lei_files import BAY, HARBOUR, MERCY, PUBLISHED, Entity, some, synthetic, write_csv
from verifier.identity.lei.importing import Order, import_files
from verifier.identity.lei.index import LeiIndex
from verifier.identity.lei.names import NameFold

CLOCK = FixedClock(datetime(2026, 11, 24, 15, tzinfo=UTC))
EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "100"))


def named(number: int, name: str, country: str = "US") -> Entity:
    return synthetic(90_000 + number).but(name=name, country=country, others=(), language="en")


RANKED = [
    named(1, "Pearl Hospital"),
    named(2, "Pearl Hospital Pharmacy Limited"),
    named(3, "The Pearl Hospital"),
    named(4, "Superpearl Hospitality AG"),
    named(5, "BP PLC", "GB"),
    named(6, "高"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeiIndex]:
    folder = tmp_path_factory.mktemp("lei")
    file = write_csv(folder / f"{PUBLISHED}.csv", [*some(3000), *RANKED])
    with pytest.MonkeyPatch.context() as patch:
        # What OpenCC would say of these characters; an index can be made without it.
        patch.setattr(NameFold, "with_chinese", lambda: NameFold("維维灣湾醫医範范"))
        import_files(Order((file,), folder / "lei.db"))
    with LeiIndex(folder / "lei.db", CLOCK) as opened:
        yield opened


def first(index: LeiIndex, text: str, country: str = "") -> str:
    found = index.search(text, country=country)
    return found[0].record.lei if found else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("維港示範醫院", HARBOUR),
        ("維港", HARBOUR),
        ("示範 維港", HARBOUR),
        ("harbour demonstration", HARBOUR),
        ("HARBOUR  Demonstration-Hospital", HARBOUR),
        ("Ｈarbour Demo", HARBOUR),
        ("Wai Kong", HARBOUR),
        ("深圳湾示范", BAY),
        ("湾示", BAY),
        ("santa casa da misericordia de demonstracao", MERCY),
        ("Misericórdia DEMONSTRAÇÃO", MERCY),
        ("Demonstração SA", MERCY),
        ("仁慈堂", MERCY),
        ("bp", RANKED[4]),
        ("高", RANKED[5]),
        ("pearl hospital", RANKED[0]),
    ],
)
def test_a_name_is_found_however_it_is_typed(index: LeiIndex, text: str, expected: Entity) -> None:
    assert first(index, text) == expected.lei


@pytest.mark.parametrize(
    ("text", "expected"), [("维港示范医院", HARBOUR), ("维港", HARBOUR), ("深圳灣示範醫院", BAY), ("灣示", BAY)]
)
def test_the_other_form_of_chinese_finds_it_too(index: LeiIndex, text: str, expected: Entity) -> None:
    assert first(index, text) == expected.lei


def test_the_characters_come_from_opencc_where_it_is_installed() -> None:
    pytest.importorskip("opencc", reason="without OpenCC an index holds Chinese as it is written")
    assert NameFold.with_chinese()("澳門示範醫院，灣仔") == "澳门示范医院 湾仔"


def test_the_very_name_then_the_beginning_then_the_shorter_ones(index: LeiIndex) -> None:
    found = [one.record.legal_name for one in index.search("pearl hospital", most=200)]
    assert found[:3] == ["Pearl Hospital", "Pearl Hospital Pharmacy Limited", "The Pearl Hospital"]
    assert "Superpearl Hospitality AG" in found
    assert len(index.search("pearl hospital", most=2)) == 2


def test_a_country_narrows_it(index: LeiIndex) -> None:
    for text in ("hospital", "医院", "示範", "pearl"):
        for country in ("HK", "MO", "US"):
            assert all(one.record.country == country for one in index.search(text, country=country))
    assert first(index, "示範", "MO") == MERCY.lei
    assert first(index, "示範", "HK") == HARBOUR.lei
    assert index.search("示範", country='HK" OR "x') == ()


def test_every_record_is_found_by_each_of_its_names(index: LeiIndex) -> None:
    for number in range(0, 3000, 17):
        entity = synthetic(number)
        for name in (entity.name, *(other[0] for other in entity.others)):
            assert entity.lei in {one.record.lei for one in index.search(name, most=200)}


def test_a_slip_of_the_pen_is_forgiven_where_names_are_completed(index: LeiIndex) -> None:
    for text in ("Harbuor Demonstration Hospital", "Harbour Demonstration Hopsital", "Habour Demonstration Hospital"):
        assert index.search(text) == ()
        assert index.similar(text)[0].record.lei == HARBOUR.lei
    assert index.similar("harbour demonstration")[0].record.lei == HARBOUR.lei
    assert index.similar("Zyxwvut Qponmlk") == ()


def test_by_number_in_the_home_register(index: LeiIndex) -> None:
    assert [record.lei for record in index.registered("91440300SYNTHETIC1")] == [BAY.lei]
    assert [record.lei for record in index.registered("91440300SYNTHETIC1", authority="RA000092")] == [BAY.lei]
    assert index.registered("91440300SYNTHETIC1", authority="RA000001") == ()
    assert asyncio.run(index.record(BAY.lei)) == index.registered("91440300SYNTHETIC1")[0]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60) | st.sampled_from(['"', "* OR", "NEAR(", "~hk", "a" * 5000, "\0", "'; DROP", "{text} :", "医 院", "%_"])
)
def test_whatever_is_typed_is_only_searched_for(index: LeiIndex, text: str) -> None:
    for found in (index.search(text), index.similar(text)):
        assert len(found) <= 20


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    fold = NameFold("醫医院院")
    once = fold(text)
    assert fold(once) == once
    assert all(character.isalnum() or character == " " for character in once)

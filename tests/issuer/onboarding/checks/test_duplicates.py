"""Does the register have the hospital already: what is asked, why a record is a candidate, and what a person makes of it."""

import pytest

from issuer.onboarding.checks import duplicates, evidence
from issuer.onboarding.checks.duplicates import Outcome, finder_of
from issuer.onboarding.checks.slots import Slot
from schemas.errors import InputError, NotFoundError, SourceError, StateError
from tests.issuer.onboarding.checks.papers import FakeFinder, paper, read
from tests.issuer.onboarding.house import House
from tests.issuer.onboarding.register import HK, SZ, entity
from verifier.identity.lei import check_digits

OTHER = "984500HKTESTOTHER0" + check_digits("984500HKTESTOTHER0")
NUMBERED = "984500HKTESTNUMBR0" + check_digits("984500HKTESTNUMBR0")


def registered(lei: str, name: str, number: str, authority: str) -> dict[str, object]:
    record = entity(lei, [(name, "en")], "HK")
    record["attributes"]["entity"] |= {"registeredAs": number, "registeredAt": {"id": authority}}
    return record


async def searched(house: House, *records: dict[str, object]) -> tuple[str, FakeFinder, dict[str, list[str]]]:
    finder = FakeFinder(*records, at=house.clock.at)
    number = await duplicates.search(house.context, "hk", who="olga", finder=finder)
    search = (await read(house)).search
    assert search is not None
    return number, finder, {one["lei"]: one["reasons"] for one in search.candidates}


async def test_every_way_to_write_it_is_asked_for_and_every_candidate_says_why(house: House) -> None:
    for slot in (Slot.REGISTRY_EXTRACT, Slot.ADDRESS):
        await evidence.put_in(house.context, "hk", slot, paper(slot), who="olga")
    _, finder, found = await searched(
        house,
        house.register.records[HK],
        entity(OTHER, [("维港示范医院", "zh")], "HK"),
        registered(NUMBERED, "Quite Another Name Ltd", "123-4567", "RA000001"),
        registered(SZ, "A Third Ltd", "999", "RA000000"),
    )
    assert finder.asked == [
        ("name", "維港示範醫院"),
        ("name", "维港示范医院"),
        ("name", "Harbour Demonstration Hospital"),
        ("number", "1234567"),
        ("address", "1 Test Road"),
    ]
    assert found == {
        HK: ["name_normalised", "own_lei"],
        OTHER: ["name_similar"],
        NUMBERED: ["number_elsewhere"],
    }


async def test_only_a_person_decides_and_another_lei_stops_the_approval(house: House) -> None:
    await house.bindings.apply("hk", who="olga", name="維港示範醫院")
    number, _, found = await searched(house, entity(OTHER, [("維港示範醫院", "zh")], "HK"))
    assert found == {OTHER: ["name_same"]}
    assert "duplicates" in (await read(house)).missing
    with pytest.raises(InputError):
        await duplicates.decide(house.context, "hk", number, Outcome.SAME_LEI, who="olga")
    await duplicates.decide(house.context, "hk", number, Outcome.OTHER_LEI, who="olga")
    assert "duplicates" in (await read(house)).missing
    with pytest.raises(StateError):
        await duplicates.decide(house.context, "hk", number, Outcome.NONE, who="olga")
    with pytest.raises(NotFoundError):
        await duplicates.decide(house.context, "sz", number, Outcome.NONE, who="olga")
    house.clock.at += house.clock.at.resolution
    number, _, _ = await searched(house)
    with pytest.raises(InputError):
        await duplicates.decide(house.context, "hk", number, Outcome.OTHER_LEI, who="olga")
    await duplicates.decide(house.context, "hk", number, Outcome.NONE, who="olga")
    assert "duplicates" not in (await read(house)).missing


async def test_a_silent_register_is_no_answer(house: House) -> None:
    house.register.fault = 500
    with pytest.raises(SourceError):
        await duplicates.search(house.context, "hk", who="olga")
    assert (await read(house)).search is None


async def test_the_register_itself_is_searched(house: House) -> None:
    await duplicates.search(house.context, "hk", who="olga")
    search = (await read(house)).search
    assert search is not None
    assert [(one["lei"], one["reasons"]) for one in search.candidates] == [(HK, ["name_normalised", "own_lei"])]


async def test_what_has_no_search_says_so() -> None:
    class Bare:
        async def record(self, lei: str) -> None: ...

    with pytest.raises(SourceError) as refused:
        finder_of(Bare())  # type: ignore[arg-type]
    assert refused.value.code == "lei.no_search"

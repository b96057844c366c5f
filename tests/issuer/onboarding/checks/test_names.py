"""Names side by side: scripts, widths, punctuation; what is the same entity and what is only like it."""

import pytest

from issuer.onboarding.checks import evidence
from issuer.onboarding.checks.names import NameReason, Pair, Source, accept_difference, compare
from issuer.onboarding.checks.slots import Slot
from schemas.errors import RefusedError
from tests.issuer.onboarding.checks.papers import STATED, accept_papers, look_for_duplicates, paper, read, to_proved
from tests.issuer.onboarding.house import House

BOTH = ["維港示範醫院", "Harbour Demonstration Hospital"]


@pytest.mark.parametrize(
    ("applied", "other", "beside", "result"),
    [
        ("維港示範醫院", "維港示範醫院", [], Pair.SAME),
        ("Harbour Hospital, S.A.", "HARBOUR HOSPITAL SA", [], Pair.NORMALISED),
        ("Ｈａｒｂｏｕｒ　Ｈｏｓｐｉｔａｌ", "Harbour Hospital", [], Pair.NORMALISED),
        ("São João", "SAO JOAO", [], Pair.NORMALISED),
        ("維港示範醫院", "维港示范医院", [], Pair.NORMALISED),
        ("維港示範醫院 Harbour Demonstration Hospital", "維港示範醫院", BOTH, Pair.NORMALISED),
        ("維港示範醫院 Harbour Demonstration Hospital", "維港示範醫院", [], Pair.DIFFERENT),
        ("Harbour Demonstration Hospital Pharmacy", "Harbour Demonstration Hospital", BOTH, Pair.DIFFERENT),
        ("維港示範醫院分院", "維港示範醫院", BOTH, Pair.DIFFERENT),
        ("Harbour", "Harbour Hospital", BOTH, Pair.DIFFERENT),
        ("。。", "、、", [], Pair.DIFFERENT),
        ("", "", [""], Pair.SAME),
        ("Harbour Hospita1", "Harbour Hospital", [], Pair.DIFFERENT),
    ],
)
def test_pairs(applied: str, other: str, beside: list[str], result: Pair) -> None:
    assert compare(applied, other, beside) is result


def test_a_name_made_to_be_cut_in_many_ways_is_cut_once() -> None:
    assert compare("a" * 200 + "b", "a", ["a" * length for length in range(1, 100)]) is Pair.DIFFERENT


async def test_a_licence_in_another_name_needs_a_reason(house: House) -> None:
    await to_proved(house)
    stated = STATED | {Slot.LICENCE: {"name": "Harbour Demo Hospital", "number": "1"}}
    await accept_papers(house)
    await look_for_duplicates(house)
    house.clock.at += house.clock.at.resolution
    number = await evidence.put_in(
        house.context, "hk", Slot.LICENCE, paper(Slot.LICENCE, stated=stated[Slot.LICENCE]), who="olga"
    )
    await evidence.check(house.context, "hk", number, who="otto")
    known = await read(house)
    assert known.missing == ["names.licence"]
    licence = next(pair for pair in known.names if pair.source is Source.LICENCE)
    assert (licence.other, licence.result) == ("Harbour Demo Hospital", Pair.DIFFERENT)
    async with house.context.database.begin() as session:
        with pytest.raises(RefusedError) as refused:
            accept_difference(
                session, house.clock, known.about, known.names,
                source=Source.LEI_LEGAL, other="維港示範醫院", reason=NameReason.SPELLING, who="olga",
            )  # fmt: skip
        assert refused.value.code == "names.no_difference"
        accept_difference(
            session, house.clock, known.about, known.names,
            source=Source.LICENCE, other="Harbour Demo Hospital", reason=NameReason.ABBREVIATION, who="ben",
        )  # fmt: skip
    known = await read(house)
    assert known.missing == []
    assert "ben" in known.hands

"""The checklist: what is missing, who may approve, and for which application a paper counts."""

import logging
from dataclasses import replace
from datetime import date, timedelta

import pytest

from issuer.onboarding.checks import evidence
from issuer.onboarding.checks.slots import PAPERS, REQUIREMENTS, Absent, SentBack, Slot, requirements
from schemas.errors import InputError, MedcredError, NotAllowedError, NotFoundError, RefusedError, StateError
from tests.issuer.onboarding.checks.papers import accept_papers, bound, look_for_duplicates, paper, read, to_proved
from tests.issuer.onboarding.house import House


async def test_nobody_is_approved_before_everything_is_checked(house: House) -> None:
    await to_proved(house)
    with pytest.raises(RefusedError) as refused:
        await house.bindings.approve("hk", who="ana")
    assert refused.value.code == "checklist.incomplete"
    assert refused.value.hint == "Missing: registry_extract, licence, address, authority, duplicates."
    await accept_papers(house)
    with pytest.raises(RefusedError, match="not complete"):
        await house.bindings.approve("hk", who="ana")
    await look_for_duplicates(house)
    assert (await read(house)).missing == []
    assert (await house.bindings.approve("hk", who="ana")).state == "approved"


@pytest.mark.parametrize("hand", ["put_in", "checked", "searched"])
async def test_whoever_had_a_hand_in_it_cannot_approve(house: House, hand: str) -> None:
    await to_proved(house)
    await accept_papers(house, by="ana" if hand == "put_in" else "otto", checked_by="ana" if hand == "checked" else "otto")
    await look_for_duplicates(house, who="ana" if hand == "searched" else "otto")
    with pytest.raises(NotAllowedError) as refused:
        await house.bindings.approve("hk", who="ana")
    assert refused.value.code == "checklist.same_person"
    await house.bindings.approve("hk", who="ben")


async def test_two_slots_are_filled_by_the_steps_of_the_binding(house: House) -> None:
    assert {state.slot for state in (await read(house)).slots if state.done} == set()
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    lei, key = (await read(house)).slots[-2:]
    assert (lei.done, key.done) == (True, False)
    await house.bindings.send_back("hk", who="ana")
    assert not (await read(house)).slots[-2].done, "an application that was sent back begins anew"


async def test_a_paper_counts_for_the_application_it_was_checked_for(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    await accept_papers(house)
    await look_for_duplicates(house)
    assert (await read(house)).missing == ["lei_record", "key"]
    await house.bindings.apply("hk", who="olga", name="維港示範醫院藥房")
    assert {*PAPERS} <= {*(await read(house)).missing}


async def test_a_paper_that_ran_out_is_open_again(house: House) -> None:
    await bound(house)
    house.clock.at += timedelta(days=120)
    known = await read(house)
    assert known.missing == ["licence"]
    assert [state.result for state in known.slots if state.slot is Slot.LICENCE] == ["run_out"]


async def test_sent_back_and_put_in_again(house: House) -> None:
    first = await evidence.put_in(house.context, "hk", Slot.LICENCE, paper(Slot.LICENCE), who="olga")
    await evidence.check(house.context, "hk", first, who="otto", sent_back=SentBack.ILLEGIBLE)
    with pytest.raises(StateError) as decided:
        await evidence.check(house.context, "hk", first, who="otto")
    assert decided.value.code == "evidence.decided"
    assert "licence" in (await read(house)).missing
    house.clock.at += timedelta(minutes=1)
    second = await evidence.put_in(house.context, "hk", Slot.LICENCE, paper(Slot.LICENCE), who="olga")
    with pytest.raises(RefusedError) as other:
        await evidence.check(house.context, "hk", second, who="otto", sha256="0" * 64)
    assert other.value.code == "evidence.other_file"
    await evidence.check(house.context, "hk", second, who="otto", sha256=paper(Slot.LICENCE).sha256)
    assert "licence" not in (await read(house)).missing


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sha256": "A" * 64}, "evidence.file"),
        ({"sha256": "../../etc/passwd"}, "evidence.file"),
        ({"size": 0}, "evidence.file"),
        ({"size": evidence.LARGEST + 1}, "evidence.file"),
        ({"filed": " \n "}, "evidence.filed"),
        ({"filed": "x" * 201}, "evidence.stated"),
        ({"stated": {"name": "CANARY-NAME-7Q4X"}}, "evidence.stated"),
        ({"stated": {"name": "a\x00b", "number": "1"}}, "evidence.stated"),
        ({"valid_until": date(2026, 11, 23)}, "evidence.expired"),
    ],
)
async def test_what_is_no_paper_is_refused_without_repeating_it(
    house: House, change: dict[str, object], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(MedcredError) as refused:
        await evidence.put_in(house.context, "hk", Slot.LICENCE, replace(paper(Slot.LICENCE), **change), who="olga")
    assert refused.value.code == code
    assert "CANARY" not in f"{refused.value.message}{refused.value.hint}" + caplog.text


async def test_only_the_fields_of_a_slot_are_kept(house: House) -> None:
    stated = paper(Slot.LICENCE).stated | {"signatory": "CANARY-NAME-7Q4X"}
    await evidence.put_in(house.context, "hk", Slot.LICENCE, paper(Slot.LICENCE, stated=stated), who="olga")
    [row] = [state.evidence for state in (await read(house)).slots if state.evidence]
    assert set(row.stated) == {"name", "number"}


async def test_a_paper_may_be_missing_only_where_the_jurisdiction_lets_it(house: House) -> None:
    await evidence.not_applicable(house.context, "hk", Slot.LICENCE, Absent.PUBLIC_BODY, who="otto")
    known = await read(house)
    assert "licence" not in known.missing
    assert known.hands == {"otto"}
    for slug, slot in (("hk", Slot.AUTHORITY), ("sz", Slot.LICENCE)):
        with pytest.raises(RefusedError) as needed:
            await evidence.not_applicable(house.context, slug, slot, Absent.PUBLIC_BODY, who="otto")
        assert needed.value.code == "evidence.needed"
    for slot in (Slot.LEI_RECORD, Slot.KEY):
        with pytest.raises(InputError, match="step of the binding"):
            await evidence.not_applicable(house.context, "hk", slot, Absent.PUBLIC_BODY, who="otto")
        with pytest.raises(InputError, match="step of the binding"):
            await evidence.put_in(house.context, "hk", slot, paper(Slot.AUTHORITY), who="otto")


async def test_one_hospitals_paper_is_not_anothers(house: House) -> None:
    number = await evidence.put_in(house.context, "hk", Slot.LICENCE, paper(Slot.LICENCE), who="olga")
    with pytest.raises(NotFoundError) as unknown:
        await evidence.check(house.context, "sz", number, who="otto")
    assert unknown.value.code == "evidence.unknown"
    with pytest.raises(NotFoundError):
        await evidence.put_in(house.context, "nobody", Slot.LICENCE, paper(Slot.LICENCE), who="olga")


@pytest.mark.parametrize("jurisdiction", [*REQUIREMENTS, "CN-GD", "PT"])
def test_every_jurisdiction_needs_the_four_papers(jurisdiction: str) -> None:
    needs = requirements(jurisdiction)
    assert tuple(need.slot for need in needs) == PAPERS
    assert all(need.paper for need in needs)
    assert bool(needs[1].citation) is (jurisdiction != "PT")
    assert not needs[3].absent, "somebody must be allowed to sign"

"""The binding of a hospital through its methods: the way to trust, what stops it, and that nothing else changes a state."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from issuer.onboarding import did_document
from issuer.onboarding.bindings import WATCH, Bindings
from issuer.onboarding.did_document import did_document as published
from issuer.onboarding.identity import prove_identity
from issuer.onboarding.road_proofs import Judged, Shown
from issuer.onboarding.states import STEPS, SUSPENSION_REASONS, HospitalState, Reason, Step
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad, HospitalStep
from schemas.errors import AgentError, InputError, MedcredError, NotAllowedError, NotFoundError, RefusedError, StateError
from tests.issuer.onboarding.house import House
from tests.issuer.onboarding.register import HK, SZ, entity
from verifier.identity.lei import read_record

SHOWN = Shown("vlei", b"")
type Method = Callable[[Bindings], Awaitable[object]]


async def state_of(house: House, slug: str = "hk") -> tuple[str, str | None]:
    async with house.context.database.begin() as session:
        row = await session.get_one(Hospital, slug)
        return row.state, row.blocked


async def history(house: House, slug: str = "hk") -> list[tuple[str, str, str | None, str, str]]:
    async with house.context.database.begin() as session:
        rows = await session.scalars(select(HospitalStep).where(HospitalStep.hospital == slug).order_by(HospitalStep.id))
        return [(row.who, row.step, row.from_state, row.to_state, row.reason) for row in rows]


async def put(house: House, state: HospitalState) -> None:
    """A hospital in `state`, with all the rows a bound one has."""
    await house.bind()
    async with house.context.database.begin() as session:
        await session.execute(update(Hospital).values(state=state, blocked=None))


def methods(house: House) -> dict[Step, Method]:
    record = read_record(house.register.records[HK], as_of=house.clock.now())

    async def end(bindings: Bindings) -> None:
        async with bindings.step("hk", Step.END_IDENTITY, WATCH, Reason.VLEI_REVOKED):
            pass

    return {
        Step.APPLY: lambda b: b.apply("hk", who="olga"),
        Step.CHECK_LEI: lambda b: b.check_lei("hk", who="olga"),
        Step.PROVE_DID: lambda b: b.prove_did("hk", who="olga"),
        Step.PROVE_IDENTITY: lambda b: prove_identity(house.context, "hk", who="olga", shown=SHOWN),
        Step.END_IDENTITY: end,
        Step.SEND_BACK: lambda b: b.send_back("hk", who="ana"),
        Step.APPROVE: lambda b: b.approve("hk", who="ana"),
        Step.ACTIVATE: lambda b: b.activate("hk"),
        Step.ROTATE_KEY: lambda b: b.rotate_key("hk", who="olga"),
        Step.LAPSE: lambda b: b.lapse("hk", record=record),
        Step.RENEW: lambda b: b.renew("hk", record=record),
        Step.SUSPEND: lambda b: b.suspend("hk", who="ana", reason=Reason.REGULATOR_ORDER),
        Step.REINSTATE: lambda b: b.reinstate("hk", who="ana"),
    }


async def test_the_way_to_trust_is_written_down_step_by_step(house: House) -> None:
    await house.bind()
    assert await state_of(house) == ("active", None)
    assert await history(house) == [
        ("olga", "apply", None, "applied", "requested"),
        ("olga", "check_lei", "applied", "lei_checked", "lei_in_order"),
        ("olga", "prove_did", "lei_checked", "did_proved", "key_proved"),
        ("ana", "approve", "did_proved", "approved", "names_agree"),
        (WATCH, "activate", "approved", "active", "document_published"),
    ]


async def test_every_method_refuses_every_state_it_has_no_step_from(house: House) -> None:
    await house.bind()
    for step, state in itertools.product(Step, HospitalState):
        if state in STEPS[step]:
            continue
        async with house.context.database.begin() as session:
            await session.execute(update(Hospital).values(state=state, blocked=None))
        before = await history(house)
        with pytest.raises(StateError) as refused:
            await methods(house)[step](house.bindings)
        assert refused.value.code == "hospital.no_such_step", (step, state)
        assert await state_of(house) == (state, None)
        assert await history(house) == before


@pytest.mark.parametrize(
    ("step", "state"), [(step, state) for step, row in STEPS.items() for state in row], ids=lambda value: str(value)
)
async def test_every_drawn_step_can_be_taken(
    house: House, step: Step, state: HospitalState, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(house, state)
    road = HospitalRoad(hospital="hk", road="certificate", keys=[], chain=[], content=b"", checked_at=house.clock.now())

    async def accepted(*_: object) -> Judged:
        return Judged(road)

    monkeypatch.setattr("issuer.onboarding.identity.judge", accepted)
    async with house.context.database.begin() as session:
        await session.execute(update(Hospital).values(suspended_by="ben"))
        if step is Step.PROVE_DID:
            await session.execute(HospitalKey.__table__.delete())
    await methods(house)[step](house.bindings)
    assert (await state_of(house))[0] == STEPS[step][state]
    assert (await history(house))[-1][1:4] == (step, state, STEPS[step][state])


async def test_the_applicant_cannot_approve(house: House) -> None:
    await house.bindings.apply("hk", who="ana")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    with pytest.raises(NotAllowedError) as refused:
        await house.bindings.approve("hk", who="ana")
    assert refused.value.code == "hospital.same_person"
    await house.bindings.approve("hk", who="ben")
    assert (await state_of(house))[0] == "approved"


async def test_whoever_suspended_cannot_reinstate(house: House) -> None:
    await house.bind()
    await house.bindings.suspend("hk", who="ana", reason=Reason.KEY_COMPROMISED)
    with pytest.raises(NotAllowedError):
        await house.bindings.reinstate("hk", who="ana")
    await house.bindings.reinstate("hk", who="ben")
    assert await state_of(house) == ("active", None)


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(SUSPENSION_REASONS)))
async def test_only_listed_reasons_suspend(house: House, reason: Reason) -> None:
    await house.bind()
    with pytest.raises(InputError):
        await house.bindings.suspend("hk", who="ana", reason=reason)
    assert (await state_of(house))[0] == "active"


async def test_a_suspended_hospital_with_a_lapsed_lei_stays_suspended(house: House) -> None:
    await house.bind()
    await house.bindings.suspend("hk", who="ana", reason=Reason.RECORD_ERRORS)
    house.register.say(HK, registration_status="LAPSED")
    house.clock.at += timedelta(hours=1)
    with pytest.raises(RefusedError) as refused:
        await house.bindings.reinstate("hk", who="ben")
    assert refused.value.code == "lei.lapsed"
    assert (await state_of(house))[0] == "suspended"


@pytest.mark.parametrize(
    ("entity_status", "registration_status", "code"),
    [
        ("ACTIVE", "LAPSED", "lei.lapsed"),
        ("ACTIVE", "RETIRED", "lei.ended"),
        ("ACTIVE", "ANNULLED", "lei.ended"),
        ("ACTIVE", "DUPLICATE", "lei.ended"),
        ("INACTIVE", "ISSUED", "lei.ended"),
        ("", "ISSUED", "lei.ended"),
    ],
)
async def test_an_lei_out_of_order_stops_the_application(
    house: House, entity_status: str, registration_status: str, code: str
) -> None:
    house.register.say(HK, entity_status=entity_status, registration_status=registration_status)
    await house.bindings.apply("hk", who="olga")
    with pytest.raises(RefusedError) as refused:
        await house.bindings.check_lei("hk", who="olga")
    assert refused.value.code == code
    assert await state_of(house) == ("applied", code)


async def test_an_lei_of_another_jurisdiction_is_refused(house: House) -> None:
    house.register.records[HK] = entity(HK, [("維港示範醫院", "zh")], "SG")
    await house.bindings.apply("hk", who="olga")
    with pytest.raises(RefusedError):
        await house.bindings.check_lei("hk", who="olga")
    assert await state_of(house) == ("applied", "lei.jurisdiction")


async def test_an_unknown_lei_and_a_silent_register_are_told_apart(house: House) -> None:
    del house.register.records[HK]
    await house.bindings.apply("hk", who="olga")
    with pytest.raises(NotFoundError):
        await house.bindings.check_lei("hk", who="olga")
    assert await state_of(house) == ("applied", "lei.not_found")
    house.register.fault = 503
    house.clock.at += timedelta(hours=1)
    with pytest.raises(MedcredError):
        await house.bindings.check_lei("hk", who="olga")
    assert await state_of(house) == ("applied", "lei.status")


async def test_wrong_check_digits_are_refused_before_anything_is_kept(house: House) -> None:
    with pytest.raises(MedcredError) as refused:
        await house.bindings.apply("hk", who="olga", lei="984500HKTESTHOSP0165")
    assert refused.value.code == "lei.malformed"
    async with house.context.database.begin() as session:
        assert await session.get(Hospital, "hk") is None


async def test_one_lei_is_one_hospital(house: House) -> None:
    await house.bindings.apply("sz", who="olga")
    with pytest.raises(RefusedError) as refused:
        await house.bindings.apply("hk", who="olga", lei=SZ)
    assert refused.value.code == "hospital.lei_taken"


async def test_a_hospital_outside_the_settings_is_unknown(house: House) -> None:
    with pytest.raises(NotFoundError):
        await house.bindings.apply("macau", who="olga")
    with pytest.raises(NotFoundError):
        await house.bindings.suspend("hk", who="ana", reason=Reason.REGULATOR_ORDER)


async def test_a_name_that_differs_needs_a_person_who_says_so(house: House) -> None:
    await house.bindings.apply("hk", who="olga", name="Harbour Demonstration Hospital Pharmacy")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    with pytest.raises(RefusedError) as refused:
        await house.bindings.approve("hk", who="ana")
    assert refused.value.code == "hospital.name_differs"
    await house.bindings.approve("hk", who="ana", accept_name_difference=True)
    assert (await history(house))[-1][-1] == "name_difference_accepted"


async def test_an_agent_that_signs_with_another_key_proves_nothing(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    house.agents["hk"].forges = True
    with pytest.raises(RefusedError):
        await house.bindings.prove_did("hk", who="olga")
    assert await state_of(house) == ("lei_checked", "hospital.key_not_proved")
    house.agents["hk"].forges, house.agents["hk"].down = False, True
    with pytest.raises(AgentError):
        await house.bindings.prove_did("hk", who="olga")
    assert await state_of(house) == ("lei_checked", "agent.unreachable")


async def test_an_application_sent_back_gives_its_key_up_and_can_be_corrected(house: House) -> None:
    await house.bindings.apply("hk", who="olga", name="Harbour")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    await house.bindings.send_back("hk", who="ana")
    assert await state_of(house) == ("applied", "application_incomplete")
    async with house.context.database.begin() as session:
        assert (await session.scalars(select(HospitalKey))).all() == []
    await house.bindings.apply("hk", who="olga", name="Harbour Demonstration Hospital")
    assert await state_of(house) == ("applied", None)


async def test_activation_waits_until_the_document_lists_the_key(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    await house.bindings.approve("hk", who="ana")
    async with house.context.database.begin() as session:
        await session.execute(update(Hospital).values(did="did:web:localhost%3A18520:hospitals:sz"))
    with pytest.raises(MedcredError):
        await house.bindings.activate("hk")
    assert await state_of(house) == ("approved", "source.not_found")


async def test_a_document_with_another_key_does_not_activate(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")
    await house.bindings.approve("hk", who="ana")
    other = await house.agents["sz"].create_key("other")
    wrong = [HospitalKey(id="did:web:localhost%3A18520:hospitals:hk#key-1", multikey=other)]
    monkeypatch.setattr(did_document, "did_document", lambda did, keys, *_: published(did, wrong))
    with pytest.raises(RefusedError):
        await house.bindings.activate("hk")
    assert await state_of(house) == ("approved", "hospital.key_not_published")


async def test_a_rotated_key_leaves_the_old_one_listed_until_then(house: House) -> None:
    await house.bind()
    house.clock.at += timedelta(days=30)
    rotated_at = house.clock.at
    await house.bindings.rotate_key("hk", who="olga")
    async with house.context.database.begin() as session:
        keys = (await session.scalars(select(HospitalKey).order_by(HospitalKey.id))).all()
    assert [(key.id.rpartition("#")[2], key.valid_until) for key in keys] == [("key-1", rotated_at), ("key-2", None)]
    assert keys[0].multikey != keys[1].multikey


async def test_an_application_changed_while_its_lei_was_read_is_not_taken_for_checked(house: House) -> None:
    await house.bindings.apply("hk", who="olga")
    read = house.context.lei.record

    async def slow(lei: str) -> object:
        record = await read(lei)
        house.clock.at += timedelta(seconds=1)
        await house.bindings.apply("hk", who="olga", name="Another")
        return record

    house.context.lei.record = slow  # type: ignore[method-assign]
    with pytest.raises(StateError) as refused:
        await house.bindings.check_lei("hk", who="olga")
    assert refused.value.code == "hospital.changed"
    assert (await state_of(house))[0] == "applied"

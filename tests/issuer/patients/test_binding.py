"""A wallet becomes a patient's, whatever the order in which things are heard; and every proof that must not bind one."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from agents.request import PresentationRequest
from issuer.onboarding.states import Reason
from issuer.parties import issuing_binding
from issuer.patients.binding import LOOK_EVERY, VALID, bindings_of, get_binding, invite, reconcile, revoke
from issuer.patients.desk import register
from issuer.patients.identity import DocumentType
from issuer.patients.states import STEPS, BindingReason, BindingState, check_step
from issuer.patients.tables import PatientBinding
from issuer.patients.wallet_proof import proved_did
from schemas.errors import AgentError, InputError, NotFoundError, RefusedError, StateError
from storage.clock import FixedClock
from tests.issuer.onboarding.agent import proof_of
from tests.issuer.onboarding.house import House
from verifier.proofs import sign_jcs


async def patient(house: House, number: str = "A1234567") -> str:
    row, _ = await register(
        house.context, hospital="hk", name="CANARY-NAME-7Q4X", document=DocumentType.PASSPORT, number=number, who="cho"
    )
    return row.id


async def invited(house: House, of: str = "") -> PatientBinding:
    return await invite(house.context, of or await patient(house), who="cho")


async def look(house: House, row: PatientBinding, times: int = 1) -> PatientBinding:
    for _ in range(times):
        house.clock.at += LOOK_EVERY
        await reconcile(house.context)
    return await get_binding(house.context, row.id)


async def bound(house: House, of: str, key: Ed25519PrivateKey | None = None) -> PatientBinding:
    row = await invited(house, of)
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    await look(house, row, 2)
    house.agents["hk"].present(key=key)
    return await look(house, row)


async def test_a_wallet_is_bound_by_proving_its_did(house: House) -> None:
    await house.bind()
    row = await invited(house)
    assert row.state == "invited"
    assert (await look(house, row)).state == "invited"
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    assert (await look(house, row)).state == "connected"
    assert (await look(house, row)).state == "proving"
    [exchange] = house.agents["hk"].exchanges.values()
    assert exchange.request is not None
    assert exchange.request.is_did_proof
    assert exchange.request.domain == "did:web:localhost%3A18520:hospitals:hk"
    did = house.agents["hk"].present()
    row = await look(house, row)
    assert (row.state, row.holder_dids, row.activated_at) == ("active", [did], house.clock.at)
    assert (row.invitation_id, row.invitation_url, row.invitation) == (None, None, None)
    async with house.context.database.begin() as session:
        (await issuing_binding(session, row.id)).require_active("hk")


async def test_a_second_look_asks_no_second_time(house: House) -> None:
    await house.bind()
    row = await invited(house)
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    await look(house, row, 2)
    async with house.context.database.begin() as session:  # the process ended between asking and writing it down
        await session.execute(
            update(PatientBinding).values(state="connected", presentation_exchange_id=None, due_at=house.clock.now())
        )
    assert (await look(house, row)).state == "proving"
    assert len(house.agents["hk"].exchanges) == 1


async def test_a_silent_agent_only_delays(house: House) -> None:
    await house.bind()
    row = await invited(house)
    house.agents["hk"].down = True
    assert (await look(house, row, 2)).state == "invited"
    house.agents["hk"].down = False
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    house.clock.at += timedelta(seconds=10)
    assert (await look(house, row, 2)).state == "proving"


async def test_no_invitation_without_the_agent_leaves_nothing_behind(house: House) -> None:
    await house.bind()
    of = await patient(house)
    house.agents["hk"].down = True
    with pytest.raises(AgentError):
        await invite(house.context, of, who="cho")
    async with house.context.database.begin() as session:
        assert await bindings_of(session, of) == []


@pytest.mark.parametrize("waits_at", [0, 2, 3])
async def test_a_code_expires_at_every_stage(house: House, waits_at: int) -> None:
    await house.bind()
    row = await invited(house)
    if waits_at:
        assert row.invitation_id
        house.agents["hk"].scan(row.invitation_id)
        await look(house, row, waits_at - 1)
    house.clock.at += VALID
    row = await look(house, row)
    assert (row.state, row.reason, row.invitation) == ("expired", "too_late", None)
    assert row.due_at is None


async def test_a_newer_code_voids_the_older(house: House) -> None:
    await house.bind()
    of = await patient(house)
    first, second = await invited(house, of), await invited(house, of)
    first = await get_binding(house.context, first.id)
    assert (first.state, first.reason) == ("expired", "newer_code")
    assert (await get_binding(house.context, second.id)).state == "invited"


async def test_one_patient_has_many_wallets_and_each_ends_by_itself(house: House) -> None:
    await house.bind()
    of = await patient(house)
    first, second = await bound(house, of), await bound(house, of)
    assert (first.state, second.state) == ("active", "active")
    assert first.holder_dids != second.holder_dids
    await revoke(house.context, first.id, who="olga", reason=BindingReason.WALLET_LOST)
    first, second = await get_binding(house.context, first.id), await get_binding(house.context, second.id)
    assert (first.state, first.reason, first.revoked_by) == ("revoked", "wallet_lost", "olga")
    assert second.state == "active"
    async with house.context.database.begin() as session:
        with pytest.raises(StateError):
            (await issuing_binding(session, first.id)).require_active("hk")


async def test_a_wallet_of_one_patient_cannot_be_bound_to_another(house: House) -> None:
    await house.bind()
    key = Ed25519PrivateKey.generate()
    assert (await bound(house, await patient(house), key)).state == "active"
    row = await bound(house, await patient(house, "B7654321"), key)
    assert (row.state, row.reason, row.holder_dids) == ("failed", "did_taken", [])


async def test_the_patient_may_say_no(house: House) -> None:
    await house.bind()
    row = await invited(house)
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    await look(house, row, 2)
    house.agents["hk"].decline()
    row = await look(house, row)
    assert (row.state, row.reason) == ("failed", "declined")


async def test_a_proof_that_does_not_hold_fails_the_binding(house: House) -> None:
    await house.bind()
    row = await invited(house)
    assert row.invitation_id
    house.agents["hk"].scan(row.invitation_id)
    await look(house, row, 2)
    [exchange] = house.agents["hk"].exchanges.values()
    assert exchange.request is not None
    stolen = proof_of(Ed25519PrivateKey.generate(), exchange.request, house.clock, domain="did:web:clinic.example")
    house.agents["hk"].present(stolen)
    row = await look(house, row)
    assert (row.state, row.reason, row.holder_dids) == ("failed", "proof_failed", [])


async def test_a_revocation_while_the_agent_is_asked_wins(house: House) -> None:
    await house.bind()
    row = await invited(house)
    agent = house.agents["hk"]
    assert row.invitation_id
    agent.scan(row.invitation_id)
    ask = agent.connection_from

    async def meanwhile(invitation_id: str) -> Any:
        await revoke(house.context, row.id, who="olga", reason=BindingReason.WRONG_PATIENT)
        return await ask(invitation_id)

    agent.connection_from = meanwhile  # type: ignore[method-assign]
    assert (await look(house, row)).state == "revoked"


async def test_only_an_active_hospital_binds(house: House) -> None:
    await house.bind()
    of = await patient(house)
    await house.bindings.suspend("hk", who="ana", reason=Reason.REGULATOR_ORDER)
    with pytest.raises(StateError):
        await invite(house.context, of, who="cho")


@pytest.mark.parametrize(("state", "to"), list(itertools.product(BindingState, BindingState)))
def test_only_drawn_steps_exist(state: BindingState, to: BindingState) -> None:
    if to in STEPS[state]:
        check_step(state, to)
    else:
        with pytest.raises(StateError):
            check_step(state, to)


async def test_a_binding_is_ended_once_and_for_a_listed_reason(house: House) -> None:
    await house.bind()
    row = await invited(house)
    with pytest.raises(InputError):
        await revoke(house.context, row.id, who="olga", reason=BindingReason.PROOF_FAILED)
    await revoke(house.context, row.id, who="olga", reason=BindingReason.PATIENT_REQUEST)
    with pytest.raises(StateError):
        await revoke(house.context, row.id, who="olga", reason=BindingReason.PATIENT_REQUEST)
    with pytest.raises(NotFoundError):
        await revoke(house.context, "no such", who="olga", reason=BindingReason.PATIENT_REQUEST)


# The proof itself.

DOMAIN = "did:web:hospital.example"


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda presentation: {member: value for member, value in presentation.items() if member != name}


def _proof(**change: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda presentation: presentation | {"proof": presentation["proof"] | change}


FAULTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda presentation: None,
    "no_proof": _without("proof"),
    "no_holder": _without("holder"),
    "holder_not_text": lambda presentation: presentation | {"holder": {"id": presentation["holder"]}},
    "another_holder": lambda presentation: presentation | {"holder": "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"},
    "web_holder": lambda presentation: presentation | {"holder": DOMAIN},
    "not_a_presentation": lambda presentation: presentation | {"type": ["VerifiableCredential"]},
    "two_proofs": lambda presentation: presentation | {"proof": [presentation["proof"], presentation["proof"]]},
    "other_challenge": _proof(challenge="0" * 32),
    "other_domain": _proof(domain="did:web:clinic.example"),
    "domain_list": _proof(domain=[DOMAIN]),
    "other_purpose": _proof(proofPurpose="assertionMethod"),
    "no_time": _proof(created=None),
    "altered": lambda presentation: presentation | {"extra": "1"},
    "proof_is_text": lambda presentation: presentation | {"proof": "z3FXQ"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_proof_proves_nothing(fault: str, clock: FixedClock) -> None:
    key = Ed25519PrivateKey.generate()
    request = _request(clock)
    presentation = proof_of(key, request, clock)
    assert proved_did(presentation, **_expected(clock)) == presentation["holder"]
    with pytest.raises(RefusedError) as refused:
        proved_did(FAULTS[fault](presentation), **_expected(clock))
    assert refused.value.code == "binding.proof_failed"


@pytest.mark.parametrize(("change", "ok"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_clocks_may_differ_by_five_minutes(clock: FixedClock, change: int, ok: bool) -> None:
    presentation = proof_of(Ed25519PrivateKey.generate(), _request(clock), FixedClock(clock.at + timedelta(seconds=change)))
    if ok:
        assert proved_did(presentation, **_expected(clock))
    else:
        with pytest.raises(RefusedError):
            proved_did(presentation, **_expected(clock))


def test_a_key_that_is_not_the_holders_proves_nothing(clock: FixedClock) -> None:
    honest, thief = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    presentation = proof_of(honest, _request(clock), clock)
    forged = sign_jcs(
        {name: value for name, value in presentation.items() if name != "proof"},
        thief,
        verification_method=presentation["proof"]["verificationMethod"],
        created=clock.now(),
        purpose="authentication",
        options={"challenge": "c" * 32, "domain": DOMAIN},
    )
    with pytest.raises(RefusedError):
        proved_did(forged, **_expected(clock))


def _request(clock: FixedClock) -> PresentationRequest:
    return PresentationRequest(
        challenge="c" * 32, domain=DOMAIN, purpose="p", types=[], valid_until=clock.now() + VALID, verifier_label="h"
    )


def _expected(clock: FixedClock) -> dict[str, Any]:
    return {"challenge": "c" * 32, "domain": DOMAIN, "asked_at": clock.now(), "now": clock.now()}

"""A bundle becomes a credential in the wallet, and every way in which it does not."""

from datetime import timedelta

import pytest

from issuer.context import IssuerContext
from issuer.issuing.offering import offer_drafts
from issuer.issuing.resending import resend, withdraw
from issuer.issuing.signing import sign_accepted
from issuer.issuing.states import STEPS, CredentialState, Delivery, check_step
from issuer.issuing.tables import Credential
from issuer.issuing.watching import FIRST_LOOK, watch_exchanges
from issuer.issuing.witnessing import has_receipt, submit_signed
from issuer.onboarding.tables import Hospital
from issuer.patients.tables import PatientBinding
from schemas.errors import StateError
from tests.issuer.issuing.house import BINDING, House
from tests.issuer.issuing.world import FakeLedger, Wallet


async def set_state(context: IssuerContext, kind: type[Hospital] | type[PatientBinding], key: str, state: str) -> None:
    async with context.database.begin() as session:
        (await session.get_one(kind, key)).state = state


@pytest.fixture
async def offered(house: House, context: IssuerContext) -> str:
    """The id of a credential that was offered to a wallet which does not answer by itself."""
    house.agent.wallet.answers = False
    [credential] = await house.submit(context)
    await house.run(context)
    assert (await house.read(context, credential)).state == "offered"
    return credential


def stored(house: House, credential: str) -> list[dict[str, object]]:
    return house.agent.wallet.stored.get(f"urn:uuid:{credential}", [])


async def test_a_bundle_reaches_the_wallet_signed_and_witnessed(house: House, context: IssuerContext) -> None:
    [credential] = await house.submit(context)
    await house.run(context)
    row = await house.read(context, credential)
    assert row.state == "acknowledged"
    assert row.acknowledged_at is not None
    [entry] = stored(house, credential)
    assert entry["credential"] == row.signed
    assert entry["credential"]["credentialSubject"]["id"] == house.agent.wallet.did
    assert has_receipt(entry["credential"])
    assert house.agent.exchanges == {}, "the agent keeps no record content"


async def test_many_credentials_are_signed_and_committed_in_one_call(house: House, context: IssuerContext) -> None:
    for number in range(6):
        await house.submit(context, f"key-{number}")
    await offer_drafts(context, "hk")
    house.agent.act()
    house.clock.at += FIRST_LOOK
    assert await watch_exchanges(context, "hk") == 6
    assert await sign_accepted(context, "hk") == 6
    assert house.agent.calls.count("sign") == 1
    assert await submit_signed(context) == 6
    await house.run(context)
    assert sum(len(entries) for entries in house.agent.wallet.stored.values()) == 6


async def test_another_did_than_the_bound_one_is_refused_before_anything_is_signed(
    house: House, context: IssuerContext, offered: str
) -> None:
    signed = house.agent.calls.count("sign")
    house.agent.accept(house.agent.wallet.offers[0], Wallet().did)
    await house.round(context, "sweep")
    await house.run(context)
    row = await house.read(context, offered)
    assert (row.state, row.reason) == ("failed", "did_not_bound")
    assert row.signed is None
    assert house.agent.calls.count("sign") == signed
    assert house.agent.wallet.problems == ["did_not_bound"]
    assert stored(house, offered) == []


@pytest.mark.parametrize(
    ("kind", "key", "state", "reason"),
    [
        (Hospital, "hk", "suspended", "hospital_not_active"),
        (Hospital, "hk", "lapsed", "hospital_not_active"),
        (PatientBinding, BINDING, "revoked", "binding_revoked"),
    ],
)
async def test_trust_that_ended_after_the_offer_ends_the_exchange(
    house: House,
    context: IssuerContext,
    offered: str,
    kind: type[Hospital] | type[PatientBinding],
    key: str,
    state: str,
    reason: str,
) -> None:
    await set_state(context, kind, key, state)
    house.agent.accept(house.agent.wallet.offers[0])
    await house.round(context, "sweep")
    await house.run(context)
    row = await house.read(context, offered)
    assert (row.state, row.reason) == ("failed", reason)
    assert row.signed is None


async def test_a_hospital_suspended_after_the_request_signs_nothing(house: House, context: IssuerContext, offered: str) -> None:
    house.agent.accept(house.agent.wallet.offers[0])
    await house.round(context, "sweep")
    assert await watch_exchanges(context, "hk") == 1
    assert (await house.read(context, offered)).state == "accepted"
    signed = house.agent.calls.count("sign")
    await set_state(context, Hospital, "hk", "suspended")
    await house.round(context, "issuing:hk")
    assert house.agent.calls.count("sign") == signed
    await set_state(context, Hospital, "hk", "active")
    await house.run(context)
    assert (await house.read(context, offered)).state == "acknowledged"


async def test_a_declined_offer_ends_and_can_be_made_again(house: House, context: IssuerContext, offered: str) -> None:
    house.agent.decline(house.agent.wallet.offers[0])
    await house.round(context, "sweep")
    await house.run(context)
    row = await house.read(context, offered)
    assert (row.state, row.reason) == ("declined", "wallet_declined")
    house.agent.wallet.answers = True
    await resend(context, offered)
    await house.run(context)
    assert (await house.read(context, offered)).state == "acknowledged"
    assert len(stored(house, offered)) == 1


async def test_an_offer_expires_and_its_wallet_is_told(house: House, context: IssuerContext, offered: str) -> None:
    house.clock.at += timedelta(minutes=context.settings.offer_minutes)
    await house.run(context)
    row = await house.read(context, offered)
    assert (row.state, row.reason) == ("expired", "offer_expired")
    assert house.agent.wallet.problems == ["offer_expired"]
    assert house.agent.exchanges == {}


async def test_a_lost_message_is_sent_again_with_the_same_bytes(house: House, context: IssuerContext, offered: str) -> None:
    house.agent.accept(house.agent.wallet.offers[0])
    house.agent.loses_messages = True
    await house.round(context, "sweep")
    for _ in range(12):
        await house.round(context)
        house.clock.at += timedelta(seconds=5)
    sent = await house.read(context, offered)
    assert sent.state == "issued"
    assert stored(house, offered) == []
    house.agent.loses_messages = False
    await house.run(context)
    row = await house.read(context, offered)
    assert row.state == "acknowledged"
    assert [entry["credential"] for entry in stored(house, offered)] == [sent.signed]


async def test_a_wallet_that_never_acknowledges_is_left_to_people(house: House, context: IssuerContext) -> None:
    house.agent.wallet.acknowledges = False
    [credential] = await house.submit(context)
    await house.run(context)
    for _ in range(14):
        house.clock.at += timedelta(hours=2)
        await house.run(context)
    row = await house.read(context, credential)
    assert (row.state, row.reason, row.due_at) == ("issued", "unacknowledged", None)
    sends = house.agent.calls.count("issue")
    house.clock.at += timedelta(days=2)
    await house.run(context)
    assert house.agent.calls.count("issue") == sends
    assert sends < 20, "the pauses grow"


async def test_what_was_sent_keeps_its_bytes_and_its_did(house: House, context: IssuerContext) -> None:
    house.agent.wallet.acknowledges = False
    [credential] = await house.submit(context)
    await house.run(context)
    first = await house.read(context, credential)
    assert first.state == "issued"
    other = Wallet()
    async with context.database.begin() as session:
        (await session.get_one(PatientBinding, BINDING)).holder_dids = [house.agent.wallet.did, other.did]

    house.agent.wallet.answers = False
    await resend(context, credential)
    await house.run(context)
    house.agent.accept(house.agent.wallet.offers[-1], other.did)
    await house.round(context, "sweep")
    await house.run(context)
    assert (await house.read(context, credential)).reason == "other_did"

    house.agent.wallet.answers = house.agent.wallet.acknowledges = True
    await resend(context, credential)
    await house.run(context)
    row = await house.read(context, credential)
    assert row.state == "acknowledged"
    assert row.signed == first.signed


async def test_a_ledger_that_forgot_is_handed_the_fingerprint_again(house: House, context: IssuerContext) -> None:
    [credential] = await house.submit(context)
    for _ in range(8):
        await house.round(context)
        house.agent.act()
        house.clock.at += timedelta(seconds=1)
    assert (await house.read(context, credential)).state == "committed"
    house.ledger.forget()
    await house.run(context)
    assert (await house.read(context, credential)).state == "acknowledged"


async def test_a_receipt_that_does_not_hold_never_leaves(house: House, context: IssuerContext) -> None:
    house.ledger.signs_with = FakeLedger(house.clock).log_key
    [credential] = await house.submit(context)
    for _ in range(40):
        await house.round(context)
        house.agent.act()
        house.clock.at += timedelta(seconds=10)
    assert (await house.read(context, credential)).state == "committed"
    assert stored(house, credential) == []


async def test_an_outage_of_agent_and_ledger_only_delays(house: House, context: IssuerContext) -> None:
    house.agent.down = house.ledger.down = True
    [credential] = await house.submit(context)
    for _ in range(10):
        await house.round(context, "issuing", "ledger", "status")
        house.clock.at += timedelta(minutes=1)
    assert (await house.read(context, credential)).state == "drafted"
    house.agent.down = house.ledger.down = False
    await house.run(context)
    assert (await house.read(context, credential)).state == "acknowledged"


async def test_what_is_not_issued_in_time_is_given_up_and_told(house: House, context: IssuerContext, offered: str) -> None:
    house.agent.accept(house.agent.wallet.offers[0])
    house.ledger.down = True
    await house.round(context, "sweep")
    for _ in range(30):
        await house.round(context, "issuing", "ledger")
        house.clock.at += timedelta(hours=1)
    row = await house.read(context, offered)
    assert (row.state, row.reason) == ("failed", "not_issued_in_time")
    assert house.agent.wallet.problems == ["not_issued_in_time"]


@pytest.mark.parametrize("call", ["offer", "sign", "issue"])
async def test_an_answer_that_is_lost_doubles_nothing(house: House, context: IssuerContext, call: str) -> None:
    house.agent.slow_answers = {call}
    [credential] = await house.submit(context)
    await house.run(context)
    assert (await house.read(context, credential)).state == "acknowledged"
    assert len(stored(house, credential)) == 1
    assert house.agent.slow_answers == set()
    assert house.agent.wallet.problems == []


async def test_a_second_offer_of_the_same_credential_is_closed(house: House, context: IssuerContext, offered: str) -> None:
    row = await house.read(context, offered)
    await house.agent.offer(row.draft, connection_id="connection-1")
    assert len(house.agent.wallet.offers) == 2
    await house.round(context, "sweep")
    await house.run(context)
    assert house.agent.wallet.problems == ["superseded"]
    assert house.agent.wallet.offers == [row.exchange_id]


async def test_an_exchange_of_other_software_is_left_alone(house: House, context: IssuerContext) -> None:
    foreign = {"id": "urn:uuid:99999999-9999-4999-8999-999999999999", "credentialSubject": {}}
    await house.agent.offer(foreign, connection_id="connection-1")
    await house.round(context, "sweep")
    await house.round(context, "issuing")
    assert len(house.agent.exchanges) == 1


async def test_an_agent_made_anew_is_offered_again(house: House, context: IssuerContext, offered: str) -> None:
    house.agent.exchanges.clear()
    house.agent.wallet.offers.clear()
    house.agent.wallet.answers = True
    async with context.database.begin() as session:
        (await session.get_one(Credential, offered)).due_at = house.clock.now()
    await house.run(context)
    assert (await house.read(context, offered)).state == "acknowledged"


async def test_one_that_cannot_be_signed_stops_no_other(house: House, context: IssuerContext) -> None:
    bad, good = [(await house.submit(context, key))[0] for key in ("bad", "good")]
    async with context.database.begin() as session:
        row = await session.get_one(Credential, bad)
        row.draft = {**row.draft, "id": f"{row.draft['id']}-unsignable"}
    for _ in range(12):
        await house.round(context, "issuing:hk", "ledger")
        house.agent.act()
        house.clock.at += timedelta(seconds=10)
    assert (await house.read(context, bad)).state == "accepted"
    assert (await house.read(context, good)).state == "acknowledged"


async def test_an_offer_by_invitation_goes_over_no_connection(house: House, context: IssuerContext) -> None:
    house.agent.wallet.answers = False
    [credential] = await house.submit(context, delivery=Delivery.INVITATION)
    await house.round(context, "issuing:hk")
    row = await house.read(context, credential)
    assert row.invitation_url is not None
    [exchange] = house.agent.exchanges.values()
    assert exchange.connection_id is None
    house.agent.wallet.answers = True
    await house.run(context)
    assert (await house.read(context, credential)).state == "acknowledged"
    assert (await house.read(context, credential)).invitation is None


async def test_a_withdrawn_offer_is_taken_back(house: House, context: IssuerContext, offered: str) -> None:
    await withdraw(context, offered)
    await house.run(context)
    assert house.agent.wallet.offers == []
    assert (await house.read(context, offered)).reason == "withdrawn"


async def test_what_left_cannot_be_withdrawn(house: House, context: IssuerContext) -> None:
    [credential] = await house.submit(context)
    await house.run(context)
    with pytest.raises(StateError) as caught:
        await withdraw(context, credential)
    assert caught.value.code == "credential.sent"
    with pytest.raises(StateError) as caught:
        await resend(context, credential)
    assert caught.value.code == "credential.not_resendable"


def test_every_step_that_is_not_drawn_is_refused() -> None:
    refused = 0
    for state in CredentialState:
        for to in CredentialState:
            if to not in STEPS[state]:
                refused += 1
                with pytest.raises(StateError):
                    check_step(state, to)
    assert refused > 80

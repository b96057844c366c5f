"""The lists: random indices, published within a round of a change, signed, renewed, anchored; whatever dies meanwhile."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital
from issuer.status import allocation
from issuer.status.allocation import LIST_SIZE, allocate
from issuer.status.changes import request_change
from issuer.status.publishing import publish_lists
from issuer.status.states import Purpose, StatusAction, StatusReason
from issuer.status.tables import StatusList
from ledger.commitment import credential_commitment
from tests.issuer.issuing.house import House
from tests.issuer.issuing.world import Fate, Killed
from verifier.proofs import Outcome, check_proof, proofs_of
from verifier.status import read_status_list


async def published(context: IssuerContext, purpose: Purpose) -> dict[str, Any]:
    async with context.database.begin() as session:
        row = await session.scalar(select(StatusList).where(StatusList.hospital == "hk", StatusList.purpose == purpose))
    assert row is not None
    assert row.document is not None
    document: dict[str, Any] = json.loads(row.document)
    return document


async def position(house: House, context: IssuerContext, credential: str, purpose: Purpose) -> int:
    entries = (await house.read(context, credential)).draft["credentialStatus"]
    return next(int(entry["statusListIndex"]) for entry in entries if entry["statusPurpose"] == purpose)


async def suspend(context: IssuerContext, credential: str, action: StatusAction = StatusAction.SUSPEND) -> None:
    await request_change(context, credential, action, StatusReason.UNDER_REVIEW, by="Ho", alone=True)


async def test_a_list_is_signed_by_the_hospital_and_names_itself(house: House, context: IssuerContext, issued: str) -> None:
    document = await published(context, Purpose.REVOCATION)
    entry = (await house.read(context, issued)).draft["credentialStatus"][0]
    assert document["id"] == entry["statusListCredential"] == "http://localhost:8101/status/hk/revocation/1"
    assert document["issuer"] == house.settings.hospitals[1].did
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    [proof] = proofs_of(document)
    assert proof["verificationMethod"].endswith("#key-1")
    key = house.agent.key.public_key().public_bytes_raw()
    assert check_proof(document, proof, key) is Outcome.VALID
    assert read_status_list(document).is_set(await position(house, context, issued, Purpose.REVOCATION)) is False


async def test_a_change_is_published_in_the_next_round_and_only_there(house: House, context: IssuerContext, issued: str) -> None:
    before = await published(context, Purpose.REVOCATION)
    await suspend(context, issued)
    await house.round(context, "status")
    place = await position(house, context, issued, Purpose.SUSPENSION)
    found = read_status_list(await published(context, Purpose.SUSPENSION))
    assert [index for index in range(LIST_SIZE) if found.is_set(index)] == [place]
    assert await published(context, Purpose.REVOCATION) == before
    await suspend(context, issued, StatusAction.REINSTATE)
    await house.round(context, "status")
    assert read_status_list(await published(context, Purpose.SUSPENSION)).is_set(place) is False


async def test_a_list_is_renewed_before_it_ends(house: House, context: IssuerContext, issued: str) -> None:
    first = await published(context, Purpose.REVOCATION)
    await house.run(context)
    assert await published(context, Purpose.REVOCATION) == first
    house.clock.at += timedelta(hours=context.settings.status_hours) / 2
    await house.round(context, "status")
    second = await published(context, Purpose.REVOCATION)
    assert second["validFrom"] > first["validFrom"]
    assert second["validUntil"] > first["validUntil"]


async def test_the_fingerprint_of_what_is_served_is_handed_to_the_ledger(
    house: House, context: IssuerContext, issued: str
) -> None:
    for purpose in Purpose:
        digest = credential_commitment(await published(context, purpose)).digest
        assert house.ledger.submitted.count(digest) == 1


async def test_a_ledger_that_is_down_does_not_hold_up_a_revocation(house: House, context: IssuerContext, issued: str) -> None:
    house.ledger.down = True
    await suspend(context, issued, StatusAction.REVOKE)
    await house.round(context, "status")
    document = await published(context, Purpose.REVOCATION)
    assert read_status_list(document).is_set(await position(house, context, issued, Purpose.REVOCATION))
    await house.round(context, "status")
    house.ledger.down = False
    house.clock.at += timedelta(minutes=1)
    await house.round(context, "status")
    assert credential_commitment(document).digest in house.ledger.submitted


async def test_a_change_while_the_list_is_signed_is_not_missed(house: House, context: IssuerContext, issued: str) -> None:
    [second] = await house.submit(context, "second")
    await house.run(context)
    await suspend(context, issued)
    sign = house.agent.sign

    async def sign_while_another_is_suspended(*args: Any, **values: Any) -> Any:
        house.agent.sign = sign  # type: ignore[method-assign]
        await suspend(house.open(), second)
        return await sign(*args, **values)

    house.agent.sign = sign_while_another_is_suspended  # type: ignore[method-assign]
    await house.round(context, "status")
    await house.round(context, "status")
    found = read_status_list(await published(context, Purpose.SUSPENSION))
    for credential in (issued, second):
        assert found.is_set(await position(house, context, credential, Purpose.SUSPENSION))


async def test_an_end_at_any_step_of_publishing_loses_no_change(house: House, context: IssuerContext, issued: str) -> None:
    place = await position(house, context, issued, Purpose.SUSPENSION)
    action, other = StatusAction.SUSPEND, StatusAction.REINSTATE
    for at in range(1, 30):
        fate = Fate(at)
        process = house.open(fate)
        died = False
        try:
            await suspend(process, issued, action)
            for _ in range(3):
                await publish_lists(process, "hk")
        except Killed:
            died = True
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
        await process.database.close()
        house.clock.at += timedelta(minutes=1)
        wished = (await house.read(context, issued)).status
        for _ in range(3):
            await publish_lists(context, "hk")
        document = await published(context, Purpose.SUSPENSION)
        assert read_status_list(document).is_set(place) is (wished == "suspended"), fate.names
        assert credential_commitment(document).digest in house.ledger.submitted, fate.names
        if not died:
            break
        if wished == {StatusAction.SUSPEND: "suspended", StatusAction.REINSTATE: "active"}[action]:
            action, other = other, action
    assert not died
    assert at > 8


async def test_a_suspended_hospital_still_publishes(house: House, context: IssuerContext, issued: str) -> None:
    async with context.database.begin() as session:
        (await session.get_one(Hospital, "hk")).state = "suspended"
    await suspend(context, issued, StatusAction.REVOKE)
    await house.round(context, "status")
    place = await position(house, context, issued, Purpose.REVOCATION)
    assert read_status_list(await published(context, Purpose.REVOCATION)).is_set(place)


async def test_indices_are_unique_spread_and_unordered(house: House, context: IssuerContext) -> None:
    names = [f"credential-{number}" for number in range(400)]
    async with context.database.begin() as session:
        entries = await allocate(context, session, "hk", names[:200])
        entries |= await allocate(context, session, "hk", names[200:])
    for purpose in range(2):
        positions = [int(entries[name][purpose]["statusListIndex"]) for name in names]
        assert len(set(positions)) == 400
        assert max(positions) - min(positions) > LIST_SIZE // 2
        assert positions[:200] != list(range(positions[0], positions[0] + 200))


async def test_a_full_list_is_followed_by_a_new_one(house: House, context: IssuerContext, monkeypatch: Any) -> None:
    monkeypatch.setattr(allocation, "LIST_SIZE", 8)
    monkeypatch.setattr(allocation, "LIST_FULL", 6)
    seen = []
    for number in range(14):
        async with context.database.begin() as session:
            [entries] = (await allocate(context, session, "hk", [f"credential-{number}"])).values()
        seen.append((entries[0]["statusListCredential"].rsplit("/", 1)[1], entries[0]["statusListIndex"]))
    assert len(set(seen)) == 14
    assert [name for name, _ in seen] == ["1"] * 6 + ["2"] * 6 + ["3"] * 2

"""Who may issue which record type, asked over HTTP in the words of TRQP."""

from datetime import timedelta
from typing import Any

import pytest

from issuer.onboarding import trust_list
from issuer.onboarding.states import Reason
from tests.issuer.onboarding.house import House

DID = "did:web:localhost%3A18520:hospitals:hk"
FRAMEWORK = "https://rules.example/hospitals/1"


async def query(house: House, **changes: Any) -> dict[str, Any]:
    authority = await trust_list.publisher(house.context)
    asked = {"entity_id": DID, "authority_id": authority, "action": "issue", "resource": "ImmunizationCredential"}
    return asked | changes


async def ask(house: House, **changes: Any) -> dict[str, Any]:
    """The answer, which is the same for both ways of asking."""
    asked = await query(house, **changes)
    async with house.client() as client:
        got, posted = (
            await client.get("/trust/authorization", params=asked),
            await client.post("/trust/authorization", json=asked),
        )
    assert (got.status_code, got.headers["cache-control"]) == (200, "no-store")
    assert got.json() == posted.json()
    answer: dict[str, Any] = got.json()
    return answer


def only(house: House, *types: str) -> None:
    """The hospital `hk` may issue these types only, under a framework."""
    hospitals = [
        each.model_copy(update={"types": types}) if each.slug == "hk" else each for each in house.context.settings.hospitals
    ]
    changed = house.context.settings.model_copy(update={"hospitals": hospitals, "framework": FRAMEWORK})
    object.__setattr__(house.context, "settings", changed)


async def test_a_hospital_may_issue_the_types_it_is_listed_for(house: House) -> None:
    only(house, "ImmunizationCredential", "ReferralCredential")
    await house.bind()
    answer = await ask(house)
    assert answer == await query(house) | {
        "authorized": True,
        "time_evaluated": "2026-11-24T15:00:00Z",
        "message": "The hospital is on the trust list for this record type.",
        "framework": FRAMEWORK,
    }
    assert (await ask(house, resource="PrescriptionCredential"))["authorized"] is False
    assert (await ask(house, entity_id="did:web:elsewhere.example"))["authorized"] is False


async def test_the_past_is_answered_from_the_list_of_then(house: House) -> None:
    await house.bind()
    before = house.clock.at - timedelta(days=1)
    then = house.clock.at
    await ask(house)
    house.clock.at += timedelta(hours=1)
    await house.bindings.suspend("hk", who="ana", reason=Reason.RECORD_ERRORS)
    now = await ask(house)
    assert (now["authorized"], now["message"]) == (False, "This hospital is suspended.")
    earlier = await ask(house, time=then.isoformat())
    assert (earlier["authorized"], earlier["time_requested"]) == (True, "2026-11-24T15:00:00Z")
    never = await ask(house, time=before.isoformat())
    assert (never["authorized"], never["message"]) == (False, "The trust list at hand says nothing about that time.")
    async with house.client() as client:
        body = await query(house, context={"time": "2026-11-24T23:00:00+08:00", "locator": "x"})
        answer = (await client.post("/trust/authorization", json=body)).json()
    assert (answer["authorized"], answer["time_evaluated"]) == (True, "2026-11-24T15:00:00Z")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"authority_id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}, 404),
        ({"action": "revoke"}, 422),
        ({"resource": "PassportCredential"}, 422),
        ({"entity_id": ""}, 422),
        ({"entity_id": "d" * 1025}, 422),
        ({"time": "2026-11-24T15:00:00"}, 422),
        ({"time": "yesterday"}, 422),
        ({"assertion_id": "more"}, 422),
    ],
)
async def test_other_questions_are_refused(house: House, changes: dict[str, str], status: int) -> None:
    asked = await query(house, **changes)
    async with house.client() as client:
        assert (await client.get("/trust/authorization", params=asked)).status_code == status
        assert (await client.post("/trust/authorization", json=asked)).status_code == status

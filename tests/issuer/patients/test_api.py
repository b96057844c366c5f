"""Patients over HTTP: a desk that drives us by API, and a wallet that scans the code."""

import logging

import pytest

from issuer.patients.binding import LOOK_EVERY, VALID, get_binding, reconcile
from tests.issuer.onboarding.house import BASE, House

CHECK = {"hospital": "hk", "name": "CANARY-NAME-7Q4X", "document": {"type": "hong_kong_id", "number": "CANARY-ID-9Z2K"}}


async def test_from_identity_check_to_an_active_binding(house: House) -> None:
    await house.bind()
    async with house.client("his") as desk, house.client() as wallet:
        first = await desk.post("/patients", json=CHECK)
        assert (first.status_code, first.json()["known"]) == (201, False)
        again = await desk.post("/patients", json=CHECK)
        assert (again.status_code, again.json()) == (200, first.json() | {"known": True})
        binding = (await desk.post(f"/patients/{first.json()['id']}/bindings")).json()
        assert binding["state"] == "invited"
        assert binding["invitation_url"].startswith(f"{BASE}/b/")
        message = (await wallet.get(binding["invitation_url"], headers={"accept": "application/json"})).json()
        assert message["label"] == "維港示範醫院 Harbour Demonstration Hospital"
        browser = await wallet.get(binding["invitation_url"], headers={"accept": "text/html"})
        assert (browser.status_code, browser.headers["location"]) == (302, f"http://agent.test?oob={message['@id']}")
        house.agents["hk"].scan(message["@id"])
        for step in range(3):
            if step == 2:
                house.agents["hk"].present()
            house.clock.at += LOOK_EVERY
            await reconcile(house.context)
        assert (await desk.get(f"/bindings/{binding['id']}")).json()["state"] == "active"
        gone = await wallet.get(binding["invitation_url"], headers={"accept": "application/json"})
        assert (gone.status_code, gone.json()["code"]) == (404, "binding.gone")
        ended = await desk.post(f"/bindings/{binding['id']}/revoke", json={"reason": "patient_request"})
        assert ended.json()["state"] == "revoked"
        listed = (await desk.get(f"/patients/{first.json()['id']}/bindings")).json()["bindings"]
        assert [each["state"] for each in listed] == ["revoked"]


async def test_a_code_out_of_date_and_a_made_up_code_answer_alike(house: House) -> None:
    await house.bind()
    async with house.client("his") as desk, house.client(accept="application/json") as wallet:
        patient = (await desk.post("/patients", json=CHECK)).json()["id"]
        url = (await desk.post(f"/patients/{patient}/bindings")).json()["invitation_url"]
        house.clock.at += VALID
        late, invented = await wallet.get(url), await wallet.get("/b/AAAAAAAAAAAAAAAAAAAAAA")
    assert late.status_code == invented.status_code == 404
    assert late.json() == invented.json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        CHECK | {"hospital": "macau"},
        CHECK | {"name": ""},
        CHECK | {"document": {"type": "library_card", "number": "CANARY-ID-9Z2K"}},
        CHECK | {"document": {"type": "passport", "number": "?"}},
        CHECK | {"number": "CANARY-ID-9Z2K"},
    ],
)
async def test_what_is_refused_repeats_nothing_personal(
    house: House, body: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with house.client("his") as desk:
        answer = await desk.post("/patients", json=body)
    assert answer.status_code in (404, 422)
    assert "CANARY" not in answer.text
    assert "CANARY" not in caplog.text


async def test_strangers_learn_nothing(house: House) -> None:
    await house.bind()
    async with house.client("his") as desk:
        patient = (await desk.post("/patients", json=CHECK)).json()["id"]
        binding = (await desk.post(f"/patients/{patient}/bindings")).json()["id"]
        assert (await desk.get("/patients/none/bindings")).status_code == 404
    async with house.client() as stranger:
        answers = [
            await stranger.post("/patients", json=CHECK),
            await stranger.post(f"/patients/{patient}/bindings"),
            await stranger.get(f"/patients/{patient}/bindings"),
            await stranger.get(f"/bindings/{binding}"),
            await stranger.post(f"/bindings/{binding}/revoke", json={"reason": "patient_request"}),
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert (await get_binding(house.context, binding)).state == "invited"

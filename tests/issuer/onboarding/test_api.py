"""Onboarding over HTTP: the whole way with two keys, and what is refused."""

import pytest

from tests.issuer.onboarding.house import House

STEPS = ["check-lei", "prove-did", "approve", "activate", "rotate-key", "send-back", "suspend", "reinstate"]


async def test_two_keys_take_a_hospital_to_active(house: House) -> None:
    async with house.client("his") as first, house.client("second") as second:
        applied = await first.post("/hospitals", json={"slug": "hk"})
        assert (applied.status_code, applied.json()["state"]) == (201, "applied")
        assert (await first.post("/hospitals/hk/check-lei")).json()["name_match"] == "agree"
        assert (await first.post("/hospitals/hk/prove-did")).json()["state"] == "did_proved"
        refused = await first.post("/hospitals/hk/approve")
        assert (refused.status_code, refused.json()["code"]) == (403, "hospital.same_person")
        active = (await second.post("/hospitals/hk/approve")).json()
    assert active["state"] == "active"
    assert [step["who"] for step in active["history"]] == ["api:his", "api:his", "api:his", "api:second", "watch"]
    assert active["keys"][0]["id"].endswith(":hospitals:hk#key-1")


async def test_a_bound_hospital_is_suspended_reinstated_and_rotates_its_key(house: House) -> None:
    await house.bind()
    async with house.client("his") as first, house.client("second") as second:
        rotated = (await first.post("/hospitals/hk/rotate-key")).json()
        assert [key["valid_until"] is None for key in rotated["keys"]] == [False, True]
        assert (await first.post("/hospitals/hk/suspend", json={"reason": "nonsense"})).status_code == 422
        suspended = await first.post("/hospitals/hk/suspend", json={"reason": "regulator_order"})
        assert suspended.json()["state"] == "suspended"
        assert (await first.post("/hospitals/hk/reinstate")).status_code == 403
        assert (await second.post("/hospitals/hk/reinstate")).json()["state"] == "active"
        assert (await second.post("/hospitals/hk/check-lei")).json()["state"] == "active"
        assert (await first.post("/hospitals/hk/approve")).json()["code"] == "hospital.no_such_step"


@pytest.mark.parametrize("key", ["", "unknown"])
async def test_without_a_known_key_nothing_is_answered(house: House, key: str) -> None:
    async with house.client(key) as client:
        assert (await client.post("/hospitals", json={"slug": "hk"})).status_code == 401
        assert (await client.get("/hospitals/hk")).status_code == 401
        for step in STEPS:
            body = {"reason": "regulator_order"} if step == "suspend" else None
            assert (await client.post(f"/hospitals/hk/{step}", json=body)).status_code == 401


async def test_an_unknown_hospital_is_not_found(house: House) -> None:
    async with house.client("his") as client:
        for step in STEPS:
            body = {"reason": "regulator_order"} if step == "suspend" else None
            assert (await client.post(f"/hospitals/macau/{step}", json=body)).status_code == 404

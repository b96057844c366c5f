"""The checks over HTTP: the whole way with two keys, and what a caller is not told."""

import hashlib

import pytest

from issuer.onboarding.checks.hand_over import check_package
from issuer.onboarding.trust_list import publisher
from tests.issuer.onboarding.checks.papers import STATED, FakeFinder
from tests.issuer.onboarding.house import House


async def test_two_keys_take_a_hospital_through_the_checklist(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "issuer.onboarding.checks.duplicates.finder_of",
        lambda _: FakeFinder(*house.register.records.values(), at=house.clock.at),
    )
    async with house.client("his") as first, house.client("second") as second:
        await first.post("/hospitals", json={"slug": "hk"})
        await first.post("/hospitals/hk/check-lei")
        await first.post("/hospitals/hk/prove-did")
        refused = (await second.post("/hospitals/hk/approve")).json()
        assert refused["code"] == "checklist.incomplete"
        assert "registry_extract" in str(refused)
        for slot, stated in STATED.items():
            body = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1, "filed": "CANARY-ID-9Z2K", "stated": stated}
            made = await first.post(f"/hospitals/hk/evidence/{slot}", json=body)
            assert made.status_code == 201
            checked = await first.post(f"/hospitals/hk/evidence/{slot}/{made.json()['id']}/check", json={})
        assert checked.json()["missing"] == ["duplicates"]
        found = (await first.post("/hospitals/hk/duplicates")).json()
        told = (await first.post(f"/hospitals/hk/duplicates/{found['id']}", json={"outcome": "same_lei"})).json()
        assert told["missing"] == []
        assert "CANARY" not in str(told)
        package = await first.post("/hospitals/hk/hand-over", params={"language": "zh-Hans"})
        assert check_package(package.content, await publisher(house.context))["hospital"]["lei"] == told["hospital"]["lei"]
        assert (await second.post("/hospitals/hk/approve")).json()["state"] == "active"
        assert (await second.get("/hospitals/hk/notices")).json() == []


async def test_without_a_key_nothing_is_answered(house: House) -> None:
    async with house.client() as stranger:
        for path in ("checklist", "notices"):
            assert (await stranger.get(f"/hospitals/hk/{path}")).status_code == 401
        for path in ("evidence/licence", "evidence/licence/1/check", "names", "duplicates", "duplicates/1", "hand-over"):
            assert (await stranger.post(f"/hospitals/hk/{path}", json={})).status_code in (401, 422)
    async with house.client("his") as caller:
        assert (await caller.post("/hospitals/hk/evidence/diploma", json={})).status_code == 422
        assert (await caller.get("/hospitals/nobody/checklist")).json()["code"] == "hospital.unknown"
        assert (await caller.post("/hospitals/hk/names", json={"source": "licence", "other": "x", "reason": "spelling"})).json()[
            "code"
        ] == "names.no_difference"

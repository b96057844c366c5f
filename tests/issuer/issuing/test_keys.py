"""A key that is limited to hospitals: every route of the JSON API refuses it for another one's."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from issuer.bearer import Caller
from issuer.context import IssuerContext
from issuer.patients.tables import PatientBinding
from issuer.service import create_app
from issuer.settings import Settings
from issuer.status.changes import request_change
from issuer.status.states import StatusAction, StatusReason
from schemas.errors import NotAllowedError
from tests.issuer.issuing.house import BINDING, House, bundle

ROOMS = ("/credentials", "/status-changes", "/hospitals", "/patients", "/bindings")
PUBLISHED = ("did.json", "vlei.cesr", "chain.pem", "signers/{thumbprint}.cesr")
PUBLIC = {(f"/hospitals/{{slug}}/{name}", "get") for name in PUBLISHED}


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house.settings, clock=house.clock, agents=house.agents, ledger=house.ledger)  # type: ignore[arg-type]


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8101") as client:
        yield client
    await app.state.context.database.close()
    await app.state.context.http.aclose()


def calls(app: FastAPI) -> list[tuple[str, str]]:
    """Every address of the JSON API with its method."""
    paths = app.openapi()["paths"]
    return [(path, method) for path in paths if path.startswith(ROOMS) for method in paths[path] if (path, method) not in PUBLIC]


async def issued(house: House, context: IssuerContext) -> dict[str, str]:
    """What stands in addresses, all of it the Hong Kong hospital's."""
    [credential] = await house.submit(context)
    await house.run(context)
    change = await request_change(context, credential, StatusAction.REVOKE, StatusReason.UNDER_REVIEW, by="Ho")
    async with context.database.begin() as session:
        patient = (await session.get_one(PatientBinding, BINDING)).patient
    known = {"credential": credential, "binding": BINDING, "patient": patient, "change": str(change.id)}
    return known | {"slug": "hk", "signer": "nobody", "slot": "licence", "number": "1"}


BODIES: dict[str, dict[str, Any]] = {
    "/credentials": {"hospital": "hk", "binding": BINDING, "bundle": bundle()},
    "/patients": {"hospital": "hk", "name": "Chan Mei", "document": {"type": "passport", "number": "K1234567"}},
    "/hospitals": {"slug": "hk"},
    "/hospitals/{slug}/identity": {"road": "vlei", "stream": ""},
    "/hospitals/{slug}/evidence/{slot}": {"sha256": "0" * 64, "size": 1, "filed": "Shelf 1"},
    "/hospitals/{slug}/evidence/{slot}/not-applicable": {"reason": "public_body"},
    "/hospitals/{slug}/names": {"source": "licence", "other": "Another name", "reason": "spelling"},
    "/hospitals/{slug}/duplicates/{number}": {"outcome": "none"},
    "/hospitals/{slug}/suspend": {"reason": "regulator_order"},
    "/hospitals/{slug}/signers": {"role": "Physician", "aid": "E" + "a" * 43},
    "/hospitals/{slug}/signers/{signer}/stream": {"stream": ""},
    "/bindings/{binding}/revoke": {"reason": "wallet_lost"},
    "/credentials/{credential}/{action}": {"reason": "under_review"},
}


async def test_every_route_refuses_a_key_of_another_hospital(
    house: House, context: IssuerContext, app: FastAPI, http: httpx.AsyncClient
) -> None:
    values = await issued(house, context)
    addresses = calls(app)
    assert len(addresses) >= 18
    for path, method in addresses:
        address = path.replace("{action}", "suspend").format(**values)
        answers = {
            key: await http.request(
                method,
                address,
                json=BODIES.get(path, {}) if method == "post" else None,
                headers={"Authorization": f"Bearer key-of-{key}", "Idempotency-Key": f"{key} {path}"},
            )
            for key in ("sz-only", "hk-only")
        }
        refused = answers["sz-only"]
        assert (refused.status_code, refused.json()["code"]) == (403, "api.other_hospital"), path
        own = answers["hk-only"].json()
        assert isinstance(own, list) or own.get("code") not in ("api.other_hospital", "request.malformed"), (path, own)


async def test_a_key_without_a_list_is_for_all(
    house: House, context: IssuerContext, app: FastAPI, http: httpx.AsyncClient
) -> None:
    credential = (await issued(house, context))["credential"]
    answer = await http.get(f"/credentials/{credential}", headers={"Authorization": "Bearer key-of-his"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/credentials/none", "credential.unknown"),
        ("/bindings/none", "binding.unknown"),
        ("/patients/none/bindings", "patient.unknown"),
        ("/status-changes/999999999999999999999/approve", "request.malformed"),
        ("/status-changes/first/approve", "request.malformed"),
    ],
)
async def test_what_is_nobodys_is_unknown_to_a_limited_key(http: httpx.AsyncClient, address: str, code: str) -> None:
    method = "POST" if address.endswith("approve") else "GET"
    answer = await http.request(method, address, headers={"Authorization": "Bearer key-of-hk-only"})
    assert answer.status_code in (404, 422)
    assert answer.json()["code"] == code


def test_a_key_for_no_hospital_of_this_service(settings: Settings) -> None:
    told = settings.model_dump() | {"api_keys": {"his": {"secret": "key", "hospitals": ["macau"]}}}
    with pytest.raises(ValidationError, match="macau"):
        Settings.model_validate(told)


def test_a_caller_says_where_it_may_not_act() -> None:
    Caller("his").require("hk")
    Caller("his", frozenset({"hk"})).require("hk")
    with pytest.raises(NotAllowedError):
        Caller("his", frozenset()).require("hk")

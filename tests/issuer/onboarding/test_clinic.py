"""A clinic is listed by the same steps as a hospital: it proves its own key from afar, and nobody can issue in its name."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from issuer.onboarding import trust_list
from issuer.onboarding.api import router as onboarding_router
from issuer.patients.api import router as patients_router
from issuer.settings import ClinicSettings
from schemas.errors import RefusedError, StateError
from schemas.keys import encode_multikey
from tests.issuer.onboarding.house import BASE, House
from tests.issuer.onboarding.register import entity
from verifier.identity.trust import TrustList
from verifier.proofs import sign_jcs
from web.problems import install_problems

LEI = "984500HKTESTCLIN0164"
DID = "did:web:localhost%3A18520:clinic"
METHOD = f"{DID}#key-1"

type Json = dict[str, Any]
type Answer = Callable[..., Json]


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"C" * 32)


@pytest.fixture
async def registrar(house: House, key: Ed25519PrivateKey) -> AsyncIterator[House]:
    """The service with a clinic in its settings, whose document is published at its own address."""
    app = FastAPI()
    name = "大嶼示範診所 Lantau Demonstration Clinic"
    clinic = ClinicSettings(slug="lantau", label=name, lei=LEI, jurisdiction="HK", did=DID)
    house.register.records[LEI] = entity(LEI, [("大嶼示範診所", "zh"), ("Lantau Demonstration Clinic", "en")], "HK")
    mounts = {"http://lei.test": httpx.ASGITransport(house.register.app), BASE: httpx.ASGITransport(app)}
    context = replace(
        house.context,
        settings=house.context.settings.model_copy(update={"clinics": [clinic], "require_road": True}),
        http=httpx.AsyncClient(mounts=mounts),
    )
    method = {"id": METHOD, "type": "Multikey", "controller": DID, "publicKeyMultibase": multikey(key)}
    document = {"id": DID, "verificationMethod": [method], "authentication": [METHOD]}
    app.get("/clinic/did.json")(lambda: document)
    install_problems(app, context.pages)
    for factory in (onboarding_router, patients_router):
        app.include_router(factory(context))
    yield House(context, app, house.clock, house.register, house.agents, house.ledger)
    await context.http.aclose()


@pytest.fixture
def answer(registrar: House, key: Ed25519PrivateKey) -> Answer:
    """The clinic's answer to a statement; arguments sign with another key, or for another purpose."""

    def sign(statement: Json, *, key: Ed25519PrivateKey = key, purpose: str = "authentication") -> Json:
        return sign_jcs(statement, key, verification_method=METHOD, created=registrar.clock.now(), purpose=purpose)

    return sign


def multikey(key: Ed25519PrivateKey) -> str:
    return encode_multikey(key.public_key().public_bytes_raw())


async def asked(registrar: House) -> Json:
    """What the clinic is to sign, after its LEI was checked."""
    await registrar.bindings.apply("lantau", who="olga")
    await registrar.bindings.check_lei("lantau", who="olga")
    return await registrar.bindings.challenge("lantau")


async def test_two_keys_and_the_clinics_own_make_it_active(registrar: House, answer: Answer, key: Ed25519PrivateKey) -> None:
    async with registrar.client("his") as first, registrar.client("second") as second:
        assert (await first.post("/hospitals", json={"slug": "lantau"})).status_code == 201
        assert (await first.post("/hospitals/lantau/challenge")).json()["code"] == "hospital.no_such_step"
        assert (await first.post("/hospitals/lantau/check-lei")).json()["name_match"] == "agree"
        statement = (await first.post("/hospitals/lantau/challenge")).json()
        assert (statement["did"], statement["lei"], statement["domain"]) == (DID, LEI, BASE)
        proved = await first.post("/hospitals/lantau/prove-did", json={"signed": answer(statement)})
        assert proved.json()["state"] == "did_proved"
        assert (await first.post("/hospitals/lantau/approve")).status_code == 403
        active = (await second.post("/hospitals/lantau/approve")).json()
        trust = (await first.get("/trust.json")).json()
    assert active["state"] == "active", active["blocked"]
    assert [step["step"] for step in active["history"]] == ["apply", "check_lei", "prove_did", "approve", "activate"]
    (entry,) = TrustList.parse(trust, publisher=await trust_list.publisher(registrar.context)).issuers
    assert (entry.did, entry.lei, entry.types) == (DID, LEI, ())
    assert [(listed.id, listed.public_key_multibase) for listed in entry.keys] == [(METHOD, multikey(key))]


async def test_an_active_clinic_issues_nothing_and_is_not_published_here(registrar: House, answer: Answer) -> None:
    await registrar.bindings.prove_did("lantau", who="olga", signed=answer(await asked(registrar)))
    await registrar.bindings.approve("lantau", who="ana")
    await registrar.bindings.activate("lantau")
    patient = {"hospital": "lantau", "name": "Test", "document": {"type": "passport", "number": "X1"}}
    async with registrar.client("his") as client:
        assert (await client.post("/patients", json=patient)).json()["code"] == "hospital.unknown"
        assert (await client.get("/hospitals/lantau/did.json")).status_code == 404
        assert (await client.post("/hospitals/lantau/rotate-key")).json()["code"] == "clinic.own_agent"
        again = answer((await client.post("/hospitals/lantau/challenge")).json())
        same = await client.post("/hospitals/lantau/rotate-key", json={"signed": again})
        assert same.json()["code"] == "clinic.key_known"


async def test_nothing_but_the_clinics_signature_on_the_statement_proves_its_key(registrar: House, answer: Answer) -> None:
    statement = await asked(registrar)
    good = answer(statement)
    wrong = [
        answer(statement, key=Ed25519PrivateKey.generate()),
        answer(statement, purpose="assertionMethod"),
        answer(statement | {"domain": "https://elsewhere.example"}),
        answer(statement | {"lei": "984500HKTESTHOSP0164"}),
        answer(statement | {"type": "HospitalKeyProof"}),
        answer(statement | {"more": "than was asked"}),
        good | {"proof": [good["proof"], good["proof"]]},
        good | {"proof": good["proof"] | {"verificationMethod": f"{DID}#key-2"}},
        statement,
    ]
    for signed in wrong:
        with pytest.raises(RefusedError) as caught:
            await registrar.bindings.prove_did("lantau", who="olga", signed=signed)
        assert caught.value.code == "clinic.key_not_proved"
    assert (await registrar.bindings.prove_did("lantau", who="olga", signed=good)).state == "did_proved"


@pytest.mark.parametrize("challenge", ["", "a.b.c", "00.99999999999.00", "00.²³.00", None, 7, "x" * 10_000])
async def test_a_challenge_that_was_not_given_is_refused(registrar: House, answer: Answer, challenge: object) -> None:
    statement = await asked(registrar)
    with pytest.raises(RefusedError) as caught:
        await registrar.bindings.prove_did("lantau", who="olga", signed=statement | {"challenge": challenge})
    assert caught.value.code == "clinic.challenge"


async def test_a_challenge_ends_with_its_time_and_with_its_application(registrar: House, answer: Answer) -> None:
    early = answer(await asked(registrar))
    registrar.clock.at += timedelta(minutes=16)
    with pytest.raises(RefusedError, match="its time is over"):
        await registrar.bindings.prove_did("lantau", who="olga", signed=early)
    before = answer(await registrar.bindings.challenge("lantau"))
    await registrar.bindings.send_back("lantau", who="ana")
    registrar.clock.at += timedelta(seconds=1)
    await asked(registrar)
    with pytest.raises(RefusedError) as caught:
        await registrar.bindings.prove_did("lantau", who="olga", signed=before)
    assert caught.value.code == "clinic.challenge"


async def test_a_clinics_agent_is_never_driven_from_here(registrar: House) -> None:
    await asked(registrar)
    with pytest.raises(StateError) as caught:
        await registrar.bindings.prove_did("lantau", who="olga")
    assert caught.value.code == "clinic.own_agent"

"""The life of a signer: a key is prepared, a stream proves the role, records are signed, the role is revoked."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from issuer.console.tables import AuditEntry
from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState, Reason
from issuer.service import create_app
from issuer.signers.registry import Signers
from issuer.signers.tables import Signer, SignerState
from issuer.vlei import ecosystem
from schemas.errors import AgentError, MedcredError, NotFoundError, RefusedError, StateError
from schemas.keys import did_key_method
from tests.issuer.issuing.house import BINDING, House, bundle
from tests.issuer.vlei.ecosystem import PERSON, ROLE, World, small_ecosystem
from verifier.identity.trusted import SignerRule
from verifier.identity.vlei import Pins, verify_binding
from verifier.proofs import Outcome, check_proof, proofs_of

KEY = {"Authorization": "Bearer key-of-his"}
SZ_ONLY = {"Authorization": "Bearer key-of-sz-only"}


async def bound(context: IssuerContext, rehearsal: World, name: str = "dr-lee", *, role: str = ROLE) -> tuple[Signer, bytes]:
    """A prepared signer and the stream in which the person's identifier binds its key."""
    row, statement = await Signers(context).prepare("hk", role=role, aid=rehearsal.aid(name), who="api:his")
    ecosystem.bind(rehearsal.sandbox, name, [row.did], [], statements=[statement])
    return row, rehearsal.export(f"{name}.binding")


async def active(context: IssuerContext, rehearsal: World) -> tuple[Signer, bytes]:
    row, stream = await bound(context, rehearsal)
    return await Signers(context).take_stream("hk", row.id, stream, who="api:his"), stream


def left(rehearsal: World, house: House) -> bytes:
    """An hour later the hospital has revoked the role."""
    house.clock.at += timedelta(hours=1)
    rehearsal.clock.at = house.clock.at
    rehearsal.sandbox.revoke("dr-lee.ecr")
    return rehearsal.export("dr-lee.binding")


async def test_a_key_is_prepared_bound_and_proved(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, stream = await bound(context, rehearsal)
    assert (row.state, row.stream, row.did.startswith("did:key:z6Mk")) == (SignerState.PREPARED, None, True)
    row = await Signers(context).take_stream("hk", row.id, stream, who="api:his")
    assert (row.state, row.active_from) == (SignerState.ACTIVE, house.clock.now())
    assert row.credential == rehearsal.sandbox.credential("dr-lee.ecr").said
    assert await Signers(context).published("hk", row.thumbprint) == stream


async def test_every_step_is_in_the_audit_and_nobodys_name(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await active(context, rehearsal)
    await Signers(context).leave("hk", row.id, who="api:his")
    async with context.database.begin() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.action, entry.subject) for entry in entries] == [
        (f"signer.{step}", row.id) for step in ("prepare", "prove", "leave")
    ]
    [kept] = await Signers(context).of("hk")
    assert PERSON not in str({name: value for name, value in vars(kept).items() if name != "stream"})


async def test_an_agent_that_does_not_answer_leaves_no_signer(house: House, context: IssuerContext, rehearsal: World) -> None:
    house.agent.down = True
    with pytest.raises(AgentError):
        await Signers(context).prepare("hk", role=ROLE, aid=rehearsal.aid("dr-lee"), who="api:his")
    assert await Signers(context).of("hk") == []


async def refused(context: IssuerContext, signer: str, stream: bytes) -> str:
    with pytest.raises(MedcredError) as caught:
        await Signers(context).take_stream("hk", signer, stream, who="api:his")
    assert PERSON not in str(caught.value)
    return caught.value.code


async def test_a_stream_that_a_verifier_would_refuse_is_refused(context: IssuerContext, rehearsal: World) -> None:
    row, stream = await bound(context, rehearsal)
    assert await refused(context, row.id, b"") == "stream.empty"
    assert await refused(context, row.id, stream[:-40]) == "cesr.malformed"
    assert await refused(context, row.id, rehearsal.export("dr-lee.ecr")) == "vlei.kind"
    assert await refused(context, row.id, rehearsal.export("hk.binding")) == "signer_role.no_role"
    assert await refused(context, row.id, rehearsal.export("dr-chan.binding")) == "signer_role.other_key"
    [kept] = await Signers(context).of("hk")
    assert (kept.state, kept.stream) == (SignerState.PREPARED, None)


async def test_a_role_other_than_the_one_asked_for_is_refused(context: IssuerContext, rehearsal: World) -> None:
    row, stream = await bound(context, rehearsal, role="Chief Physician")
    assert await refused(context, row.id, stream) == "signer_role.other_role"


async def test_a_role_that_is_revoked_already_is_refused(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await bound(context, rehearsal)
    assert await refused(context, row.id, left(rehearsal, house)) == "vlei.revoked"


async def test_a_role_at_another_entity_or_under_another_root_is_refused(house: House, rehearsal: World) -> None:
    with small_ecosystem(lei="984500SZTESTHOSP0152") as other:
        row, stream = await bound(house.open(), other)
        assert await refused(house.open(), row.id, stream) == "vlei.root"
        root = house.settings.trust_roots[0].model_copy(update={"aid": other.root})
        house.settings = house.settings.model_copy(update={"trust_roots": [*house.settings.trust_roots, root]})
        assert await refused(house.open(), row.id, stream) == "vlei.lei_mismatch"


async def test_without_a_root_nothing_is_proved(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, stream = await bound(context, rehearsal)
    house.settings = house.settings.model_copy(update={"trust_roots": []})
    assert await refused(house.open(), row.id, stream) == "signer.no_root"


async def test_a_signer_of_another_hospital_is_nobody_here(context: IssuerContext, rehearsal: World) -> None:
    row, stream = await bound(context, rehearsal)
    signers = Signers(context)
    for step in (
        signers.take_stream("sz", row.id, stream, who="x"),
        signers.leave("sz", row.id, who="x"),
        signers.published("sz", row.thumbprint),
        signers.of("nobody"),
    ):
        with pytest.raises(NotFoundError):
            await step


async def test_the_doctor_signs_beside_the_hospital(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, stream = await active(context, rehearsal)
    [credential] = await house.submit(context, signer=row.id)
    await house.run(context)
    [entry] = house.agent.wallet.stored[f"urn:uuid:{credential}"]
    sent = entry["credential"]
    assert sent["signer"] == {"id": row.did, "role": ROLE}
    hospital, doctor = proofs_of(sent)
    method = did_key_method(row.did)
    assert (hospital["verificationMethod"], doctor["verificationMethod"]) == (
        "did:web:localhost%3A8101:hospitals:hk#key-1",
        method,
    )
    key = house.agent.keys[method].public_key().public_bytes_raw()
    assert check_proof(sent, doctor, key) is Outcome.VALID
    assert [member["type"] for member in sent["proof"]] == ["DataIntegrityProof", "DataIntegrityProof", "LedgerReceipt"]
    result = verify_binding(stream, Pins(root=rehearsal.root), at=house.clock.now(), expect_lei=rehearsal.lei)
    assert result.designates(row.did, method, row.thumbprint)


async def test_a_batch_with_and_without_signers(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await active(context, rehearsal)
    plain = await house.submit(context, "plain")
    both = await house.submit(context, "both", bundle=bundle(allergy=True), signer=row.id)
    await house.run(context)
    proofs = {each: len(proofs_of((await house.read(context, each)).signed or {})) for each in (*plain, *both)}
    assert proofs == dict.fromkeys(plain, 1) | dict.fromkeys(both, 2)
    assert "signer" not in ((await house.read(context, plain[0])).signed or {})


async def test_the_signer_is_part_of_the_request(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await active(context, rehearsal)
    first = await house.submit(context, "key", signer=row.id)
    assert await house.submit(context, "key", signer=row.id) == first
    with pytest.raises(MedcredError) as caught:
        await house.submit(context, "key")
    assert caught.value.code == "submission.repeated"


async def test_who_has_left_or_is_not_proved_or_not_known_signs_nothing(
    house: House, context: IssuerContext, rehearsal: World
) -> None:
    row, stream = await bound(context, rehearsal)
    with pytest.raises(StateError) as caught:
        await house.submit(context, signer=row.id)
    assert caught.value.code == "signer.not_proved"
    await Signers(context).take_stream("hk", row.id, stream, who="x")
    await Signers(context).leave("hk", row.id, who="x")
    with pytest.raises(StateError) as caught:
        await house.submit(context, signer=row.id)
    assert caught.value.code == "signer.left"
    with pytest.raises(NotFoundError) as unknown:
        await house.submit(context, signer="11111111-1111-4111-8111-111111111111")
    assert unknown.value.code == "signer.unknown"


async def test_who_leaves_before_signing_signs_nothing(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await active(context, rehearsal)
    [named] = await house.submit(context, "named", signer=row.id)
    [plain] = await house.submit(context, "plain")
    await house.round(context)
    house.agent.act()
    await Signers(context).leave("hk", row.id, who="x")
    await house.run(context)
    gone = await house.read(context, named)
    assert (gone.state, gone.reason, gone.signed) == (CredentialState.FAILED, Reason.SIGNER_LEFT, None)
    assert "signer_left" in house.agent.wallet.problems
    assert (await house.read(context, plain)).state == CredentialState.ACKNOWLEDGED


async def test_the_trust_list_and_the_issuer_agree_on_which_role_signs_what(
    house: House, context: IssuerContext, rehearsal: World
) -> None:
    row, _ = await active(context, rehearsal)
    rule = SignerRule.model_validate({"role": ROLE, "types": ["ImmunizationCredential"]})
    hospitals = [each.model_copy(update={"signers": (rule,)}) for each in house.settings.hospitals]
    house.settings = house.settings.model_copy(update={"hospitals": hospitals})
    assert await house.submit(house.open(), "one", signer=row.id)
    with pytest.raises(RefusedError) as caught:
        await house.submit(house.open(), "two", bundle=bundle(allergy=True), signer=row.id)
    assert caught.value.code == "signer.not_for_type"


async def test_a_revoked_role_is_published_and_ends_the_engagement(
    house: House, context: IssuerContext, rehearsal: World
) -> None:
    row, before = await active(context, rehearsal)
    after = left(rehearsal, house)
    row = await Signers(context).take_stream("hk", row.id, after, who="x")
    assert (row.state, row.revoked, row.left_at) == (SignerState.LEFT, True, house.clock.now())
    assert await Signers(context).published("hk", row.thumbprint) == after
    assert await refused(context, row.id, before) == "signer.left"
    assert await Signers(context).published("hk", row.thumbprint) == after


async def test_leaving_first_and_the_stream_that_says_so_later(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, before = await active(context, rehearsal)
    row = await Signers(context).leave("hk", row.id, who="x")
    first = row.left_at
    assert (row.state, row.revoked) == (SignerState.LEFT, False)
    assert await refused(context, row.id, before) == "signer.left"
    row = await Signers(context).take_stream("hk", row.id, left(rehearsal, house), who="x")
    assert (row.revoked, row.left_at) == (True, first)
    assert (await Signers(context).leave("hk", row.id, who="x")).left_at == first


async def test_the_revoked_stream_of_somebody_else_ends_nothing(house: House, context: IssuerContext, rehearsal: World) -> None:
    row, _ = await active(context, rehearsal)
    house.clock.at += timedelta(hours=1)
    rehearsal.clock.at = house.clock.at
    rehearsal.sandbox.revoke("dr-chan.ecr")
    assert await refused(context, row.id, rehearsal.export("dr-chan.binding")) == "vlei.revoked"
    [kept] = await Signers(context).of("hk")
    assert kept.state == SignerState.ACTIVE


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house.settings, clock=house.clock, agents=house.agents, ledger=house.ledger)  # type: ignore[arg-type]


@pytest.fixture
async def http(app: FastAPI, house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8101") as client:
        yield client
    await app.state.context.database.close()
    await app.state.context.http.aclose()


async def post(http: httpx.AsyncClient, path: str, body: Any = None, headers: dict[str, str] = KEY) -> httpx.Response:
    return await http.post(f"/hospitals/hk/signers{path}", json=body or {}, headers=headers)


async def test_the_whole_life_over_http(
    house: House, http: httpx.AsyncClient, rehearsal: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="issuer")
    answer = await post(http, "", {"role": ROLE, "aid": rehearsal.aid("dr-lee")})
    assert answer.status_code == 201, answer.text
    signer = answer.json()
    ecosystem.bind(rehearsal.sandbox, "dr-lee", [signer["did"]], [], statements=[signer["statement"]])
    place = f"/hospitals/hk/signers/{signer['thumbprint']}.cesr"
    assert (await http.get(place)).json()["code"] == "signer.not_published"
    stream = rehearsal.export("dr-lee.binding")
    proved = await post(http, f"/{signer['id']}/stream", {"stream": stream.decode()})
    assert (proved.status_code, proved.json()["state"]) == (200, "active")
    published = await http.get(place)
    assert (published.content, published.headers["content-type"]) == (stream, "application/cesr")
    listed = (await http.get("/hospitals/hk/signers", headers=KEY)).json()
    assert [each["id"] for each in listed] == [signer["id"]]
    body = {"hospital": "hk", "binding": BINDING, "bundle": bundle(), "signer": signer["id"]}
    issued = await http.post("/credentials", json=body, headers=KEY | {"Idempotency-Key": "1"})
    assert issued.status_code == 202
    gone = await post(http, f"/{signer['id']}/leave")
    assert (gone.json()["state"], gone.json()["revoked"]) == ("left", False)
    again = await http.post("/credentials", json=body, headers=KEY | {"Idempotency-Key": "2"})
    assert (again.status_code, again.json()["code"]) == (409, "signer.left")
    assert PERSON not in caplog.text
    assert PERSON not in str(listed)


async def test_doors(http: httpx.AsyncClient, rehearsal: World) -> None:
    body = {"role": ROLE, "aid": rehearsal.aid("dr-lee")}
    assert (await post(http, "", body, {})).status_code == 401
    assert (await post(http, "", body, SZ_ONLY)).json()["code"] == "api.other_hospital"
    assert (await http.get("/hospitals/hk/signers")).status_code == 401
    assert (await post(http, "", body | {"aid": "no AID"})).status_code == 422
    assert (await post(http, "", body | {"role": "  "})).status_code == 422
    assert (await post(http, "", body | {"name": PERSON})).status_code == 422
    signer = (await post(http, "", body)).json()["id"]
    assert (await post(http, f"/{signer}/stream", {"stream": "陳美"})).json()["code"] == "signer.stream"
    assert (await post(http, f"/{signer}/stream", {"stream": ""})).json()["code"] == "stream.empty"
    assert (await post(http, "/nobody/leave")).json()["code"] == "signer.unknown"

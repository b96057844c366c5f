"""A hospital proves by a road who it is: real KERI chains, real certificate authorities, the verifier's own judgement."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select, update

from issuer.onboarding import identity, trust_list
from issuer.onboarding.identity import look_again, prove_identity
from issuer.onboarding.road_proofs import Shown
from issuer.onboarding.roads import CERTIFICATE, ROAD_ENDED, ROAD_MISSING, VLEI
from issuer.onboarding.roots import Roots
from issuer.onboarding.tables import Hospital, HospitalRoad, HospitalStep
from issuer.parties import issuing_hospital
from issuer.vlei import ecosystem
from issuer.vlei.binding import bound_multikey
from issuer.vlei.state import Credential
from schemas.errors import MedcredError, RefusedError, SourceError
from schemas.keys import encode_multikey
from tests.issuer.onboarding.house import BASE, House
from tests.issuer.onboarding.register import HK, SZ
from tests.issuer.vlei.ecosystem import World, small_ecosystem
from tests.verifier.identity.x509 import pki
from verifier.identity.did import read_did_document
from verifier.identity.trust import TrustList
from verifier.identity.trusted import ProvedByCertificate, ProvedByVlei
from verifier.identity.vlei import Pins, verify_binding
from verifier.identity.x509.revocation import Revocation
from verifier.identity.x509.verify import verify_certificate
from verifier.identity.x509.x5c import verify_x5c

DID = "did:web:localhost%3A18520:hospitals:hk"
KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
NEXT_KEY = Ed25519PrivateKey.from_private_bytes(b"n" * 32)
ROGUE_KEY = Ed25519PrivateKey.from_private_bytes(b"r" * 32)


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[World]:
    """An ecosystem of which nothing is revoked."""
    with small_ecosystem(did=DID, key=KEY) as world:
        yield world


@pytest.fixture
def fresh() -> Iterator[World]:
    """An ecosystem of one test."""
    with small_ecosystem(did=DID, key=KEY) as world:
        yield world


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.root()


def accept(house: House, *roots: str, authority: pki.Authority | None = None, **settings: Any) -> None:
    """What the registrar accepts from now on, and what else is in its settings."""
    pins = tuple(Pins(root=root) for root in roots)
    house.context.__dict__["roots"] = Roots(pins, (authority.der,) if authority else ())
    object.__setattr__(house.context, "settings", house.context.settings.model_copy(update=settings))


async def apply(house: House) -> None:
    """A hospital whose agent has proved KEY, and will prove NEXT_KEY."""
    house.agents["hk"].keys |= {f"{DID}#key-1": KEY, f"{DID}#key-2": NEXT_KEY}
    await house.bindings.apply("hk", who="olga")
    await house.bindings.check_lei("hk", who="olga")
    await house.bindings.prove_did("hk", who="olga")


async def approve(house: House) -> None:
    await house.bindings.approve("hk", who="ana")
    await house.bindings.activate("hk")


async def show(house: House, stream: bytes, **more: Any) -> None:
    await prove_identity(house.context, "hk", who="olga", shown=Shown(VLEI, stream, **more))


async def refusal(house: House, shown: Shown) -> str:
    before = await steps(house)
    with pytest.raises(MedcredError) as refused:
        await prove_identity(house.context, "hk", who="olga", shown=shown)
    assert await steps(house) == before
    assert refused.value.message
    return refused.value.code


async def steps(house: House) -> list[tuple[str, str, dict[str, str] | None]]:
    async with house.context.database.begin() as session:
        rows = await session.scalars(select(HospitalStep).order_by(HospitalStep.id))
        return [(row.step, row.reason, row.rests_on) for row in rows]


async def published(house: House) -> TrustList:
    async with house.client() as client:
        answer = await client.get("/trust.json")
    return TrustList.parse(answer.content, publisher=await trust_list.publisher(house.context))


async def blocked(house: House) -> str | None:
    async with house.context.database.begin() as session:
        return (await session.get_one(Hospital, "hk")).blocked


async def may_issue(house: House) -> bool:
    async with house.context.database.begin() as session:
        return (await issuing_hospital(session, "hk")).active


def bind_both(world: World) -> Credential:
    """A binding that names the next key too, in the place of the one before."""
    world.sandbox.revoke("hk.binding")
    keys = [(1, KEY), (2, NEXT_KEY)]
    named = [bound_multikey(f"{DID}#key-{number}", encode_multikey(key.public_key().public_bytes_raw())) for number, key in keys]
    return ecosystem.bind(world.sandbox, "hk", [DID], named)


async def test_a_vlei_that_holds_is_written_down_and_published(house: House, rehearsal: World) -> None:
    accept(house, rehearsal.root)
    await apply(house)
    stream = rehearsal.export("hk.binding")
    await show(house, stream)
    await approve(house)
    rests_on = {
        "road": "vlei",
        "aid": rehearsal.aid("hk"),
        "credential": rehearsal.sandbox.credential("hk.le").said,
        "binding": rehearsal.sandbox.credential("hk.binding").said,
    }
    assert ("prove_identity", "vlei_proved", rests_on) in await steps(house)
    [road] = (await published(house)).issuers[0].identity
    assert isinstance(road, ProvedByVlei)
    assert {"road": "vlei", "aid": road.aid, "credential": road.credential, "binding": road.binding} == rests_on
    async with house.client() as client:
        listed, plain = await client.get(road.stream), await client.get("/hospitals/hk/vlei.cesr")
        document = (await client.get("/hospitals/hk/did.json")).json()
        other = await client.get("/hospitals/hk/vlei.cesr?binding=E" + "x" * 43)
    assert listed.content == plain.content == stream
    assert (plain.headers["content-type"], other.status_code) == ("application/cesr", 404)
    assert document["alsoKnownAs"] == [f"did:webs:localhost%3A18520:{rehearsal.aid('hk')}"]
    assert document["service"] == [
        {"id": f"{DID}#vlei", "type": "VleiCredentialStream", "serviceEndpoint": f"{BASE}/hospitals/hk/vlei.cesr"}
    ]
    assert read_did_document(DID, document).assertion == {f"{DID}#key-1"}


async def test_what_a_verifier_would_refuse_is_not_accepted(house: House, rehearsal: World) -> None:
    accept(house, rehearsal.root)
    await apply(house)
    stream = rehearsal.export("hk.binding")
    assert await refusal(house, Shown(VLEI, b"")) == "stream.empty"
    assert (await refusal(house, Shown(VLEI, stream[: len(stream) // 2]))).partition(".")[0] in ("stream", "cesr", "json")
    assert await refusal(house, Shown(VLEI, rehearsal.export("hk.le"))) == "vlei.kind"
    assert await refusal(house, Shown(VLEI, rehearsal.export("dr-chan.binding"))) == "identity.not_the_entity"
    accept(house, "E" + "x" * 43)
    assert await refusal(house, Shown(VLEI, stream)) == "vlei.root"
    accept(house)
    assert await refusal(house, Shown(VLEI, stream)) == "identity.no_root"
    assert await refusal(house, Shown(CERTIFICATE, b"")) == "identity.no_root"


async def test_of_several_roots_the_one_that_it_leads_to_counts(house: House, rehearsal: World) -> None:
    accept(house, "E" + "x" * 43, rehearsal.root, "E" + "y" * 43)
    await apply(house)
    assert await refusal(house, Shown(VLEI, rehearsal.export("hk.le"))) == "vlei.kind"
    await show(house, rehearsal.export("hk.binding"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lei": SZ}, "vlei.lei_mismatch"),
        ({"did": "did:web:elsewhere.example"}, "identity.did_not_named"),
        ({"key": ROGUE_KEY}, "identity.key_not_named"),
    ],
)
async def test_a_good_chain_about_something_else(house: House, changes: dict[str, Any], code: str) -> None:
    with small_ecosystem(**({"did": DID, "key": KEY} | changes)) as other:
        accept(house, other.root)
        await apply(house)
        assert await refusal(house, Shown(VLEI, other.export("hk.binding"))) == code


async def test_revoked_in_a_rehearsal(house: House, fresh: World) -> None:
    """Accepted; revoked; refused, and everyone can read why; a stream from before proves nothing; proved anew."""
    accept(house, fresh.root)
    await apply(house)
    before = fresh.export("hk.binding")
    await show(house, before)
    await approve(house)
    assert await may_issue(house)

    fresh.clock.at += timedelta(hours=2)
    house.clock.at = fresh.clock.at
    fresh.sandbox.revoke("hk.binding")
    after = fresh.export("hk.binding")
    with pytest.raises(RefusedError) as refused:
        await show(house, after)
    assert refused.value.code == "vlei.revoked"
    assert (await steps(house))[-1][:2] == ("end_identity", "vlei_revoked")
    assert (await blocked(house), await may_issue(house)) == (ROAD_ENDED, False)
    [road] = (await published(house)).issuers[0].identity
    assert isinstance(road, ProvedByVlei)
    async with house.client() as client:
        stream = (await client.get(road.stream)).content
    assert verify_binding(stream, Pins(root=fresh.root), at=house.clock.at).vlei.reasons == ("vlei.revoked",)
    signed_before = house.clock.at - timedelta(hours=1)
    assert verify_binding(stream, Pins(root=fresh.root), at=signed_before).accepted
    assert await refusal(house, Shown(VLEI, before)) == "vlei.revoked"

    house.clock.at += timedelta(minutes=1)
    fresh.clock.at = house.clock.at
    renewed = ecosystem.bind(
        fresh.sandbox, "hk", [DID], [bound_multikey(f"{DID}#key-1", encode_multikey(KEY.public_key().public_bytes_raw()))]
    )
    await show(house, fresh.export(renewed.name))
    assert (await blocked(house), await may_issue(house)) == (None, True)
    [road] = (await published(house)).issuers[0].identity
    assert isinstance(road, ProvedByVlei)
    assert road.binding == renewed.said


async def test_a_link_above_that_is_revoked_ends_every_road_on_it(house: House, fresh: World) -> None:
    accept(house, fresh.root)
    await apply(house)
    await show(house, fresh.export("hk.binding"))
    await approve(house)
    async with house.context.database.begin() as session:
        road = (await session.scalars(select(HospitalRoad))).one()
        columns = {column.name: getattr(road, column.name) for column in HospitalRoad.__table__.columns if column.name != "id"}
        session.add(Hospital(slug="sz", name="x", lei=SZ, jurisdiction="CN", did="did:web:x", state="lapsed", applied_by="olga",
                             applied_at=house.clock.at))  # fmt: skip
        await session.flush()
        session.add(HospitalRoad(**(columns | {"hospital": "sz"})))
    fresh.sandbox.revoke("qvi.qvi")
    with pytest.raises(RefusedError):
        await show(house, fresh.export("hk.binding"))
    async with house.context.database.begin() as session:
        ended = {each.hospital: each.ended_at for each in await session.scalars(select(HospitalRoad))}
    assert ended == {"hk": house.clock.at, "sz": house.clock.at}


async def test_a_shorter_history_than_was_seen_is_refused(house: House, fresh: World) -> None:
    accept(house, fresh.root)
    await apply(house)
    old = fresh.export("hk.binding")
    fresh.sandbox.rotate("hk")
    await show(house, fresh.export("hk.binding"))
    assert await refusal(house, Shown(VLEI, old)) == "kel.duplicity"


async def test_a_new_key_is_not_listed_before_the_binding_names_it(house: House, fresh: World) -> None:
    accept(house, fresh.root)
    await apply(house)
    await show(house, fresh.export("hk.binding"))
    await approve(house)
    await house.bindings.rotate_key("hk", who="olga")
    assert (await published(house)).issuers[0].identity == ()
    async with house.client() as client:
        assert (await client.get("/hospitals/hk/vlei.cesr")).status_code == 404
        assert "alsoKnownAs" not in (await client.get("/hospitals/hk/did.json")).json()
    assert await refusal(house, Shown(VLEI, fresh.export("hk.binding"))) == "identity.key_not_named"
    renewed = bind_both(fresh)
    await show(house, fresh.export(renewed.name))
    assert [road.road for road in (await published(house)).issuers[0].identity] == ["vlei"]


async def test_a_binding_that_names_the_next_key_outlives_the_rotation(house: House, fresh: World) -> None:
    accept(house, fresh.root, require_road=True)
    await apply(house)
    renewed = bind_both(fresh)
    await show(house, fresh.export(renewed.name))
    await approve(house)
    await house.bindings.rotate_key("hk", who="olga")
    assert [road.road for road in (await published(house)).issuers[0].identity] == ["vlei"]
    assert await may_issue(house)


async def test_where_a_road_is_required(house: House, rehearsal: World) -> None:
    accept(house, rehearsal.root, require_road=True)
    await apply(house)
    with pytest.raises(RefusedError) as refused:
        await house.bindings.approve("hk", who="ana")
    assert refused.value.code == ROAD_MISSING
    await show(house, rehearsal.export("hk.binding"))
    await approve(house)
    assert await may_issue(house)
    await house.bindings.rotate_key("hk", who="olga")
    assert (await blocked(house), await may_issue(house)) == (ROAD_MISSING, False)


async def test_a_rotation_does_not_end_another_reason_to_issue_nothing(house: House) -> None:
    await apply(house)
    await approve(house)
    async with house.context.database.begin() as session:
        await session.execute(update(Hospital).values(blocked="lei.stale"))
    await house.bindings.rotate_key("hk", who="olga")
    assert (await blocked(house), await may_issue(house)) == ("lei.stale", False)


async def test_a_hacked_server_that_swaps_the_key_is_caught(house: House, rehearsal: World) -> None:
    """Who has the hospital's web server and its agent, and not the keys of its vLEI, is not listed as that legal entity."""
    accept(house, rehearsal.root)
    await apply(house)
    await show(house, rehearsal.export("hk.binding"))
    await approve(house)
    house.agents["hk"].keys[f"{DID}#key-2"] = ROGUE_KEY
    await house.bindings.rotate_key("hk", who="mallory")
    assert await refusal(house, Shown(VLEI, rehearsal.export("hk.binding"))) == "identity.key_not_named"
    [issuer] = (await published(house)).issuers
    assert issuer.identity == ()
    found = verify_binding(rehearsal.export("hk.binding"), Pins(root=rehearsal.root), at=house.clock.at)
    swapped = bound_multikey(f"{DID}#key-1", encode_multikey(ROGUE_KEY.public_key().public_bytes_raw()))
    assert found.designates(DID, f"{DID}#key-1", swapped.jkt) is False


async def test_sent_back_with_its_proofs(house: House, rehearsal: World) -> None:
    accept(house, rehearsal.root)
    await apply(house)
    await show(house, rehearsal.export("hk.binding"))
    await house.bindings.send_back("hk", who="ana")
    async with house.context.database.begin() as session:
        assert (await session.scalars(select(HospitalRoad))).all() == []


def pem(chain: list[bytes]) -> bytes:
    return b"".join(pki.x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in chain)


def certified(authority: pki.Authority, key: Any = KEY, *, revoked: bool = False, **more: Any) -> Shown:
    """What a hospital shows whose key has a certificate, with the list of the authority."""
    hospital = authority.hospital(key=key, points=False, **more)
    lists = authority.crl([(hospital.certificate, pki.AT - timedelta(days=1))] if revoked else [])
    return Shown(CERTIFICATE, pem(hospital.chain), lists=(lists,))


async def test_a_certificate_over_the_key_is_written_down_and_published(house: House, authority: pki.Authority) -> None:
    accept(house, authority=authority)
    await apply(house)
    shown = certified(authority)
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    await prove_identity(house.context, "hk", who="olga", shown=replace(shown, content=private + shown.content))
    await approve(house)
    [road] = (await published(house)).issuers[0].identity
    assert isinstance(road, ProvedByCertificate)
    assert (road.key, road.not_after) == (f"{DID}#key-1", pki.END)
    assert (await steps(house))[3] == ("prove_identity", "certificate_proved", {"road": "certificate", "sha256": road.sha256})
    async with house.client() as client:
        chain = await client.get(road.chain)
        document = (await client.get("/hospitals/hk/did.json")).json()
    assert chain.headers["content-type"] == "application/pem-certificate-chain"
    assert chain.content == shown.content, "the certificates, and nothing else that was in the file"
    multikey, jwk = document["verificationMethod"]
    assert (multikey["type"], jwk["type"], jwk["id"]) == ("Multikey", "JsonWebKey", f"{DID}#key-1-x509")
    assert read_did_document(DID, document).assertion == {f"{DID}#key-1"}
    lists = Revocation(crls=shown.lists)
    result = verify_x5c(jwk, {}, [authority.der], at=house.clock.at, revocation=lists, expect_lei=HK)
    assert result
    assert result.good


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": ROGUE_KEY}, "certificate.key.other"),
        ({"lei": SZ}, "certificate.lei.other"),
        ({"revoked": True}, "certificate.revocation.revoked"),
        ({"end": pki.AT - timedelta(days=1)}, "certificate.path.expired"),
    ],
)
async def test_a_certificate_that_a_verifier_would_refuse(
    house: House, authority: pki.Authority, changes: dict[str, Any], code: str
) -> None:
    accept(house, authority=authority)
    await apply(house)
    assert await refusal(house, certified(authority, **changes)) == code


async def test_a_certificate_of_which_it_is_not_known_whether_it_was_revoked(house: House, authority: pki.Authority) -> None:
    accept(house, authority=authority)
    await apply(house)
    shown = replace(certified(authority), lists=())
    assert await refusal(house, shown) == "certificate.revocation.unavailable"
    assert await refusal(house, Shown(CERTIFICATE, b"no certificate")) == "certificate.malformed"


async def test_each_key_has_its_certificate(house: House, authority: pki.Authority) -> None:
    accept(house, authority=authority)
    await apply(house)
    await prove_identity(house.context, "hk", who="olga", shown=certified(authority))
    await approve(house)
    await house.bindings.rotate_key("hk", who="olga")
    assert (await published(house)).issuers[0].identity == ()
    await prove_identity(house.context, "hk", who="olga", shown=certified(authority, NEXT_KEY))
    roads = (await published(house)).issuers[0].identity
    assert [road.key for road in roads if isinstance(road, ProvedByCertificate)] == [f"{DID}#key-1", f"{DID}#key-2"]
    async with house.client() as client:
        newest = (await client.get("/hospitals/hk/chain.pem")).content
        assert newest == (await client.get(roads[1].chain)).content
        for road, key in zip(roads, (KEY, NEXT_KEY), strict=True):
            assert isinstance(road, ProvedByCertificate)
            chain = pki.x509.load_pem_x509_certificates((await client.get(road.chain)).content)
            der = [each.public_bytes(Encoding.DER) for each in chain]
            at_hand = Revocation(required=False)
            result = verify_certificate(
                der, [authority.der], at=house.clock.at, revocation=at_hand, expect_lei=HK, expect_key=pki.spki(key)
            )
            assert result.good


async def test_a_certificate_past_its_date_stops_issuing_at_the_next_look(house: House, authority: pki.Authority) -> None:
    accept(house, authority=authority)
    await apply(house)
    await prove_identity(house.context, "hk", who="olga", shown=certified(authority, end=pki.AT + timedelta(days=2)))
    await approve(house)
    assert await may_issue(house)
    house.clock.at += timedelta(days=3)
    await house.bindings.confirm("hk", record=await house.context.lei.record(HK))
    assert await blocked(house) == ROAD_ENDED
    await prove_identity(house.context, "hk", who="olga", shown=certified(authority))
    assert await blocked(house) is None


SOURCE = "http://localhost:9999/newest.cesr"


class Place:
    """Where the hospital keeps its newest stream."""

    def __init__(self, house: House) -> None:
        self.content: bytes | None = None
        self.context = replace(house.context, http=httpx.AsyncClient(transport=httpx.MockTransport(self)))
        self.context.__dict__["roots"] = house.context.roots

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == SOURCE
        return httpx.Response(404) if self.content is None else httpx.Response(200, content=self.content)


async def test_the_newest_stream_is_looked_at_again(house: House, fresh: World) -> None:
    accept(house, fresh.root)
    await apply(house)
    place = Place(house)
    await look_again(place.context, "hk")  # no such place yet
    await show(house, fresh.export("hk.binding"), source=SOURCE)
    await approve(house)
    with pytest.raises(SourceError):
        await look_again(place.context, "hk")
    assert await may_issue(house)

    house.clock.at += timedelta(hours=1)
    fresh.clock.at = house.clock.at
    fresh.sandbox.rotate("hk")
    place.content, written = fresh.export("hk.binding"), await steps(house)
    await look_again(place.context, "hk")
    [road] = (await published(house)).issuers[0].identity
    assert road.checked_at == house.clock.at
    assert await steps(house) == written, "what still holds is kept quietly"

    fresh.sandbox.revoke("hk.le")
    place.content = fresh.export("hk.binding")
    with pytest.raises(RefusedError):
        await look_again(place.context, "hk")
    assert await blocked(house) == ROAD_ENDED
    await place.context.http.aclose()


async def test_key_events_that_another_step_kept_meanwhile(house: House, fresh: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two proofs are judged at once, each without knowing of the other: the one that contradicts is not kept."""
    accept(house, fresh.root)
    await apply(house)
    old = fresh.export("hk.binding")
    judge = identity.judge

    async def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(identity, "judge", judge)
        judged = await judge(*args)
        fresh.sandbox.rotate("hk")
        await show(house, fresh.export("hk.binding"))
        return judged

    monkeypatch.setattr(identity, "judge", overtaken)
    with pytest.raises(RefusedError) as refused:
        await show(house, old)
    assert refused.value.code == "kel.duplicity"


async def test_over_http(house: House, rehearsal: World) -> None:
    accept(house, rehearsal.root)
    stream = rehearsal.export("hk.binding").decode()
    async with house.client("his") as client, house.client() as anybody:
        assert (await client.get("/hospitals/hk/keys")).status_code == 404
        await apply(house)
        keys = (await client.get("/hospitals/hk/keys")).json()
        named = {"id": keys["current"]["id"], "jkt": keys["current"]["jkt"]}
        assert named == {"id": f"{DID}#key-1", "jkt": bound_multikey("", keys["current"]["multikey"]).jkt}
        assert keys["next"]["multikey"] == encode_multikey(NEXT_KEY.public_key().public_bytes_raw())
        assert (await anybody.get("/hospitals/hk/keys")).status_code == 401
        body = {"road": "vlei", "stream": stream}
        assert (await anybody.post("/hospitals/hk/identity", json=body)).status_code == 401
        assert (await client.get("/hospitals/hk/vlei.cesr")).status_code == 404
        odd = await client.post("/hospitals/hk/identity", json=body | {"stream": "é"})
        assert (odd.status_code, odd.json()["code"]) == (422, "identity.not_text")
        odd = await client.post("/hospitals/hk/identity", json={"road": "certificate", "chain": "", "lists": ["%"]})
        assert (odd.status_code, odd.json()["code"]) == (422, "identity.base64")
        assert (await client.post("/hospitals/hk/identity", json=body | {"source": "file:///etc/passwd"})).status_code == 422
        assert (await client.post("/hospitals/hk/identity", json={"road": "word of mouth"})).status_code == 422
        told = (await client.post("/hospitals/hk/identity", json=body)).json()
        assert [(road["road"], road["aid"]) for road in told["identity"]] == [("vlei", rehearsal.aid("hk"))]
        assert told["history"][-1]["rests_on"]["binding"] == rehearsal.sandbox.credential("hk.binding").said
        again = await client.post("/hospitals/hk/identity/look-again")
        assert (again.status_code, again.json()["state"]) == (200, "did_proved")
        refused = await client.post("/hospitals/hk/identity", json=body | {"stream": stream[:-4]})
        assert refused.status_code == 409
        assert refused.json()["hint"]

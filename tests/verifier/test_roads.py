"""By which road a hospital is its legal entity: vLEI, the key its binding names, certificate. Real KERI chains and real CAs."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from issuer.vlei import ecosystem
from issuer.vlei.binding import bound_multikey
from schemas.keys import encode_multikey
from tests.issuer.vlei.ecosystem import World, small_ecosystem
from tests.verifier import world
from tests.verifier.identity.x509 import pki
from tests.verifier.world import AT, HK, HK_KEY, HK_LEI, ISSUED, issued, signed, trust_issuer, unsigned
from verifier.cache import Cache
from verifier.evidence import Evidence, IdentityProof
from verifier.fetch import Limits
from verifier.gather import gather
from verifier.identity.trust import TrustList
from verifier.identity.vlei import FileMemory, KeyStateCache
from verifier.policy import CARRIED_FILE
from verifier.verdict import Verdict, Word, stamp
from verifier.verify import verify

STREAM = "http://localhost:8101/hospitals/hk/vlei.cesr"
CHAIN = "http://localhost:8101/hospitals/hk/chain.pem"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[World]:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY) as built:
        yield built


@pytest.fixture(scope="module")
def stream(rehearsal: World) -> bytes:
    return rehearsal.export("hk.binding")


def vlei_road(rehearsal: World, **changes: Any) -> dict[str, Any]:
    binding = rehearsal.sandbox.credential("hk.binding").said
    return {
        "road": "vlei",
        "aid": rehearsal.aid("hk"),
        "credential": rehearsal.sandbox.credential("hk.le").said,
        "binding": binding,
        "stream": STREAM,
        "checkedAt": stamp(ISSUED - timedelta(days=1)),
        **changes,
    }


def listed(rehearsal: World, *, root: str = "", **changes: Any) -> TrustList:
    issuer = trust_issuer(identity=[vlei_road(rehearsal)], **changes)
    return world.trust(issuers=[issuer], roots=[{"road": "vlei", "aid": root or rehearsal.root, "name": "Rehearsal root"}])


def judged(document: Any, trust: TrustList, proof: IdentityProof | None, **more: Any) -> Verdict:
    at_hand = world.evidence(trust=trust, identities={HK: proof} if proof else {}, **more)
    return verify(document, at_hand, CARRIED_FILE, AT)


def reasons(verdict: Verdict) -> dict[str, str]:
    names = ("issuer_vlei", "issuer_binding", "issuer_certificate")
    return {
        check.code.removeprefix("issuer_"): check.reason.rpartition(".")[2] for check in verdict.checks if check.code in names
    }


def test_a_vlei_that_holds_and_names_the_key(rehearsal: World, stream: bytes) -> None:
    verdict = judged(issued(), listed(rehearsal), IdentityProof(vlei=stream, vlei_at=AT))
    assert reasons(verdict) == {"vlei": "accepted", "binding": "named", "certificate": "none"}
    assert verdict.verdict is Word.GENUINE
    assert verdict.issuer
    assert verdict.issuer.proved_by == ("vlei",)
    assert verdict.as_dict()["issuer"]["provedBy"] == ["vlei"]


def test_without_a_road_the_registrar_alone_speaks(stream: bytes) -> None:
    verdict = judged(issued(), world.trust(), IdentityProof(vlei=stream))
    assert reasons(verdict) == {"vlei": "none", "binding": "none", "certificate": "none"}
    assert verdict.verdict is Word.GENUINE
    assert verdict.issuer
    assert verdict.issuer.proved_by == ("registrar",)


def test_a_road_that_is_not_at_hand_is_a_note(rehearsal: World) -> None:
    verdict = judged(issued(), listed(rehearsal), None)
    assert reasons(verdict)["vlei"] == "not_at_hand"
    assert verdict.verdict is Word.GENUINE_WITH_NOTES
    assert verdict.issuer
    assert verdict.issuer.proved_by == ("registrar",)


@pytest.mark.parametrize("cut", [b"", b"{", b"<html>the hospital's page</html>"])
def test_what_is_no_stream_says_nothing_about_the_hospital(rehearsal: World, stream: bytes, cut: bytes) -> None:
    verdict = judged(issued(), listed(rehearsal), IdentityProof(vlei=cut or stream[:-40]))
    assert reasons(verdict)["vlei"] == "unreadable"
    assert verdict.verdict is Word.GENUINE_WITH_NOTES


def test_another_root(rehearsal: World, stream: bytes) -> None:
    verdict = judged(issued(), listed(rehearsal, root="E" + "x" * 43), IdentityProof(vlei=stream))
    assert reasons(verdict)["vlei"] == "refused"
    assert verdict.verdict is Word.NOT_GENUINE


def test_the_vlei_of_another_hospital(rehearsal: World) -> None:
    with small_ecosystem(lei=world.SZ_LEI, did=HK, key=HK_KEY) as other:
        trust = listed(rehearsal, root=other.root)
        verdict = judged(issued(), trust, IdentityProof(vlei=other.export("hk.binding")))
    assert reasons(verdict)["vlei"] == "refused"
    check = verdict.check("issuer_vlei")
    assert check
    assert check.facts["because"] == "vlei.lei_mismatch"


def test_another_identifier_with_the_same_lei(rehearsal: World) -> None:
    """Somebody else has got a vLEI for the LEI: the chain holds, and is not the one that the registrar looked at."""
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY) as other:
        verdict = judged(issued(), listed(rehearsal, root=other.root), IdentityProof(vlei=other.export("hk.binding")))
    assert reasons(verdict)["vlei"] == "other_entity"
    assert verdict.verdict is Word.NOT_GENUINE


def test_a_key_that_the_binding_does_not_name(rehearsal: World, stream: bytes) -> None:
    """Who has taken over web server and registrar's entry, and put a key of its own in both, has not the vLEI's keys."""
    swapped = world.trust_key("key-2", world.ROGUE_KEY)
    trust = listed(rehearsal, keys=[*trust_issuer()["keys"], swapped])
    record = signed(unsigned(), world.ROGUE_KEY, f"{HK}#key-2")
    verdict = judged(world.with_receipt(record, world.Log().receipt(record)), trust, IdentityProof(vlei=stream))
    assert reasons(verdict) == {"vlei": "accepted", "binding": "other_key", "certificate": "none"}
    assert verdict.verdict is Word.NOT_GENUINE


def test_the_same_name_with_another_key(rehearsal: World, stream: bytes) -> None:
    trust = listed(rehearsal, keys=[world.trust_key("key-1", world.ROGUE_KEY)])
    record = signed(unsigned(), world.ROGUE_KEY)
    verdict = judged(world.with_receipt(record, world.Log().receipt(record)), trust, IdentityProof(vlei=stream))
    assert reasons(verdict)["binding"] == "other_key"


def test_a_binding_taken_back() -> None:
    """What was witnessed before stands; what nobody witnessed does not."""
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY) as ending:
        trust = listed(ending)
        ending.clock.at = ISSUED + timedelta(minutes=20)
        ending.sandbox.revoke("hk.binding")
        proof = IdentityProof(vlei=ending.export("hk.binding"), vlei_at=AT)
        before = judged(issued(), trust, proof)
        late = signed(unsigned(), at=ISSUED + timedelta(minutes=25))
        after = judged(world.with_receipt(late, world.Log().receipt(late, ISSUED + timedelta(minutes=26))), trust, proof)
        unwitnessed = judged(signed(unsigned()), trust, proof)
    assert reasons(before)["vlei"] == "accepted"
    assert (reasons(after)["vlei"], after.verdict) == ("refused", Word.NOT_GENUINE)
    assert reasons(unwitnessed)["vlei"] == "refused"


def test_a_rotated_hospital_shows_more_events_than_were_seen(rehearsal: World, tmp_path: Path) -> None:
    """A stream of before is refused once a later one was seen: the keys of before may be lost."""
    memory = FileMemory(tmp_path / "events.sqlite")
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY) as turning:
        trust, old = listed(turning), turning.export("hk.binding")
        turning.sandbox.rotate("hk")
        new = turning.export("hk.binding")
        assert reasons(judged(issued(), trust, IdentityProof(vlei=new), first_seen=memory))["vlei"] == "accepted"
        verdict = judged(issued(), trust, IdentityProof(vlei=old), first_seen=memory)
    check = verdict.check("issuer_vlei")
    assert check
    assert (check.reason, check.facts["because"]) == ("issuer_vlei.refused", "kel.duplicity")


def test_a_carried_file_has_the_proof_with_it(rehearsal: World, stream: bytes) -> None:
    from verifier.carried import write_carried

    document = write_carried(issued(), world.lists(), (), IdentityProof(vlei=stream))
    verdict = judged(document, listed(rehearsal), None)
    assert reasons(verdict)["vlei"] == "accepted"
    assert verdict.verdict is Word.GENUINE


@pytest.mark.parametrize(
    "identity",
    [[], {"vlei": 7}, {"vlei": "é"}, {"x5c": "MIIB"}, {"x5c": [7]}, {"x5c": ["%"]}, {"x5c": ["AA=="] * 9}, {"other": ""}, None],
)
def test_an_identity_of_another_form_is_refused(identity: Any) -> None:
    verdict = judged({**world.carried(), "identity": identity}, world.trust(), None)
    [check] = [check for check in verdict.checks if check.code == "well_formed"]
    assert (check.reason, check.facts["path"]) == ("well_formed.malformed", "identity")


class Hospital:
    """The web server of a hospital."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.asked = pages, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        page = self.pages.get(str(request.url))
        return httpx.Response(404) if page is None else httpx.Response(200, content=page)


async def gathered(document: Any, trust: TrustList, hospital: Hospital, cache: Cache | None = None) -> Evidence:
    async with httpx.AsyncClient(transport=httpx.MockTransport(hospital)) as http:
        limits = Limits(max_bytes=4 * 1024 * 1024, seconds=1, allow_loopback=True)
        return await gather(document, world.evidence(trust=trust), at=AT, http=http, cache=cache, limits=limits)


async def test_the_stream_is_read_from_where_the_trust_list_says(rehearsal: World, stream: bytes, tmp_path: Path) -> None:
    trust, hospital, cache = listed(rehearsal), Hospital({STREAM: stream}), Cache(tmp_path)
    evidence = await gathered(issued(), trust, hospital, cache)
    assert reasons(verify(issued(), evidence, CARRIED_FILE, AT))["vlei"] == "accepted"
    silent = Hospital({})
    kept = await gathered(issued(), trust, silent, cache)
    assert kept.identities == evidence.identities
    assert STREAM in hospital.asked
    assert STREAM not in silent.asked  # five minutes' copy serves


async def test_nobody_is_asked_for_a_record_that_no_listed_hospital_signed(rehearsal: World) -> None:
    hospital = Hospital({})
    forged = signed(unsigned(), world.ROGUE_KEY)
    assert (await gathered(forged, listed(rehearsal), hospital)).identities == {}
    assert STREAM not in hospital.asked


@pytest.mark.parametrize("page", ["日本".encode(), b"\xff\xfe"])
async def test_a_page_that_is_no_text_is_not_at_hand(rehearsal: World, page: bytes) -> None:
    evidence = await gathered(issued(), listed(rehearsal), Hospital({STREAM: page}))
    assert reasons(verify(issued(), evidence, CARRIED_FILE, AT))["vlei"] == "not_at_hand"


def test_logs_verified_before_are_not_verified_again(rehearsal: World, stream: bytes) -> None:
    cache = KeyStateCache()
    proof = IdentityProof(vlei=stream)
    judged(issued(), listed(rehearsal), proof, key_events=cache)
    size = cache.size
    assert size > 0
    assert reasons(judged(issued(), listed(rehearsal), proof, key_events=cache))["vlei"] == "accepted"
    assert cache.size == size


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.root()


def certified(authority: pki.Authority, hospital: pki.Hospital, **changes: Any) -> TrustList:
    road = {
        "road": "certificate",
        "sha256": hashlib.sha256(hospital.chain[0]).hexdigest(),
        "notAfter": stamp(pki.END),
        "chain": CHAIN,
        "checkedAt": stamp(ISSUED - timedelta(days=1)),
    }
    root = {"road": "certificate", "certificate": base64.b64encode(authority.der).decode(), "name": "Test authority"}
    return world.trust(issuers=[trust_issuer(identity=[road], **changes)], roots=[root])


def pem(chain: list[bytes]) -> bytes:
    texts = [base64.encodebytes(certificate).decode() for certificate in chain]
    return "".join(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n" for text in texts).encode()


async def test_a_certificate_over_the_key_that_signed(authority: pki.Authority) -> None:
    hospital = authority.hospital(key=HK_KEY)
    trust = certified(authority, hospital)
    evidence = await gathered(issued(), trust, Hospital({CHAIN: pem(hospital.chain)}))
    verdict = verify(issued(), evidence, CARRIED_FILE, AT)
    assert reasons(verdict) == {"vlei": "none", "binding": "none", "certificate": "accepted"}
    assert verdict.issuer
    assert verdict.issuer.proved_by == ("certificate",)


def test_a_certificate_over_another_key(authority: pki.Authority) -> None:
    hospital = authority.hospital(key=world.ROGUE_KEY)
    verdict = judged(issued(), certified(authority, hospital), IdentityProof(chain=tuple(hospital.chain)))
    assert refusal(verdict) == "certificate.key.other"


def test_a_certificate_for_another_lei(authority: pki.Authority) -> None:
    hospital = authority.hospital(key=HK_KEY)
    trust = certified(authority, hospital, lei=world.SZ_LEI)
    assert refusal(judged(issued(), trust, IdentityProof(chain=tuple(hospital.chain)))) == "certificate.lei.other"


def test_a_certificate_of_another_authority(authority: pki.Authority) -> None:
    hospital = pki.root().hospital(key=HK_KEY)
    verdict = judged(issued(), certified(authority, hospital), IdentityProof(chain=tuple(hospital.chain)))
    assert refusal(verdict).startswith("certificate.path.")


def test_certificates_that_cannot_be_read(authority: pki.Authority) -> None:
    hospital = authority.hospital(key=HK_KEY)
    verdict = judged(issued(), certified(authority, hospital), None)
    assert reasons(verdict)["certificate"] == "not_at_hand"
    assert verdict.verdict is Word.GENUINE_WITH_NOTES


def refusal(verdict: Verdict) -> str:
    check = verdict.check("issuer_certificate")
    assert check
    assert check.reason == "issuer_certificate.refused"
    assert verdict.verdict is Word.NOT_GENUINE
    return check.facts["because"]


def test_a_memory_that_fails_is_not_one_that_knows_nothing(rehearsal: World, stream: bytes, tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"no database" * 100)
    verdict = judged(issued(), listed(rehearsal), IdentityProof(vlei=stream), first_seen=FileMemory(tmp_path / "events.db"))
    check = verdict.check("issuer_vlei")
    assert check
    assert (check.reason, check.facts["because"]) == ("issuer_vlei.unreadable", "vlei.memory")


def test_a_stream_that_was_read_long_ago_is_a_note(rehearsal: World, stream: bytes) -> None:
    """An export made before a revocation verifies for ever; of what was witnessed before it was read it knows all."""
    record, trust = signed(unsigned()), listed(rehearsal)
    for read_at, reason in ((AT - timedelta(hours=23), "accepted"), (AT - timedelta(hours=25), "as_of")):
        verdict = judged(record, trust, IdentityProof(vlei=stream, vlei_at=read_at))
        assert reasons(verdict)["vlei"] == reason
        assert reasons(verdict)["binding"] == "named"
    assert reasons(judged(issued(), trust, IdentityProof(vlei=stream, vlei_at=ISSUED)))["vlei"] == "accepted"


OTHER_ROOT = "E" + "x" * 43


def test_the_log_of_one_root_is_missing_and_there_is_another_root(rehearsal: World, stream: bytes) -> None:
    """Real streams do not carry the log of GLEIF's root. That another root is accepted too makes nobody a forger."""
    roots = [{"road": "vlei", "aid": aid, "name": "A root"} for aid in (rehearsal.root, OTHER_ROOT)]
    messages = re.split(rb'(?=\{"v":")', stream)
    cut = b"".join(message for message in messages if f'"i":"{rehearsal.root}"'.encode() not in message[:140])
    for order in (roots, roots[::-1]):
        trust = world.trust(issuers=[trust_issuer(identity=[vlei_road(rehearsal)])], roots=order)
        assert reasons(judged(issued(), trust, IdentityProof(vlei=stream)))["vlei"] == "accepted"
        assert reasons(judged(issued(), trust, IdentityProof(vlei=cut)))["vlei"] == "unreadable"


def test_another_delegate_of_gleifs_root_issues_qvi_credentials(
    rehearsal: World, stream: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GLEIF's root has delegated more than one identifier; only its External AID makes QVIs."""
    monkeypatch.setattr("verifier.identity.vlei.pins.GLEIF_ROOT", rehearsal.root)
    verdict = judged(issued(), listed(rehearsal), IdentityProof(vlei=stream))
    assert reasons(verdict)["vlei"] == "refused"


async def test_each_key_of_a_hospital_has_its_own_certificate(authority: pki.Authority) -> None:
    """What was signed with the replaced key and what is signed with the new one are judged by their own certificates."""
    old, new = authority.hospital(key=HK_KEY), authority.hospital(key=world.ROGUE_KEY)
    roads = [
        {
            "road": "certificate",
            "key": f"{HK}#{name}",
            "sha256": hashlib.sha256(hospital.chain[0]).hexdigest(),
            "notAfter": stamp(pki.END),
            "chain": f"{CHAIN}?{name}",
            "checkedAt": stamp(ISSUED - timedelta(days=1)),
        }
        for name, hospital in (("key-1", old), ("key-2", new))
    ]
    keys = [*trust_issuer()["keys"], world.trust_key("key-2", world.ROGUE_KEY)]
    root = {"road": "certificate", "certificate": base64.b64encode(authority.der).decode(), "name": "Test authority"}
    trust = world.trust(issuers=[trust_issuer(identity=roads, keys=keys)], roots=[root])
    later = signed(unsigned(), world.ROGUE_KEY, f"{HK}#key-2")
    pages = {f"{CHAIN}?key-1": pem(old.chain), f"{CHAIN}?key-2": pem(new.chain)}
    for record in (issued(), world.with_receipt(later, world.Log().receipt(later))):
        evidence = await gathered(record, trust, Hospital(pages))
        assert reasons(verify(record, evidence, CARRIED_FILE, AT))["certificate"] == "accepted"


def test_a_binding_renewed_after_the_record_vouches_for_its_key() -> None:
    """A new binding at every rotation, or a first one years later: what was signed before does not become false by it."""
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY) as renewing:
        renewing.clock.at = ISSUED + timedelta(hours=2)
        later = renewing.clock.at + timedelta(hours=1)
        renewing.sandbox.revoke("hk.binding")
        mine = bound_multikey(f"{HK}#key-1", encode_multikey(HK_KEY.public_key().public_bytes_raw()))
        renewed = ecosystem.bind(renewing.sandbox, "hk", [HK], [mine])
        trust = listed(renewing)
        at_hand = world.evidence(trust=trust, identities={HK: IdentityProof(vlei=renewing.export(renewed.name), vlei_at=later)})
        verdict = verify(issued(), at_hand, CARRIED_FILE, later)
        renewing.clock.at = later
        renewing.sandbox.revoke(renewed.name)
        proof = IdentityProof(vlei=renewing.export(renewed.name), vlei_at=later + timedelta(hours=1))
        revoked = verify(issued(), world.evidence(trust=trust, identities={HK: proof}), CARRIED_FILE, later + timedelta(hours=1))
    assert reasons(verdict) == {"vlei": "accepted", "binding": "named", "certificate": "none"}
    assert reasons(revoked)["vlei"] == "refused", "younger than the record, and taken back: it vouches for nothing"


def test_a_certificate_issued_after_the_record_vouches_for_its_key(authority: pki.Authority) -> None:
    hospital = authority.hospital(key=HK_KEY, begin=ISSUED + timedelta(hours=2))
    proof = IdentityProof(chain=tuple(hospital.chain))
    trust, later = certified(authority, hospital), ISSUED + timedelta(hours=3)
    at_hand = world.evidence(trust=trust, identities={HK: proof})
    assert reasons(verify(issued(), at_hand, CARRIED_FILE, later))["certificate"] == "accepted"
    assert refusal(judged(issued(), trust, proof)) == "certificate.path.not_yet"

"""Who signed for the hospital: a doctor's key, bound to a role there by a real KERI chain, from engagement to leaving."""

import copy
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from issuer.vlei import ecosystem
from schemas.keys import did_key_method
from tests.issuer.vlei.ecosystem import PERSON, ROLE, World, small_ecosystem
from tests.verifier import world
from tests.verifier.world import AT, HK, HK_KEY, HK_LEI, ISSUED, Json, signed, trust_issuer
from verifier.carried import write_carried
from verifier.evidence import IdentityProof
from verifier.fetch import Limits
from verifier.gather import gather, needs
from verifier.identity.trust import TrustList
from verifier.identity.vlei import FileMemory
from verifier.policy import CARRIED_FILE
from verifier.proofs import sign_jcs
from verifier.verdict import Verdict, Word, stamp
from verifier.verify import verify

STREAM = "http://localhost:8101/hospitals/hk/vlei.cesr"
ENGAGED = ISSUED - timedelta(days=30)
LEFT = ISSUED + timedelta(minutes=15)


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[World]:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=ENGAGED) as built:
        yield built


@pytest.fixture(scope="module")
def stream(rehearsal: World) -> bytes:
    """The doctor's stream while engaged."""
    return rehearsal.export("dr-chan.binding")


class Leaving(NamedTuple):
    """The doctor's stream before leaving, and after: the hospital has revoked the role."""

    root: str
    before: bytes
    after: bytes


@pytest.fixture(scope="module")
def leaving() -> Leaving:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=ENGAGED) as other:
        before = other.export("dr-chan.binding")
        other.clock.at = LEFT
        other.sandbox.revoke("dr-chan.ecr")
        return Leaving(other.root, before, other.export("dr-chan.binding"))


def record(rehearsal: World, *, by: Any = None, role: str = ROLE, did: str = "", **more: Any) -> Json:
    """A record of the hospital that names the doctor, signed by both and witnessed."""
    credential = world.unsigned() | {"signer": {"id": did or rehearsal.doctor_did, "role": role}, **more}
    both = beside(signed(credential), by or rehearsal.doctor_key, did or rehearsal.doctor_did)
    return world.with_receipt(both, world.Log().receipt(both))


def beside(credential: Json, key: Any, did: str) -> Json:
    return sign_jcs(credential, key, verification_method=did_key_method(did), created=ISSUED)


def unwitnessed(credential: Json) -> Json:
    return credential | {"proof": [proof for proof in credential["proof"] if proof["type"] != "LedgerReceipt"]}


def listed(*roots: str, **changes: Any) -> TrustList:
    return world.trust(
        issuers=[trust_issuer(**changes)], roots=[{"road": "vlei", "aid": root, "name": "Rehearsal root"} for root in roots]
    )


def judged(
    document: Json,
    trust: TrustList,
    did: str,
    stream: bytes | None,
    *,
    fetched: datetime | None = AT,
    at: datetime = AT,
    **more: Any,
) -> Verdict:
    proofs = {} if stream is None else {did: IdentityProof(vlei=stream, vlei_at=fetched)}
    return verify(document, world.evidence(trust=trust, identities=proofs, **more), CARRIED_FILE, at)


def told(verdict: Verdict) -> str:
    check = verdict.check("signer_role")
    assert check
    return check.reason.removeprefix("signer_role.")


def test_a_memory_that_fails_is_not_one_that_knows_nothing(rehearsal: World, stream: bytes, tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"no database" * 100)
    memory = FileMemory(tmp_path / "events.db")
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, stream, first_seen=memory)
    assert told(verdict) == "unreadable"


def test_a_record_without_a_signer_is_as_it_was(rehearsal: World) -> None:
    verdict = judged(world.issued(), listed(rehearsal.root), rehearsal.doctor_did, None)
    assert (told(verdict), verdict.verdict) == ("none", Word.GENUINE)
    assert verdict.credentials[0].signer is None
    assert "signer" not in verdict.as_dict()["credentials"][0]


def test_a_doctor_with_the_role_signs(rehearsal: World, stream: bytes) -> None:
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert (told(verdict), verdict.verdict) == ("ok", Word.GENUINE)
    shown = verdict.credentials[0].signer
    assert shown
    assert (shown.did, shown.role, shown.proved, shown.legal_name) == (rehearsal.doctor_did, ROLE, True, PERSON)
    assert verdict.as_dict()["credentials"][0]["signer"] == {"id": rehearsal.doctor_did, "role": ROLE, "proved": True}


def test_the_doctors_name_is_shown_and_written_nowhere(rehearsal: World, stream: bytes) -> None:
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert PERSON not in str(verdict.as_dict())
    assert PERSON not in repr(verdict.credentials[0].signer)


def test_a_role_given_through_a_qvi(rehearsal: World) -> None:
    name = "dr-lee"
    key = world.key("dr-lee")
    did = world.did_of_key(key)
    statement = sign_jcs(
        {"type": "AidKeyStatement", "aid": rehearsal.aid(name), "id": did},
        key,
        verification_method=did_key_method(did),
        created=ENGAGED,
    )
    ecosystem.bind(rehearsal.sandbox, name, [did], [], statements=[statement])
    by_lee = record(rehearsal, by=key, did=did)
    verdict = judged(by_lee, listed(rehearsal.root), did, rehearsal.export("dr-lee.binding"))
    assert (told(verdict), verdict.verdict) == ("ok", Word.GENUINE)


@pytest.mark.parametrize("roots", [0, 1])
def test_without_a_stream_or_a_root_the_role_is_the_hospitals_word(rehearsal: World, stream: bytes, roots: int) -> None:
    trust = listed(*[rehearsal.root][:roots])
    verdict = judged(record(rehearsal), trust, rehearsal.doctor_did, None if roots else stream)
    assert (told(verdict), verdict.verdict) == ("not_at_hand", Word.GENUINE_WITH_NOTES)
    shown = verdict.credentials[0].signer
    assert shown
    assert (shown.role, shown.proved, shown.legal_name) == (ROLE, False, "")


@pytest.mark.parametrize("cut", ["", "{", "<html>"])
def test_what_is_no_stream_says_nothing_about_the_signer(rehearsal: World, stream: bytes, cut: str) -> None:
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, cut.encode() or stream[:-40])
    assert (told(verdict), verdict.verdict) == ("unreadable", Word.GENUINE_WITH_NOTES)


def test_a_doctor_who_left_later_stands_behind_what_was_signed_before(rehearsal: World, leaving: Leaving) -> None:
    verdict = judged(record(rehearsal), listed(leaving.root), rehearsal.doctor_did, leaving.after)
    assert (told(verdict), verdict.verdict) == ("left_since", Word.GENUINE)
    shown = verdict.credentials[0].signer
    assert shown
    assert shown.legal_name == PERSON


def test_without_a_witness_nobody_can_say_that_it_was_before(rehearsal: World, leaving: Leaving) -> None:
    verdict = judged(unwitnessed(record(rehearsal)), listed(leaving.root), rehearsal.doctor_did, leaving.after)
    assert (told(verdict), verdict.verdict) == ("left", Word.NOT_GENUINE)


def test_what_is_signed_after_leaving_fails_whatever_time_it_says(rehearsal: World, leaving: Leaving) -> None:
    """The proofs say that they are from before; the ledger's witnesses had the record only afterwards."""
    late = unwitnessed(record(rehearsal))
    late = world.with_receipt(late, world.Log().receipt(late, LEFT + timedelta(minutes=5)))
    verdict = judged(late, listed(leaving.root), rehearsal.doctor_did, leaving.after)
    assert (told(verdict), verdict.verdict) == ("left", Word.NOT_GENUINE)
    shown = verdict.credentials[0].signer
    assert shown
    assert shown.legal_name == ""


def test_a_binding_that_the_doctor_has_taken_back() -> None:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=ENGAGED) as other:
        other.sandbox.revoke("dr-chan.binding")
        verdict = judged(record(other), listed(other.root), other.doctor_did, other.export("dr-chan.binding"))
    assert (told(verdict), verdict.verdict) == ("left", Word.NOT_GENUINE)


def test_a_hospital_that_lost_its_own_vlei_is_no_doctor_who_left() -> None:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=ENGAGED) as other:
        other.sandbox.revoke("hk.le")
        verdict = judged(record(other), listed(other.root), other.doctor_did, other.export("dr-chan.binding"))
    check = verdict.check("signer_role")
    assert check
    assert (told(verdict), check.facts["because"]) == ("refused", "vlei.revoked")


def test_signed_before_the_role_was_given() -> None:
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=LEFT) as later:
        verdict = judged(record(later), listed(later.root), later.doctor_did, later.export("dr-chan.binding"))
    check = verdict.check("signer_role")
    assert check
    assert (told(verdict), check.facts["because"]) == ("refused", "vlei.not_yet_issued")


def test_an_old_stream_does_not_know_whether_the_doctor_was_still_there(rehearsal: World, stream: bytes) -> None:
    """A stream that travels with the record, or an old copy, is from before the signature."""
    trust = listed(rehearsal.root)
    stapled = judged(record(rehearsal), trust, rehearsal.doctor_did, stream, fetched=None)
    kept = judged(record(rehearsal), trust, rehearsal.doctor_did, stream, fetched=ISSUED - timedelta(hours=1))
    assert (told(stapled), told(kept)) == ("as_of", "as_of")
    assert stapled.verdict is Word.GENUINE_WITH_NOTES
    check = stapled.check("signer_role")
    assert check
    assert check.facts["as_of"] == stamp(ENGAGED)


def test_another_doctors_key(rehearsal: World, stream: bytes) -> None:
    """The hospital names somebody else's key; the stream under it is dr-chan's."""
    other = world.did_of_key(world.THIEF_KEY)
    verdict = judged(record(rehearsal, by=world.THIEF_KEY, did=other), listed(rehearsal.root), other, stream)
    assert (told(verdict), verdict.verdict) == ("other_key", Word.NOT_GENUINE)


def test_another_key_under_the_doctors_name(rehearsal: World, stream: bytes) -> None:
    forged = record(rehearsal, by=world.THIEF_KEY)
    verdict = judged(forged, listed(rehearsal.root), rehearsal.doctor_did, stream)
    signature = verdict.check("signature")
    assert signature
    assert (signature.reason, told(verdict)) == ("signature.altered", "not_reached")
    assert verdict.verdict is Word.NOT_GENUINE
    assert not verdict.credentials


def test_the_doctors_proof_is_missing(rehearsal: World, stream: bytes) -> None:
    alone = signed(world.unsigned() | {"signer": {"id": rehearsal.doctor_did, "role": ROLE}})
    alone = world.with_receipt(alone, world.Log().receipt(alone))
    verdict = judged(alone, listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert (told(verdict), verdict.verdict) == ("unsigned", Word.NOT_GENUINE)


def test_a_proof_of_an_unknown_suite_is_no_proof_of_the_doctor(rehearsal: World, stream: bytes) -> None:
    alone = signed(world.unsigned() | {"signer": {"id": rehearsal.doctor_did, "role": ROLE}})
    unknown = {
        "type": "DataIntegrityProof",
        "cryptosuite": "of-tomorrow-2030",
        "verificationMethod": did_key_method(rehearsal.doctor_did),
        "proofPurpose": "assertionMethod",
    }
    alone = alone | {"proof": [alone["proof"], unknown]}
    verdict = judged(alone, listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert told(verdict) == "unsigned"


def test_the_doctor_alone_is_not_the_hospital(rehearsal: World, stream: bytes) -> None:
    credential = world.unsigned() | {"signer": {"id": rehearsal.doctor_did, "role": ROLE}}
    alone = beside(credential, rehearsal.doctor_key, rehearsal.doctor_did)
    verdict = judged(alone, listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert verdict.verdict is Word.NOT_GENUINE
    assert not verdict.credentials


def test_a_role_that_was_altered_after_signing(rehearsal: World, stream: bytes) -> None:
    altered = copy.deepcopy(record(rehearsal))
    altered["signer"]["role"] = "Chief Physician"
    verdict = judged(altered, listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert verdict.verdict is Word.NOT_GENUINE
    assert not verdict.credentials


def test_a_role_that_the_doctor_does_not_have(rehearsal: World, stream: bytes) -> None:
    verdict = judged(record(rehearsal, role="Chief Physician"), listed(rehearsal.root), rehearsal.doctor_did, stream)
    assert (told(verdict), verdict.verdict) == ("other_role", Word.NOT_GENUINE)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"role": ROLE, "types": ["ImmunizationCredential"]}], "ok"),
        (
            [{"role": "Radiologist", "types": ["ImmunizationCredential"]}, {"role": ROLE, "types": ["AllergyCredential"]}],
            "not_for_type",
        ),
        ([{"role": ROLE, "types": []}], "not_for_type"),
    ],
    ids=["the type", "another role, another type", "no type"],
)
def test_the_trust_list_says_which_role_signs_what(rehearsal: World, stream: bytes, rules: list[Json], said: str) -> None:
    trust = listed(rehearsal.root, signers=rules)
    assert trust.unsigned()["issuers"][0]["signers"] == rules
    verdict = judged(record(rehearsal), trust, rehearsal.doctor_did, stream)
    assert told(verdict) == said


def test_a_doctor_of_another_hospital() -> None:
    with small_ecosystem(lei=world.SZ_LEI, did=HK, key=HK_KEY, now=ENGAGED) as other:
        verdict = judged(record(other), listed(other.root), other.doctor_did, other.export("dr-chan.binding"))
    assert (told(verdict), verdict.verdict) == ("other_entity", Word.NOT_GENUINE)


def test_the_hospitals_own_binding_is_nobodys_role() -> None:
    """The hospital binds a did:key to itself and calls it a doctor."""
    with small_ecosystem(lei=HK_LEI, did=HK, key=HK_KEY, now=ENGAGED) as other:
        aid = other.aid("hk")
        other.sandbox.revoke("hk.binding")
        ecosystem.bind(other.sandbox, "hk", [other.doctor_did], [], statements=[other.statement(aid)])
        verdict = judged(record(other), listed(other.root), other.doctor_did, other.export("hk.binding.2"))
    assert (told(verdict), verdict.verdict) == ("no_role", Word.NOT_GENUINE)


def test_an_official_role_is_not_an_engagement_role(rehearsal: World) -> None:
    """An OOR stream has no binding that a verifier would follow."""
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, rehearsal.export("officer.oor"))
    assert (told(verdict), verdict.verdict) == ("refused", Word.NOT_GENUINE)


def test_another_root(rehearsal: World, stream: bytes) -> None:
    verdict = judged(record(rehearsal), listed("E" + "x" * 43), rehearsal.doctor_did, stream)
    assert (told(verdict), verdict.verdict) == ("refused", Word.NOT_GENUINE)


@pytest.mark.parametrize("signer", ["Dr Chan", {"id": "did:web:hk.example", "role": ROLE}, {"id": HK}, [], None, {"role": ROLE}])
def test_a_signer_of_another_form(rehearsal: World, signer: Any) -> None:
    document = signed(world.unsigned() | {"signer": signer})
    verdict = judged(document, listed(rehearsal.root), rehearsal.doctor_did, None)
    assert (told(verdict), verdict.verdict) == ("malformed", Word.NOT_GENUINE)
    assert verdict.credentials[0].signer is None


def test_the_stapled_proof_is_judged_far_from_any_network(rehearsal: World, stream: bytes) -> None:
    carried = write_carried(record(rehearsal), world.lists(), signer=IdentityProof(vlei=stream))
    assert carried["identity"].keys() == {"signer"}
    verdict = verify(carried, world.evidence(trust=listed(rehearsal.root), status_lists=()), CARRIED_FILE, AT)
    assert (told(verdict), verdict.verdict) == ("as_of", Word.GENUINE_WITH_NOTES)
    assert verdict.accepted
    shown = verdict.credentials[0].signer
    assert shown
    assert shown.legal_name == PERSON


def test_what_the_hospital_publishes_now_goes_before_what_is_stapled(rehearsal: World, leaving: Leaving) -> None:
    late = unwitnessed(record(rehearsal))
    late = world.with_receipt(late, world.Log().receipt(late, LEFT + timedelta(minutes=5)))
    carried = write_carried(late, world.lists(), signer=IdentityProof(vlei=leaving.before))
    trust = listed(leaving.root)
    assert told(verify(carried, world.evidence(trust=trust, status_lists=()), CARRIED_FILE, AT)) == "as_of"
    assert told(judged(carried, trust, rehearsal.doctor_did, leaving.after, status_lists=())) == "left"


@pytest.mark.parametrize("part", [{"signer": 7}, {"signer": "é"}, {"doctor": ""}])
def test_a_carried_record_with_another_form_of_proof(rehearsal: World, part: Json) -> None:
    carried = write_carried(record(rehearsal), world.lists()) | {"identity": part}
    verdict = verify(carried, world.evidence(trust=listed(rehearsal.root)), CARRIED_FILE, AT)
    check = verdict.check("well_formed")
    assert check
    assert (check.reason, check.facts["path"]) == ("well_formed.malformed", "identity")


def road(rehearsal: World) -> Json:
    credential = rehearsal.sandbox.credential
    return {
        "road": "vlei",
        "aid": rehearsal.aid("hk"),
        "credential": credential("hk.le").said,
        "binding": credential("hk.binding").said,
        "stream": STREAM,
        "checkedAt": stamp(ENGAGED),
    }


async def test_the_stream_is_fetched_from_beside_the_hospitals(rehearsal: World, stream: bytes) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        streams = {STREAM: rehearsal.export("hk.binding"), beside_it: stream}
        return httpx.Response(200, content=streams[str(request.url)]) if str(request.url) in streams else httpx.Response(404)

    thumbprint = rehearsal.sandbox.credential("dr-chan.binding").text.split('"jkt":"')[1].split('"')[0]
    beside_it = f"http://localhost:8101/hospitals/hk/signers/{thumbprint}.cesr"
    trust = listed(rehearsal.root, identity=[road(rehearsal)])
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        gathered = await gather(
            record(rehearsal), world.evidence(trust=trust), at=AT, http=http, limits=Limits(10**6, 5, allow_loopback=True)
        )
    assert beside_it in asked
    verdict = verify(record(rehearsal), gathered, CARRIED_FILE, AT)
    assert (told(verdict), verdict.verdict) == ("ok", Word.GENUINE)


def test_no_address_is_followed_that_the_trust_list_does_not_stand_behind(rehearsal: World) -> None:
    named = record(rehearsal)
    assert needs(named, world.evidence(trust=listed(rehearsal.root)), AT).identities == ()
    trust = listed(rehearsal.root, identity=[road(rehearsal)])
    assert len(needs(named, world.evidence(trust=trust), AT).identities) == 2
    unsigned_by_hospital = named | {"signer": {"id": world.THIEF, "role": ROLE}}
    assert needs(unsigned_by_hospital, world.evidence(trust=trust), AT).identities == ()


def test_key_events_of_persons_are_not_remembered(rehearsal: World, stream: bytes, tmp_path: Any) -> None:
    memory = FileMemory(tmp_path / "seen.sqlite3")
    verdict = judged(record(rehearsal), listed(rehearsal.root), rehearsal.doctor_did, stream, first_seen=memory)
    assert told(verdict) == "ok"
    assert set(memory.recall([rehearsal.aid("dr-chan"), rehearsal.aid("hk")])) == {rehearsal.aid("hk")}

"""Digital Bazaar's `@digitalbazaar/vc` and medcred judge each other's credentials and presentations, and agree.

Theirs gets everything medcred writes into a credential: two statuses, `relatedResource`, a fingerprint, and a `LedgerReceipt` of
a real log beside the signature. It fetches nothing: contexts and DID documents are handed to it.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.contexts import MEDCRED_V1
from schemas.keys import did_key_method, encode_base58btc, encode_multikey
from schemas.types import RecordType
from tests.independent import issuing, node
from tests.independent.issuing import Json
from tests.verifier import world
from verifier.documents import types_of
from verifier.policy import LIVE_DESK
from verifier.proofs import Outcome, check_proof, proofs_of, sign_rdfc
from verifier.verdict import Word
from verifier.verify import verify

pytestmark = pytest.mark.node

type Break = Callable[[Json], None]

HK_METHOD = f"{world.HK}#key-1"
GOOD = {"verified": True, "error": ""}


def changed(document: Json, change: Break) -> Json:
    other = copy.deepcopy(document)
    change(other)
    return other


def rdfc(credential: Json) -> Json:
    return sign_rdfc(credential, world.HK_KEY, verification_method=HK_METHOD, created=world.ISSUED)


def test_it_accepts_every_record_we_issue(judge, issued: list[Json]) -> None:
    assert {name for credential in issued for name in types_of(credential)} >= {kind.value for kind in RecordType}
    assert any("relatedResource" in credential for credential in issued)
    assert all([proof["type"] for proof in each["proof"]] == ["DataIntegrityProof", "LedgerReceipt"] for each in issued)
    assert judge(*issued) == [GOOD] * len(issued)


def test_it_accepts_what_our_verifier_calls_genuine(judge, issued: list[Json]) -> None:
    (one,) = [each for each in issued if "LaboratoryReportCredential" in each["type"]]
    assert verify(one, world.evidence(), LIVE_DESK, world.AT).verdict is Word.GENUINE
    assert judge(one) == [GOOD]


def test_it_accepts_rdf_signatures(judge, drafted: list[Json], issued: list[Json]) -> None:
    """Long lists need more rounds of canonicalisation than its usual bound allows: then it says so, and never that the
    signature is wrong. With room enough it comes to our canonical form for every record."""
    signed = [world.with_receipt(rdfc(bare), one["proof"][1]) for bare, one in zip(drafted, issued, strict=True)]
    usual = judge(*signed)
    assert any(answer["verified"] for answer in usual)
    assert all(answer["verified"] or "Maximum deep iterations exceeded" in answer["error"] for answer in usual)
    assert judge(*signed, workFactor=2) == [GOOD] * len(signed)


def birth_date(credential: Json) -> None:
    credential["credentialSubject"]["patient"]["birthDate"] = "1900-01-01"


def subject(credential: Json) -> None:
    credential["credentialSubject"]["id"] = world.THIEF


def status(credential: Json) -> None:
    del credential["credentialStatus"][0]


def salt(credential: Json) -> None:
    credential["fingerprint"]["salt"] = "uAAAAAAAAAAAAAAAAAAAAAA"


def known_term_added(credential: Json) -> None:
    credential["validUntil"] = "2099-01-01T00:00:00Z"


def signing_time(credential: Json) -> None:
    proof = credential["proof"][0] if isinstance(credential["proof"], list) else credential["proof"]
    proof["created"] = world.stamp(world.AT)


@pytest.mark.parametrize("alter", [birth_date, subject, status, salt, known_term_added, signing_time])
def test_it_refuses_what_was_altered(judge, drafted: list[Json], issued: list[Json], alter: Break) -> None:
    number = next(n for n, each in enumerate(issued) if "ImmunizationCredential" in each["type"])
    jcs, rdf = issued[number], rdfc(drafted[number])
    answers = judge(jcs, rdf, changed(jcs, alter), changed(rdf, alter))
    assert [answer["verified"] for answer in answers] == [True, True, False, False]
    assert all("Invalid signature" in answer["error"] for answer in answers[2:])


def test_it_refuses_a_stranger_in_the_hospitals_name(judge, drafted: list[Json]) -> None:
    stranger = world.signed(drafted[0], world.ROGUE_KEY)
    listed = world.signed(drafted[0], world.THIEF_KEY, did_key_method(world.THIEF))
    forged, foreign = judge(stranger, listed)
    assert (forged["verified"], foreign["verified"]) == (False, False)
    assert "Invalid signature" in forged["error"]
    assert "issuer must match" in foreign["error"]


def test_the_receipt_does_not_make_a_signature(judge, issued: list[Json]) -> None:
    bare = changed(issued[0], lambda credential: credential["proof"].pop(0))
    (answer,) = judge(bare)
    assert not answer["verified"]
    assert "proofs matched" in answer["error"]


def test_it_fetches_nothing(judge, drafted: list[Json]) -> None:
    """Without our context there is no RDF, and without the DID document no key."""
    known = issuing.documents()
    without_context = {url: document for url, document in known.items() if url != MEDCRED_V1}
    without_key = {url: document for url, document in known.items() if url != world.HK}
    assert judge(rdfc(drafted[-1])) == [GOOD]
    for lacking, name in ((without_context, MEDCRED_V1), (without_key, HK_METHOD)):
        (answer,) = judge(rdfc(drafted[-1]), known=lacking)
        assert not answer["verified"]
        assert name in answer["error"] or "could not be loaded" in answer["error"]


@pytest.mark.agents
async def test_it_accepts_what_the_hospitals_agent_signs(judge, hospital, drafted: list[Json], issued: list[Json]) -> None:
    """By the batch route, with the key in the agent's wallet."""
    number = next(n for n, each in enumerate(issued) if "ImmunizationCredential" in each["type"])
    published = issuing.hospital_document({"key-1": await hospital.create_key(HK_METHOD)})
    (jcs,) = await hospital.sign([drafted[number]], verification_method=HK_METHOD)
    (rdf,) = await hospital.sign([drafted[number]], verification_method=HK_METHOD, cryptosuite="eddsa-rdfc-2022")
    carried = [world.with_receipt(each, issued[number]["proof"][1]) for each in (jcs, rdf)]
    known = issuing.documents() | {world.HK: published}
    answers = judge(*carried, *(changed(each, birth_date) for each in carried), known=known)
    assert [answer["verified"] for answer in answers] == [True, True, False, False]
    assert all("Invalid signature" in answer["error"] for answer in answers[2:])


def test_it_accepts_a_presentation(judge, issued: list[Json]) -> None:
    """With the patient's grant, signed by the patient for the clinic's challenge and domain."""
    presentation = world.presentation(issued)
    assert presentation["termsOfUse"][0]["type"] == "ShareGrant"
    assert judge(presentation) == [GOOD]


def test_it_refuses_a_presentation(judge, issued: list[Json]) -> None:
    good = world.presentation(issued[:1])

    def purpose(presentation: Json) -> None:
        presentation["termsOfUse"][0]["purpose"] = "research"

    def record(presentation: Json) -> None:
        birth_date(presentation["verifiableCredential"][0])

    replayed, elsewhere, other_grant, altered, asserted = judge(
        world.presentation(issued[:1], challenge="f3b1c2d4-0000-4000-8000-000000000002"),
        world.presentation(issued[:1], domain="did:web:elsewhere.example"),
        changed(good, purpose),
        changed(good, record),
        world.presentation(issued[:1], purpose="assertionMethod"),
    )
    assert not any(each["verified"] for each in (replayed, elsewhere, other_grant, altered, asserted))
    assert "challenge is not as expected" in replayed["error"]
    assert "domain is not as expected" in elsewhere["error"]
    assert "Invalid signature" in other_grant["error"]
    assert "Invalid signature" in altered["error"]
    assert "proofs matched" in asserted["error"]


@pytest.fixture
def sign(digitalbazaar: Path) -> Callable[..., Json]:
    """`sign(document, key, method, cryptosuite)`: signed by Digital Bazaar's library."""

    def ask(document: Json, key: Ed25519PrivateKey, method: str, cryptosuite: str, **more: Any) -> Json:
        public = key.public_key().public_bytes_raw()
        question = {
            "documents": issuing.documents(),
            "cryptosuite": cryptosuite,
            "key": {
                "id": method,
                "controller": method.split("#")[0],
                "publicKeyMultibase": encode_multikey(public),
                # Multicodec 0x1300, ed25519-priv, as a varint; the library wants the public key behind the seed.
                "secretKeyMultibase": encode_base58btc(b"\x80\x26" + key.private_bytes_raw() + public),
            },
            "date": world.stamp(world.ISSUED),
            "document": document,
            **more,
        }
        signed: Json = node.ask(digitalbazaar / "sign.mjs", question)
        return signed

    return ask


@pytest.mark.parametrize("cryptosuite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_we_accept_what_it_signs(sign, drafted: list[Json], cryptosuite: str) -> None:
    credential = next(each for each in drafted if "ImmunizationCredential" in each["type"])
    signed = sign(credential, world.HK_KEY, HK_METHOD, cryptosuite, kind="credential")
    (proof,) = proofs_of(signed)
    assert proof["cryptosuite"] == cryptosuite
    key = world.HK_KEY.public_key().public_bytes_raw()
    assert check_proof(signed, proof, key) is Outcome.VALID
    assert check_proof(changed(signed, birth_date), proof, key) is Outcome.ALTERED
    ours = world.signed(credential) if cryptosuite == "eddsa-jcs-2022" else rdfc(credential)
    assert proof == proofs_of(ours)[0]


def test_we_accept_its_presentation(sign, issued: list[Json]) -> None:
    presentation = {name: value for name, value in world.presentation(issued[4:5]).items() if name != "proof"}
    signed = sign(
        presentation,
        world.HOLDER_KEY,
        did_key_method(world.HOLDER),
        "eddsa-jcs-2022",
        kind="presentation",
        challenge=world.CHALLENGE,
        domain=world.CLINIC,
    )
    assert set(issued[4]["type"]) & {"ImmunizationCredential"}
    evidence = world.evidence(expected=world.expected())
    verdict = verify(signed, evidence, LIVE_DESK, world.ISSUED)
    assert verdict.verdict is Word.GENUINE
    wrong = verify(signed, world.evidence(expected=world.expected(domain="did:web:elsewhere.example")), LIVE_DESK, world.ISSUED)
    assert wrong.check("domain").reason == "domain.wrong"

"""Signing and checking one proof, in the four forms, and what the canonicaliser refuses."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, ED25519_2020_V1, MEDCRED_V1
from schemas.errors import FormatError
from tests.verifier.world import HOLDER, ISSUED, ROGUE_KEY, key, old_form, unsigned
from verifier.proofs import Outcome, check_proof, sign_2018, sign_2020, sign_jcs, sign_rdfc
from verifier.proofs.canonicaliser import Canonicaliser, Refusal

KEY = key("suite")
PUBLIC = KEY.public_key().public_bytes_raw()
METHOD = "did:web:hospital.example#key-1"


def modern() -> dict[str, Any]:
    return unsigned()


def legacy() -> dict[str, Any]:
    return {**old_form(), "@context": [CREDENTIALS_V1, ED25519_2020_V1, MEDCRED_V1]}


SUITES = {
    "eddsa-jcs-2022": (sign_jcs, modern),
    "eddsa-rdfc-2022": (sign_rdfc, modern),
    "Ed25519Signature2020": (sign_2020, legacy),
    "Ed25519Signature2018": (sign_2018, old_form),
}


@pytest.fixture(params=SUITES)
def signed(request: pytest.FixtureRequest) -> dict[str, Any]:
    sign, document = SUITES[request.param]
    return json.loads(json.dumps(sign(document(), KEY, verification_method=METHOD, created=ISSUED)))


def check(document: dict[str, Any], public_key: bytes = PUBLIC) -> Outcome:
    return check_proof(document, document["proof"], public_key)


def test_what_was_signed_holds(signed: dict[str, Any]) -> None:
    assert check(signed) is Outcome.VALID
    assert check(signed, ROGUE_KEY.public_key().public_bytes_raw()) is Outcome.ALTERED
    assert check(signed, bytes(32)) is Outcome.ALTERED


def test_a_changed_document_does_not(signed: dict[str, Any]) -> None:
    signed["credentialSubject"]["id"] = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
    assert check(signed) is Outcome.ALTERED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "2020-01-01T00:00:00Z"),
        ("proofPurpose", "authentication"),
        ("verificationMethod", "did:web:elsewhere.example#key-1"),
    ],
)
def test_a_changed_proof_does_not(signed: dict[str, Any], name: str, value: str) -> None:
    signed["proof"][name] = value
    assert check(signed) is Outcome.ALTERED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "yesterday"),
        ("created", 5),
        ("expires", "2020-13-01T00:00:00Z"),
        ("proofPurpose", None),
        ("verificationMethod", ["a"]),
        ("proofValue", "u" + "A" * 86),
        ("proofValue", "z" * 10_000),
        ("proofValue", "z0OIl"),
        ("jws", "a.b.c"),
        ("jws", "eyJhbGciOiJub25lIn0..AAAA"),
        ("jws", 7),
    ],
)
def test_a_malformed_proof_is_called_so(signed: dict[str, Any], name: str, value: Any) -> None:
    if name in ("jws", "proofValue") and name not in signed["proof"]:
        return
    signed["proof"][name] = value
    assert check(signed) is Outcome.MALFORMED


def test_an_unknown_suite_is_not_malformed() -> None:
    document = sign_jcs(modern(), KEY, verification_method=METHOD, created=ISSUED)
    for proof in ({"cryptosuite": "ecdsa-sd-2023"}, {"cryptosuite": None}, {"type": "JsonWebSignature2020"}):
        assert check_proof(document, {**document["proof"], **proof}, PUBLIC) is Outcome.UNSUPPORTED


def test_signing_keeps_other_proofs_and_changes_nothing_of_the_document() -> None:
    document = modern()
    before = copy.deepcopy(document)
    first = sign_jcs(document, KEY, verification_method=METHOD, created=ISSUED, options={"id": "urn:uuid:1"})
    second = sign_jcs(first, ROGUE_KEY, verification_method=METHOD, created=ISSUED, options={"previousProof": "urn:uuid:1"})
    assert document == before
    assert [proof.get("id") for proof in second["proof"]] == ["urn:uuid:1", None]
    assert check_proof(second, second["proof"][1], ROGUE_KEY.public_key().public_bytes_raw()) is Outcome.VALID
    with pytest.raises(FormatError) as refused:
        sign_jcs(document, KEY, verification_method=METHOD, created=ISSUED, options={"previousProof": "urn:uuid:1"})
    assert refused.value.code == "proof.chain"


def test_an_appended_context_is_left_to_the_verdict() -> None:
    """§3.3.2: the document's contexts may start with those of the proof; `verifier.checks.form.context` refuses more."""
    document = sign_jcs(modern(), KEY, verification_method=METHOD, created=ISSUED)
    document["@context"] = [*document["@context"], "https://www.w3.org/ns/did/v1"]
    assert check(document) is Outcome.VALID
    document["@context"] = document["@context"][1:]
    assert check(document) is Outcome.ALTERED


@pytest.fixture(scope="module")
def worker() -> Iterator[Canonicaliser]:
    canonicaliser = Canonicaliser(seconds=20)
    yield canonicaliser
    canonicaliser.close()


def with_member(name: str, value: Any) -> dict[str, Any]:
    return {**old_form(), name: value}


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (with_member("undefinedTerm", "unsigned words"), Refusal.UNSIGNED_TERMS),
        (with_member("@undefined", "unsigned words"), Refusal.UNSIGNED_TERMS),
        (with_member("id", "not an absolute identifier"), Refusal.UNSIGNED_TERMS),
        (with_member("issuer", "relative"), Refusal.UNSIGNED_TERMS),
        (with_member("type", ["VerifiableCredential", "UndefinedType"]), Refusal.UNSIGNED_TERMS),
        (with_member("credentialSubject", {"id": HOLDER, "hidden": "unsigned words"}), Refusal.UNSIGNED_TERMS),
        (with_member("@context", [CREDENTIALS_V1, "https://context.example/never-answers/v1"]), Refusal.UNKNOWN_CONTEXT),
        (with_member("@context", [CREDENTIALS_V2, {"name": "https://evil.example/name"}]), Refusal.MALFORMED),
        (with_member("@context", 7), Refusal.MALFORMED),
        (with_member("@type", {"@value": 3}), Refusal.MALFORMED),
        ("text", Refusal.MALFORMED),
    ],
)
def test_nothing_is_dropped_in_silence(worker: Canonicaliser, document: Any, refusal: Refusal) -> None:
    assert worker.canonical([document]) is refusal


def test_a_document_that_wants_too_much_memory_is_refused() -> None:
    small = Canonicaliser(memory_bytes=160 * 1024 * 1024, seconds=30)
    try:
        assert small.canonical([with_member("id", "urn:" + "x" * 40_000_000)]) is Refusal.TOO_COSTLY
        assert small.canonical([{"@id": "urn:a", "urn:b": "c"}]) == ['<urn:a> <urn:b> "c" .\n']
    finally:
        small.close()


def test_signing_what_cannot_be_canonicalised_says_why(worker: Canonicaliser) -> None:
    with pytest.raises(FormatError) as refused:
        sign_rdfc(with_member("undefinedTerm", "x"), KEY, verification_method=METHOD, created=ISSUED, worker=worker)
    assert (refused.value.code, refused.value.hint) == ("rdfc.refused", "The reason is unsigned terms.")

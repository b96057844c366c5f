"""The trust list: read strictly, signed by the publisher that was decided on, never going back."""

import copy
import json
from typing import Any

import pytest

from schemas.errors import ConfigError, MedcredError, RefusedError
from schemas.keys import did_key_method
from tests.verifier.world import (
    AT,
    HK,
    HOLDER,
    HOLDER_KEY,
    ISSUED,
    LOG_KEY,
    PUBLISHER,
    PUBLISHER_KEY,
    WITNESS_KEY,
    trust_document,
    trust_issuer,
    unsigned_trust,
)
from verifier.identity.json_lines import line_of
from verifier.identity.lei import read_record
from verifier.identity.trust import TrustList
from verifier.identity.trusted import TrustedLei
from verifier.proofs import sign_jcs

from .test_lei import resource


def parse(document: Any, **how: Any) -> TrustList:
    return TrustList.parse(document, publisher=PUBLISHER, **how)


def refused(document: Any, **how: Any) -> MedcredError:
    with pytest.raises(MedcredError) as error:
        parse(document, **how)
    return error.value


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    """A list with one value changed, signed again by its publisher."""
    document = copy.deepcopy(unsigned_trust())
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return sign_jcs(document, PUBLISHER_KEY, verification_method=did_key_method(PUBLISHER), created=AT)


def test_a_good_list_in_every_form() -> None:
    document = trust_document()
    trust = parse(document)
    assert parse(json.dumps(document)) == parse(json.dumps(document).encode()) == trust
    assert trust.issuer(HK)
    assert trust.issuer("did:web:elsewhere.example") is None
    assert trust.log_keys == (LOG_KEY.verifier_key,)
    assert trust.witness_keys == (WITNESS_KEY.verifier_key,)
    assert trust.unsigned() == {name: value for name, value in document.items() if name != "proof"}


def test_an_lei_record_becomes_part_of_a_list() -> None:
    part = TrustedLei.of(read_record(resource(), as_of=AT)).model_dump(mode="json", by_alias=True)
    issuer = trust_issuer(leiRecord=part)
    trust = parse(changed(["issuers"], [issuer]))
    assert trust.issuers[0].lei_record.other_names[0].value == "維港示範醫院"
    assert trust.issuers[0].lei_record.as_of == AT


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["type"], "List", "type"),
        (["version"], "2", "version"),
        (["sequence"], 0, "sequence"),
        (["sequence"], "7", "sequence"),
        (["issuedAt"], "today", "issuedAt"),
        (["issuedAt"], "2026-11-24T15:00:00", "issuedAt"),
        (["expiresAt"], "2020-01-01T00:00:00Z", "its top"),
        (["publisher"], "did:web:registrar.example", "publisher"),
        (["witnessQuorum"], 5, "its top"),
        (["note"], "unknown member", "note"),
        (["issuers", 0, "did"], "did:sov:abc", "issuers[0].did"),
        (["issuers", 0, "lei"], "984500HKTESTHOSP0165", "issuers[0].lei"),
        (["issuers", 0, "jurisdiction"], "Hong Kong", "issuers[0].jurisdiction"),
        (["issuers", 0, "state"], "trusted", "issuers[0].state"),
        (["issuers", 0, "types", 0], "LibraryCard", "issuers[0].types[0]"),
        (["issuers", 0, "bound_from"], "2026-01-01T00:00:00Z", "issuers[0].bound_from"),
        (["issuers", 0, "keys", 0, "publicKeyMultibase"], "z6MkWrong", "issuers[0].keys[0].publicKeyMultibase"),
        (["issuers", 0, "keys", 0, "id"], "did:web:elsewhere.example#key-1", "issuers[0]"),
        (["issuers", 0, "keys", 1, "id"], f"{HK}#key-0", "issuers[0]"),
        (["issuers", 0, "leiRecord", "legalName"], "", "issuers[0].leiRecord.legalName"),
        (["issuers", 1, "did"], HK, "issuers[1]"),
        (["logs", 0, "verifierKey"], str(WITNESS_KEY.verifier_key), "logs[0].verifierKey"),
        (["logs", 0, "verifierKey"], "text", "logs[0].verifierKey"),
        (["logs", 0, "origin"], "elsewhere", "logs[0]"),
        (["witnesses", 0, "verifierKey"], str(LOG_KEY.verifier_key), "witnesses[0].verifierKey"),
        (["witnesses", 0, "name"], "elsewhere", "witnesses[0]"),
    ],
)
def test_every_fault_is_named_with_its_place(path: list[str | int], value: Any, where: str) -> None:
    error = refused(changed(path, value))
    assert isinstance(error, ConfigError)
    assert error.code == "trust.malformed"
    assert f" at {where}:" in error.message


VLEI = {
    "road": "vlei",
    "aid": "E" + "a" * 43,
    "credential": "E" + "b" * 43,
    "binding": "E" + "c" * 43,
    "stream": "https://hospital.example/vlei.cesr",
    "checkedAt": "2026-11-24T15:00:00Z",
}
CERTIFICATE = {
    "road": "certificate",
    "sha256": "0" * 64,
    "notAfter": "2027-11-24T15:00:00Z",
    "chain": "https://hospital.example/chain.pem",
    "checkedAt": "2026-11-24T15:00:00Z",
}
ROOTS = [
    {"road": "vlei", "aid": "E" + "d" * 43, "name": "Rehearsal root"},
    {"road": "certificate", "certificate": "MIIB", "name": "Test CA"},
]


def test_roads_and_roots_are_carried_as_they_are() -> None:
    document = changed(["issuers"], [trust_issuer(identity=[VLEI, CERTIFICATE])])
    trust = parse(document)
    assert [proof.road for proof in trust.issuers[0].identity] == ["vlei", "certificate"]
    assert trust.unsigned() == {name: value for name, value in document.items() if name != "proof"}
    assert [root.road for root in parse(changed(["roots"], ROOTS)).roots] == ["vlei", "certificate"]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["roots"], [{"road": "word of mouth", "name": "x"}], "roots[0]"),
        (["roots"], [ROOTS[0] | {"aid": "E123"}], "roots[0].aid"),
        (["roots"], [ROOTS[1] | {"certificate": "-----BEGIN"}], "roots[0].certificate"),
        (["roots"], [ROOTS[0] | {"certificate": "MIIB"}], "roots[0].certificate"),
        (["issuers", 0, "identity"], [VLEI | {"binding": "BAD"}], "issuers[0].identity[0].binding"),
        (["issuers", 0, "identity"], [VLEI | {"stream": "file:///etc/passwd"}], "issuers[0].identity[0].stream"),
        (["issuers", 0, "identity"], [CERTIFICATE | {"sha256": "0" * 63}], "issuers[0].identity[0].sha256"),
        (["issuers", 0, "identity"], [CERTIFICATE | {"checkedAt": "yesterday"}], "issuers[0].identity[0].checkedAt"),
    ],
)
def test_faults_of_roads_and_roots(path: list[str | int], value: Any, where: str) -> None:
    error = refused(changed(path, value))
    assert error.code == "trust.malformed"
    assert f" at {where}:" in error.message


def test_the_line_of_a_fault() -> None:
    text = json.dumps(changed(["issuers", 1, "lei"], "wrong"), indent=2, ensure_ascii=False)
    error = refused(text, file="trust.json")
    assert isinstance(error, ConfigError)
    assert error.file == "trust.json"
    assert '"lei": "wrong"' in text.splitlines()[error.line - 1]


def test_a_file_that_is_no_json_says_the_line() -> None:
    error = refused('{\n "type": "MedcredTrustList",\n oops\n}', file="trust.json")
    assert isinstance(error, ConfigError)
    assert error.line == 3
    assert refused("[]").code == refused('{"type": 1, "type": 2}').code == "trust.malformed"


def test_lines_of_paths() -> None:
    text = '{\n "a": [1,\n  {"b": "x",\n   "c": 3}],\n "d": {}\n}'
    assert [line_of(text, path) for path in (["a"], ["a", 1], ["a", 1, "c"], ["d"], ["a", 9], ["zz"], [])] == [
        2,
        3,
        4,
        5,
        2,
        1,
        1,
    ]


def test_another_publisher() -> None:
    assert refused_by(HOLDER).code == "trust.publisher"
    forged = sign_jcs(unsigned_trust(), HOLDER_KEY, verification_method=did_key_method(HOLDER), created=AT)
    assert refused(forged).code == "trust.signature"


def refused_by(publisher: str) -> MedcredError:
    with pytest.raises(RefusedError) as error:
        TrustList.parse(trust_document(), publisher=publisher)
    return error.value


@pytest.mark.parametrize("change", ["value", "purpose", "none", "two", "later word"])
def test_the_signature_must_hold(change: str) -> None:
    document = trust_document()
    if change == "value":
        document["expiresAt"] = "2099-01-01T00:00:00Z"
    elif change == "purpose":
        method = did_key_method(PUBLISHER)
        document = sign_jcs(unsigned_trust(), PUBLISHER_KEY, verification_method=method, created=AT, purpose="authentication")
    elif change == "none":
        del document["proof"]
    elif change == "two":
        document["proof"] = [document["proof"], document["proof"]]
    else:
        document["issuers"][0]["types"] = []
    assert refused(document).code == "trust.signature"


def test_a_list_never_goes_back() -> None:
    newest = parse(trust_document(sequence=9))
    assert parse(trust_document(sequence=9), newest=newest) == newest
    assert parse(trust_document(sequence=10), newest=newest).sequence == 10
    assert refused(trust_document(sequence=8), newest=newest).code == "trust.sequence"
    assert refused(trust_document(sequence=9, witnessQuorum=0), newest=newest).code == "trust.sequence"


def test_a_list_past_its_date_still_parses() -> None:
    assert parse(trust_document(issuedAt="2020-01-01T00:00:00Z", expiresAt="2020-02-01T00:00:00Z")).expires_at < ISSUED

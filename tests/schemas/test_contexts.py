"""Our JSON-LD context: every term of every credential is defined, nothing clashes, and a signature over RDF notices changes."""

import copy
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld
from pyld.documentloader.frozen import BUNDLED_CONTEXTS, FrozenDocumentLoader

from schemas import samples
from schemas.contexts import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    ED25519_2020_V1,
    MEDCRED_V1,
    PRESENTATION_SUBMISSION_V1,
    frozen_contexts,
    medcred_context,
)
from schemas.records import subject_model
from schemas.types import VOCABULARY, RecordType

type Json = dict[str, Any]
type Samples = dict[str, list[Json]]

RECEIPT = {
    "type": "LedgerReceipt",
    "driver": "tlog",
    "algorithm": "sha-256",
    "epoch": {"index": "3", "size": "9", "path": ["AAAA", "BBBB"]},
    "log": "c2sp.org/tlog-proof@v1\nindex 4\n",
}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2026-11-24T15:00:00Z",
    "verificationMethod": "did:web:example.org#key-1",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3FXQ",
}
# Parts that are one JSON literal in RDF: their members need no term.
LITERALS = {
    "Coding",
    "Concept",
    "Party",
    "PersonName",
    "Quantity",
    "ReferenceRange",
    "Span",
    "Strength",
    "Text",
    "Timing",
    "When",
}


def expand(document: Json, loader: FrozenDocumentLoader) -> tuple[Json, list[str]]:
    """The expanded document, and the terms that expansion dropped because no context defines them."""
    dropped: list[str] = []
    expanded = jsonld.expand(document, {"documentLoader": loader}, on_property_dropped=dropped.append)
    return expanded[0], dropped


def n_quads(document: Json, loader: FrozenDocumentLoader) -> str:
    settings = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    return str(jsonld.normalize(document, settings))


def presentation(credentials: list[Json]) -> Json:
    return {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "type": ["VerifiablePresentation"],
        "holder": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "verifiableCredential": credentials,
        "termsOfUse": [
            {"type": "ShareGrant", "recipient": "clinic.example", "purpose": "treatment", "validUntil": "2026-11-24T16:00:00Z"}
        ],
        "proof": PROOF | {"proofPurpose": "authentication", "challenge": "c", "domain": "clinic.example"},
    }


def test_frozen_contexts_are_pylds_and_ours() -> None:
    contexts = frozen_contexts()
    assert set(contexts) == {*BUNDLED_CONTEXTS, MEDCRED_V1, PRESENTATION_SUBMISSION_V1}
    assert contexts[MEDCRED_V1] == medcred_context()
    assert all(contexts[url] == json.loads(path.read_text()) for url, path in BUNDLED_CONTEXTS.items())
    with pytest.raises(TypeError):
        contexts["https://example.org"] = {}  # type: ignore[index]


@pytest.mark.parametrize("name", samples.BUNDLES)
def test_no_term_of_a_credential_is_dropped(sample_credentials: Samples, loader: FrozenDocumentLoader, name: str) -> None:
    for credential in sample_credentials[name]:
        expanded, dropped = expand(credential | {"proof": [PROOF, RECEIPT]}, loader)
        assert dropped == []
        assert VOCABULARY + credential["type"][1] in expanded["@type"]
        assert all(":" in key or key.startswith("@") for key in _keys(expanded))


def test_no_term_of_a_presentation_is_dropped(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    all_of_them = [credential | {"proof": [PROOF, RECEIPT]} for found in sample_credentials.values() for credential in found]
    expanded, dropped = expand(presentation(all_of_them), loader)
    assert dropped == []
    (grant,) = expanded["https://www.w3.org/2018/credentials#termsOfUse"]
    assert grant["@type"] == [f"{VOCABULARY}ShareGrant"]
    assert grant[f"{VOCABULARY}recipient"] == [{"@value": "clinic.example"}]
    assert grant[f"{VOCABULARY}validUntil"][0]["@type"] == "http://www.w3.org/2001/XMLSchema#dateTime"


def test_who_signs_is_a_key_with_a_role(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    signer = {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "role": "Medical Records Issuing Officer"}
    expanded, dropped = expand(sample_credentials[samples.ALLERGY][0] | {"signer": signer}, loader)
    assert dropped == []
    assert expanded[f"{VOCABULARY}signer"] == [{"@id": signer["id"], f"{VOCABULARY}role": [{"@value": signer["role"]}]}]


def test_the_detector_sees_a_term_nobody_defined(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    credential = copy.deepcopy(sample_credentials[samples.IMMUNISATION][0])
    credential["credentialSubject"]["record"]["doses"][0]["invented"] = "x"
    assert expand(credential, loader)[1] == ["invented"]


def test_the_receipt_is_one_opaque_member(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    expanded, _ = expand(sample_credentials[samples.ALLERGY][0] | {"proof": [PROOF, RECEIPT]}, loader)
    _, graph = expanded["https://w3id.org/security#proof"]
    receipt = graph["@graph"][0]
    assert receipt[f"{VOCABULARY}epoch"] == [{"@type": "@json", "@value": RECEIPT["epoch"]}]


@pytest.mark.parametrize("record_type", RecordType)
def test_every_member_of_every_model_has_its_own_term(record_type: RecordType) -> None:
    terms = medcred_context()["@context"]
    for name, member, schema in _members(subject_model(record_type).model_json_schema(by_alias=True)):
        if member == "type":
            assert terms[schema["const"]] == VOCABULARY + schema["const"], f"{name}.{member}"
        elif member != "id":
            term = terms[member]
            assert (term if isinstance(term, str) else term["@id"]) == VOCABULARY + member, f"{name}.{member}"
            literal, ordered = _kind(schema)
            assert isinstance(term, dict) == (literal or ordered or member == "resource"), f"{name}.{member}"
            assert not literal or term["@type"] == "@json"
            assert literal or not ordered or term["@container"] == "@list"


def test_no_term_is_there_twice_or_in_vain() -> None:
    terms = medcred_context()["@context"]
    used = {"id", "type", "@protected", "fingerprint", "SaltedFingerprint", "signer", "LedgerReceipt", "ShareGrant", *RecordType}
    for record_type in RecordType:
        for _, member, schema in _members(subject_model(record_type).model_json_schema(by_alias=True)):
            used.add(schema["const"] if member == "type" else member)
    assert set(terms) == used
    targets = [term if isinstance(term, str) else term["@id"] for name, term in terms.items() if name != "@protected"]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize("url", [CREDENTIALS_V1, CREDENTIALS_V2, ED25519_2020_V1])
def test_no_term_is_one_that_a_w3c_context_defines(url: str) -> None:
    assert set(medcred_context()["@context"]) & _terms(frozen_contexts()[url]["@context"]) <= {"id", "type", "@protected"}


@pytest.mark.parametrize(
    "contexts", [[CREDENTIALS_V2, MEDCRED_V1, ED25519_2020_V1], [CREDENTIALS_V1, MEDCRED_V1], [MEDCRED_V1, CREDENTIALS_V2]]
)
def test_our_context_stands_beside_others(loader: FrozenDocumentLoader, sample_credentials: Samples, contexts: list[str]) -> None:
    subject = sample_credentials[samples.LABORATORY_REPORT][0]["credentialSubject"]
    document = {
        "@context": contexts,
        "type": ["VerifiableCredential", "LaboratoryReportCredential"],
        "issuer": "did:key:z6Mk",
        "credentialSubject": subject,
        "proof": PROOF | {"type": "Ed25519Signature2020"},
    }
    del document["proof"]["cryptosuite"]
    if CREDENTIALS_V2 in contexts and ED25519_2020_V1 not in contexts:
        del document["proof"]
    assert [term for term in expand(document, loader)[1] if term not in PROOF] == []


@pytest.mark.parametrize("name", samples.BUNDLES)
def test_eddsa_rdfc_signs_and_notices_changes(sample_credentials: Samples, loader: FrozenDocumentLoader, name: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    options = {name: value for name, value in PROOF.items() if name != "proofValue"} | {"cryptosuite": "eddsa-rdfc-2022"}

    def to_sign(credential: Json) -> bytes:
        proof = options | {"@context": credential["@context"]}
        return b"".join(hashlib.sha256(n_quads(part, loader).encode()).digest() for part in (proof, credential))

    for credential in sample_credentials[name]:
        signature = key.sign(to_sign(credential))
        key.public_key().verify(signature, to_sign(copy.deepcopy(credential)))
        for altered in _altered(credential):
            with pytest.raises(InvalidSignature):
                key.public_key().verify(signature, to_sign(altered))


def test_results_that_change_places_are_another_document(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    credential = sample_credentials[samples.LABORATORY_REPORT][0]
    turned = copy.deepcopy(credential)
    turned["credentialSubject"]["record"]["results"].reverse()
    assert n_quads(credential, loader) != n_quads(turned, loader)


def _altered(credential: Json) -> Iterator[Json]:
    """The credential with one text changed, for a selection of its texts."""
    paths = list(_texts(credential["credentialSubject"], ("credentialSubject",)))
    for path in paths[:: max(1, len(paths) // 12)]:
        altered: Any = copy.deepcopy(credential)
        place = altered
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] += "x"
        yield altered


def _texts(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in {"type", "id", "@language"}:
                yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
    elif isinstance(value, str):
        yield path


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if value.get("@type") != "@json":
                yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _members(schema: Json) -> Iterator[tuple[str, str, Json]]:
    for name, part in [("Subject", schema), *schema["$defs"].items()]:
        if name not in LITERALS:
            for member, inner in part["properties"].items():
                yield name, member, inner


def _kind(schema: Json) -> tuple[bool, bool]:
    """Whether a member is a literal part, and whether it is an array."""
    text = json.dumps(schema)
    return any(f'/{name}"' in text for name in LITERALS), schema.get("type") == "array"


def _terms(context: Any) -> set[str]:
    """Every term of a context, also of the contexts inside it."""
    found: set[str] = set()
    if isinstance(context, dict):
        for name, term in context.items():
            found.add(name)
            if isinstance(term, dict) and isinstance(term.get("@context"), dict):
                found |= _terms(term["@context"])
    return found


def test_the_graph_of_a_credential_stays_small(sample_credentials: Samples, loader: FrozenDocumentLoader) -> None:
    """Parts without meaning of their own are literals, not blank nodes, or canonicalisation takes seconds."""
    counts = [n_quads(credential, loader).count("\n") for found in sample_credentials.values() for credential in found]
    assert max(counts) < 400

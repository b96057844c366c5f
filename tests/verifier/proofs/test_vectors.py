"""The W3C test vectors of VC-DI-EdDSA and RFC 8785, reproduced byte for byte."""

import hashlib
import json
import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.canonical import canonicalize
from schemas.keys import decode_multikey
from verifier.proofs import Outcome, check_proof, proofs_of, sign_2020, sign_jcs, sign_rdfc, without_proof
from verifier.proofs.canonicaliser import Canonicaliser, Refusal
from verifier.proofs.members import previous_proofs

pytestmark = pytest.mark.independent

CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
LATER = datetime(2023, 2, 26, 22, 6, 38, tzinfo=UTC)
LAST = datetime(2023, 2, 26, 22, 16, 38, tzinfo=UTC)


@pytest.fixture(scope="module")
def vectors(independent_data: Path) -> Path:
    return independent_data / "vc" / "eddsa"


@pytest.fixture(scope="module")
def worker(independent_data: Path) -> Iterator[Canonicaliser]:
    """A worker that knows the contexts of the vectors."""
    folder = independent_data / "vc" / "contexts"
    index = json.loads((folder / "index.json").read_text())
    contexts = {url: json.loads((folder / entry["file"]).read_text()) for url, entry in index.items() if url != "_"}
    canonicaliser = Canonicaliser(contexts=contexts, seconds=30)
    yield canonicaliser
    canonicaliser.close()


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def private(pair: dict[str, str]) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base58.b58decode(pair["privateKeyMultibase"][1:])[2:])


def method(pair: dict[str, str]) -> str:
    return f"did:key:{pair['publicKeyMultibase']}#{pair['publicKeyMultibase']}"


def public(proof: dict[str, Any]) -> bytes:
    return decode_multikey(proof["verificationMethod"].partition("#")[2])


def test_eddsa_jcs_2022(vectors: Path) -> None:
    pair, signed = read(vectors / "keyPair.json"), read(vectors / "eddsa-jcs-2022" / "signedJCS.json")
    made = sign_jcs(read(vectors / "unsigned.json"), private(pair), verification_method=method(pair), created=CREATED)
    assert made == signed
    assert check_proof(signed, signed["proof"], decode_multikey(pair["publicKeyMultibase"])) is Outcome.VALID
    canonical = (vectors / "eddsa-jcs-2022" / "canonDocJCS.txt").read_text()
    assert canonicalize(without_proof(signed), plain=True).decode() == canonical
    assert hashlib.sha256(canonical.encode()).hexdigest() == (vectors / "eddsa-jcs-2022" / "docHashJCS.txt").read_text().strip()


def test_eddsa_rdfc_2022(vectors: Path, worker: Canonicaliser) -> None:
    pair, signed = read(vectors / "keyPair.json"), read(vectors / "eddsa-rdfc-2022" / "signedDataInt.json")
    unsigned = read(vectors / "unsigned.json")
    made = sign_rdfc(unsigned, private(pair), verification_method=method(pair), created=CREATED, worker=worker)
    assert made == signed
    assert check_proof(signed, signed["proof"], public(signed["proof"]), worker=worker) is Outcome.VALID
    assert worker.canonical([unsigned]) == [(vectors / "eddsa-rdfc-2022" / "canonDocDataInt.txt").read_text()]


def test_eddsa_rdfc_2022_of_an_employment_document_as_far_as_its_context_is_there(vectors: Path, worker: Canonicaliser) -> None:
    """Its vocabulary (citizenship/v4rc1) is not among the data: the document is refused, hashes and signature are checked."""
    folder = vectors / "eddsa-rdfc-2022" / "employ"
    signed = read(folder / "signedDataInt.json")
    assert check_proof(signed, signed["proof"], public(signed["proof"]), worker=worker) is Outcome.UNKNOWN_CONTEXT
    texts = [(folder / name).read_bytes() for name in ("proofCanonDataInt.txt", "canonDocDataInt.txt")]
    message = b"".join(hashlib.sha256(text).digest() for text in texts)
    assert message.hex() == (folder / "combinedHashDataInt.txt").read_text().strip()
    signature = base58.b58decode(signed["proof"]["proofValue"][1:])
    Ed25519PublicKey.from_public_bytes(public(signed["proof"])).verify(signature, message)


def test_ed25519_signature_2020(vectors: Path, worker: Canonicaliser) -> None:
    pair, signed = read(vectors / "keyPair.json"), read(vectors / "Ed25519Signature2020" / "signedEdSig.json")
    made = sign_2020(without_proof(signed), private(pair), verification_method=method(pair), created=CREATED, worker=worker)
    assert made == signed
    assert check_proof(signed, signed["proof"], public(signed["proof"]), worker=worker) is Outcome.VALID


def test_a_proof_set(vectors: Path, worker: Canonicaliser) -> None:
    folder = vectors / "proof-set-chain"
    pairs, document = read(folder / "multiKeyPairs.json"), read(folder / "unsigned.json")
    for number, name in ((1, "keyPair1"), (2, "keyPair2")):
        identifier = read(folder / f"proofSetConfig{number}.json")["id"]
        pair = pairs[name]
        how = {"verification_method": method(pair), "created": CREATED, "options": {"id": identifier}, "worker": worker}
        document = sign_rdfc(document, private(pair), **how)
    signed = read(folder / "signedProofSet2.json")
    assert document == signed
    assert all(check_proof(signed, proof, public(proof), worker=worker) is Outcome.VALID for proof in proofs_of(signed))


def test_a_proof_chain(vectors: Path, worker: Canonicaliser) -> None:
    folder = vectors / "proof-set-chain"
    pairs, document = read(folder / "multiKeyPairs.json"), read(folder / "signedProofSet2.json")
    for number, name, created in ((1, "keyPair3", LATER), (2, "keyPair4", LAST)):
        configuration = read(folder / f"proofChainConfig{number}.json")
        options = {key: configuration[key] for key in ("id", "previousProof") if key in configuration}
        pair = pairs[name]
        document = sign_rdfc(
            document, private(pair), verification_method=method(pair), created=created, options=options, worker=worker
        )
    signed = read(folder / "signedProofChain2.json")
    assert document == signed
    for proof in proofs_of(signed):
        assert check_proof(signed, proof, public(proof), worker=worker) is Outcome.VALID
    last = proofs_of(signed)[-1]
    expected = {**without_proof(signed), "proof": previous_proofs(last, proofs_of(signed))}
    assert expected == read(folder / "proofChainTempDoc2.json")
    # A chained proof falls with the proof it is made over.
    signed["proof"][2]["created"] = "2023-02-26T22:06:39Z"
    assert check_proof(signed, last, public(last), worker=worker) is Outcome.ALTERED


def test_rfc8785_documents_and_numbers(independent_data: Path) -> None:
    folder = independent_data / "vc" / "rfc8785"
    names = sorted(path.name for path in (folder / "input").iterdir())
    assert len(names) == 6
    for name in names:
        value = json.loads((folder / "input" / name).read_text())
        canonical = canonicalize(value)
        assert canonical.decode() == (folder / "output" / name).read_text().rstrip("\n")
        hexadecimal = (folder / "outhex" / name.replace(".json", ".txt")).read_text()
        assert canonical == bytes.fromhex("".join(hexadecimal.split()))


def test_rfc8785_numbers(independent_data: Path) -> None:
    numbers = read(independent_data / "vc" / "rfc8785" / "numbers.json")
    written = {entry["ieee754_hex"]: entry["expected"] for entry in numbers if entry["expected"] not in (None, "NaN", "Infinity")}
    assert len(written) >= 20
    for hexadecimal, expected in written.items():
        value = struct.unpack(">d", bytes.fromhex(hexadecimal))[0]
        if math.isfinite(value):
            assert canonicalize([value]).decode() == f"[{expected}]", hexadecimal


def test_the_poison_graph_is_refused_in_bounded_time(independent_data: Path) -> None:
    """RDFC-1.0 test074: a clique of ten blank nodes, which would keep the canonicaliser busy for hours."""
    document = poison((independent_data / "vc" / "rdfc" / "test074-in.nq").read_text())
    canonicaliser = Canonicaliser(seconds=2)
    try:
        assert canonicaliser.canonical([document]) is Refusal.TOO_COSTLY
        # The next document gets a new worker.
        assert canonicaliser.canonical([{"@id": "urn:a", "urn:b": "c"}]) == ['<urn:a> <urn:b> "c" .\n']
    finally:
        canonicaliser.close()


def poison(quads: str) -> list[dict[str, Any]]:
    """N-Quads of blank nodes and one predicate as expanded JSON-LD."""
    nodes: dict[str, dict[str, Any]] = {}
    for line in quads.splitlines():
        subject, predicate, target = line.split()[:3]
        node = nodes.setdefault(subject, {"@id": subject})
        node.setdefault(predicate.strip("<>"), []).append({"@id": target})
    return list(nodes.values())

"""The fingerprint: its definition, its refusals, and what it covers."""

import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.algorithms import Algorithm, hash_constructor
from ledger.commitment import Commitment, commit, commit_stream, credential_commitment
from ledger.encoding import encode_multibase
from schemas.canonical import canonicalize
from schemas.errors import FormatError, MedcredError

SALT = bytes(range(16))


def credential(**changes: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:5d1f2c7e-0000-4000-8000-000000000001",
        "fingerprint": {"type": "SaltedFingerprint", "algorithm": "sha-256", "salt": encode_multibase(SALT)},
        "credentialSubject": {"id": "did:key:zSubject", "value": "36.6"},
        "proof": [{"type": "DataIntegrityProof", "proofValue": "zFirst"}],
    } | changes


def test_definition_written_out() -> None:
    message = b"ddtp-commit-v1" + b"application/pdf" + b"%PDF-1.7"
    assert commit(SALT, "application/pdf", b"%PDF-1.7") == hmac.digest(SALT, message, "sha256")
    assert commit(SALT, "application/pdf", b"%PDF-1.7", "sm3") == hmac.digest(SALT, message, "sm3")


@pytest.mark.parametrize("content", [b"text", b";text", b"+json", b"-", b"0", b"!"])
def test_the_media_type_ends_where_text_begins(content: bytes) -> None:
    message = b"ddtp-commit-v1" + b"text/plain" + b";" + content
    assert commit(SALT, "text/plain", content) == hmac.digest(SALT, message, "sha256")
    assert commit_stream(SALT, "text/plain", io.BytesIO(content)) == commit(SALT, "text/plain", content)


@pytest.mark.parametrize("content", [b"", b"{}", b"%PDF", b"\x00", b"/a", b" a", b"A", b"\xff", "文".encode()])
def test_other_content_follows_at_once(content: bytes) -> None:
    assert commit(SALT, "text/plain", content) == hmac.digest(SALT, b"ddtp-commit-v1text/plain" + content, "sha256")


def test_no_two_pairs_of_media_type_and_content_are_one_message() -> None:
    """Every way of cutting the same characters in two gives another commitment."""
    characters = b"application/vc+sd-jwt;;{}"
    first = characters.index(b"/") + 2
    cuts = [(characters[:end].decode(), characters[end:]) for end in range(first, len(characters) + 1)]
    pairs = [(media_type, content) for media_type, content in cuts if ";" not in media_type]
    pairs += [(media_type, content[1:]) for media_type, content in pairs if content.startswith(b";")]
    pairs += [(media_type, b";" + content) for media_type, content in pairs]
    distinct = set(pairs)
    assert len({commit(SALT, media_type, content) for media_type, content in distinct}) == len(distinct) == 19


def test_fixed_values() -> None:
    """Changing one of these breaks every receipt ever given."""
    assert commit(SALT, "application/vc", b"{}").hex() == VALUES["sha-256"]
    assert commit(SALT, "application/vc", b"{}", "sm3").hex() == VALUES["sm3"]


VALUES = {
    "sha-256": "48d7d01fbebc129525cbb830da2c5a3243d6d0190063f153ee7cef1441ea1a4f",
    "sm3": "24fd807641f8462edf2b93154acf2af8375ba384c3a510677ac7366b1f60cd7d",
}


def test_a_stream_is_the_same_as_its_bytes() -> None:
    content = b"\x00DICM" * 500_000
    assert commit_stream(SALT, "application/dicom", io.BytesIO(content)) == commit(SALT, "application/dicom", content)


def test_a_stream_is_read_in_bounded_pieces() -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size > 0
            Counting.largest = max(Counting.largest, size)
            return super().read(size)

    commit_stream(SALT, "application/dicom", Counting(bytes(3_000_000)))
    assert 0 < Counting.largest <= 2**20


@pytest.mark.parametrize("salt", [b"", bytes(15), bytes(65)])
def test_bad_salts_are_refused(salt: bytes) -> None:
    with pytest.raises(FormatError) as refusal:
        commit(salt, "application/pdf", b"")
    assert refusal.value.code == "commitment.salt"


@pytest.mark.parametrize("media_type", ["", "pdf", "Application/PDF", "text/plain; charset=utf-8", "a/b/c", "a/ b", "a/b\n"])
def test_bad_media_types_are_refused(media_type: str) -> None:
    with pytest.raises(FormatError) as refusal:
        commit(SALT, media_type, b"")
    assert refusal.value.code == "commitment.media_type"


@pytest.mark.parametrize("algorithm", ["", "SHA-256", "sha256", "md5", "sha-512"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    with pytest.raises(FormatError) as refusal:
        commit(SALT, "application/pdf", b"", algorithm)
    assert refusal.value.code == "hash.unknown"


def test_a_credential_is_covered_whole_but_for_its_proofs() -> None:
    content = {name: value for name, value in credential().items() if name != "proof"}
    expected = commit(SALT, "application/vc", canonicalize(content))
    assert credential_commitment(credential()) == Commitment(Algorithm.SHA_256, expected)
    assert credential_commitment(credential(proof=[])) == credential_commitment(credential())
    assert credential_commitment(content) == credential_commitment(credential())


@pytest.mark.parametrize(
    "change",
    [
        {"id": "urn:uuid:5d1f2c7e-0000-4000-8000-000000000002"},
        {"credentialSubject": {"id": "did:key:zOther", "value": "36.6"}},
        {"credentialSubject": {"id": "did:key:zSubject", "value": "36.7"}},
        {"fingerprint": {"type": "SaltedFingerprint", "algorithm": "sm3", "salt": encode_multibase(SALT)}},
        {"fingerprint": {"type": "SaltedFingerprint", "algorithm": "sha-256", "salt": encode_multibase(SALT + b"1")}},
        {"added": "later"},
    ],
)
def test_any_change_changes_the_commitment(change: dict[str, Any]) -> None:
    assert credential_commitment(credential(**change)).digest != credential_commitment(credential()).digest


def test_member_order_does_not_matter() -> None:
    backwards = dict(reversed(credential().items()))
    assert json.dumps(backwards) != json.dumps(credential())
    assert credential_commitment(backwards) == credential_commitment(credential())


GOOD = {"type": "SaltedFingerprint", "algorithm": "sha-256", "salt": encode_multibase(SALT)}


@pytest.mark.parametrize(
    ("fingerprint", "code"),
    [
        (None, "fingerprint.malformed"),
        ([GOOD], "fingerprint.malformed"),
        ("SaltedFingerprint", "fingerprint.malformed"),
        ({}, "fingerprint.malformed"),
        (GOOD | {"type": ["SaltedFingerprint"]}, "fingerprint.malformed"),
        (GOOD | {"extra": "1"}, "fingerprint.malformed"),
        ({"type": "SaltedFingerprint", "algorithm": "sha-256"}, "fingerprint.malformed"),
        (GOOD | {"algorithm": "sha-1"}, "hash.unknown"),
        (GOOD | {"algorithm": ["sha-256"]}, "hash.unknown"),
        (GOOD | {"salt": 5}, "fingerprint.salt"),
        (GOOD | {"salt": "AAAAAAAAAAAAAAAAAAAAAA"}, "fingerprint.salt"),
        (GOOD | {"salt": "uAAAAAAAAAAAAAAAAAAAAAA=="}, "fingerprint.salt"),
        (GOOD | {"salt": encode_multibase(bytes(15))}, "fingerprint.salt"),
        (GOOD | {"salt": encode_multibase(bytes(65))}, "fingerprint.salt"),
        (GOOD | {"salt": "uAAAAAAAAAAAAAAAAAAAAAB"}, "fingerprint.salt"),
    ],
)
def test_other_fingerprints_are_refused(fingerprint: object, code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        credential_commitment(credential(fingerprint=fingerprint))
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [2**60, float("nan"), "\ud800", {1: "number as name"}])
def test_content_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(FormatError) as refusal:
        credential_commitment(credential(value=value))
    assert refusal.value.code == "json.not_canonical"


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(FormatError):
        credential_commitment(document)


@pytest.mark.parametrize("algorithm", ["sha-256", "sm3"])
def test_text_form_comes_back(algorithm: str) -> None:
    commitment = Commitment(Algorithm(algorithm), hashlib.sha256(b"x").digest())
    assert Commitment.parse(commitment.text()) == commitment


def test_text_form_is_a_multihash() -> None:
    digest = bytes(range(32))
    assert Commitment(Algorithm.SHA_256, digest).text() == encode_multibase(b"\x12\x20" + digest)
    assert Commitment(Algorithm.SM3, digest).text() == encode_multibase(b"\xcd\xa6\x01\x20" + digest)


@pytest.mark.parametrize(
    "text", ["", "u", "uEiA", 7, None, encode_multibase(b"\x12\x20" + bytes(31)), encode_multibase(b"\x13\x20" + bytes(32))]
)
def test_other_texts_are_refused(text: object) -> None:
    with pytest.raises(MedcredError):
        Commitment.parse(text)


def test_a_digest_of_another_length_is_refused() -> None:
    with pytest.raises(FormatError) as refusal:
        Commitment(Algorithm.SHA_256, bytes(31))
    assert refusal.value.code == "commitment.malformed"


@pytest.mark.independent
def test_hmac_sm3_agrees_with_wycheproof(independent_data: Path) -> None:
    """Our commitment is an HMAC with a prefix; the HMAC-SM3 under it must be everyone's."""
    groups = json.loads((independent_data / "sm" / "wycheproof" / "hmac_sm3_test.json").read_text())["testGroups"]
    whole = [(group, case) for group in groups if group["tagSize"] == 256 for case in group["tests"]]
    assert len(whole) > 50
    for _, case in whole:
        mac = hmac.new(bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]), hash_constructor(Algorithm.SM3))
        assert (mac.hexdigest() == case["tag"]) == (case["result"] == "valid")

"""`x5c` in a verification method and in a proof: the leaf's key, its LEI, and what a stranger may write there."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.errors import FormatError
from schemas.keys import encode_multikey
from tests.verifier.identity.x509.national import national_world
from tests.verifier.identity.x509.pki import AT, LEI, OTHER_LEI, World, rsa_key, world
from verifier.identity.x509.result import CertificateResult
from verifier.identity.x509.x5c import method_key, read_x5c, verify_x5c, write_x5c
from verifier.verdict import Word


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int | None = None) -> str:
    return text(value.to_bytes(size or (value.bit_length() + 7) // 8))


def jwk(key: Any) -> dict[str, Any]:
    public = key.public_key()
    if hasattr(public, "public_bytes_raw"):
        return {"kty": "OKP", "crv": "Ed25519", "x": text(public.public_bytes_raw())}
    numbers = public.public_numbers()
    if hasattr(numbers, "n"):
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}


def method(made: World, **more: Any) -> dict[str, Any]:
    return {"id": "did:web:hospital.example#key-1", "type": "JsonWebKey", "publicKeyJwk": {**jwk(made.hospital.key), **more}}


def judge(made: World, verification_method: dict[str, Any], proof: dict[str, Any], lei: str = LEI) -> CertificateResult | None:
    return verify_x5c(verification_method, proof, made.roots, at=AT, revocation=made.lists, expect_lei=lei, about="proof[0]")


@pytest.mark.parametrize("kind", ["P-256", "Ed25519", "RSA"])
def test_in_the_jwk_or_in_the_proof(kind: str) -> None:
    made = world(kind)
    chain = write_x5c(made.hospital.chain)
    for verification_method, proof in ((method(made, x5c=chain), {}), (method(made), {"x5c": chain})):
        judged = judge(made, verification_method, proof)
        assert judged
        assert (judged.verdict, judged.lei) == (Word.GENUINE, LEI)
        assert judged.check("key").reason == "certificate.key.ok"
        assert {check.about for check in judged.checks} == {"proof[0]"}


def test_a_multikey_method_and_a_chain_in_the_proof() -> None:
    made = world("Ed25519")
    public = made.hospital.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    verification_method = {"type": "Multikey", "publicKeyMultibase": encode_multikey(public)}
    judged = judge(made, verification_method, {"x5c": write_x5c(made.hospital.chain)})
    assert judged
    assert judged.verdict is Word.GENUINE


def test_an_sm2_key_in_a_jwk() -> None:
    made = national_world()
    point = made.keys[2].public_key.point
    key = {"kty": "EC", "crv": "SM2", "x": text(point[1:33]), "y": text(point[33:])}
    judged = verify_x5c(
        {"publicKeyJwk": key}, {"x5c": write_x5c(made.chain)}, [made.root], at=AT, revocation=made.lists(), expect_lei=LEI
    )
    assert judged
    assert (judged.verdict, judged.check("key").reason) == (Word.GENUINE, "certificate.key.ok")


def test_no_chain_is_no_answer() -> None:
    made = world()
    assert judge(made, method(made), {}) is None
    assert judge(made, {"publicKeyMultibase": "z6Mk"}, {}) is None


def test_the_proofs_own_chain_comes_first() -> None:
    made, other = world(), world()
    judged = judge(made, method(made, x5c=write_x5c(made.hospital.chain)), {"x5c": write_x5c(other.hospital.chain)})
    assert judged
    assert judged.check("key").reason == "certificate.key.other"


def test_another_hospitals_certificate_does_not_fit() -> None:
    made = world()
    judged = judge(made, method(made, x5c=write_x5c(made.hospital.chain)), {}, OTHER_LEI)
    assert judged
    assert (judged.verdict, judged.check("lei").reason) == (Word.NOT_GENUINE, "certificate.lei.other")


@pytest.mark.parametrize("value", [None, [], "AAAA", {}, [7], ["***"], ["-_-_"], ["A" * 200_000], ["AAAA"] * 11, [""], [None], 0])
def test_a_stranger_may_write_anything_as_x5c(value: Any) -> None:
    made = world()
    judged = judge(made, method(made), {"x5c": value})
    if value is None:
        assert judged is None
        return
    assert judged
    assert (judged.verdict, judged.checks[0].reason) == (Word.NOT_GENUINE, "certificate.form.malformed")
    assert judged.lei is None


@pytest.mark.parametrize(
    "key",
    [
        None,
        [],
        {},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": text(b"\x01" * 32), "y": text(b"\x01" * 32)},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "=" * 44},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 5000},
        {"kty": "RSA", "n": "AQAB", "e": "AQ"},
        {"kty": "oct", "k": "AAAA"},
    ],
)
def test_a_key_of_no_known_kind_is_doubt(key: Any) -> None:
    made = world()
    judged = judge(made, {"publicKeyJwk": key}, {"x5c": write_x5c(made.hospital.chain)})
    assert judged
    assert (judged.verdict, judged.check("key").reason) == (Word.COULD_NOT_CHECK, "certificate.key.unknown")
    with pytest.raises(FormatError) as caught:
        method_key({"publicKeyJwk": key})
    assert caught.value.code == "certificate.method_key"


def test_written_and_read_again() -> None:
    chain = world().hospital.chain
    assert read_x5c(write_x5c(chain)) == chain
    assert rsa_key().key_size == 2048

"""Keys to bind: thumbprints of both forms, and the statement that a did:key signs."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuer.vlei.binding import bound_jwk, bound_multikey, check_key_statement, key_statement
from schemas.errors import FormatError
from schemas.keys import did_key, did_key_method, encode_multikey
from tests.issuer.vlei.ecosystem import NOW
from verifier.proofs import sign_jcs

AID = "E" + "A" * 43
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
DID = did_key(KEY.public_key().public_bytes_raw())
METHOD = did_key_method(DID)


def signed(document: dict[str, Any], key: Ed25519PrivateKey = KEY, method: str = METHOD, **more: Any) -> dict[str, Any]:
    return sign_jcs(document, key, verification_method=method, created=NOW, **more)


def test_a_key_has_one_thumbprint_in_both_forms() -> None:
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert bound_multikey("did:web:a#1", encode_multikey(raw)) == bound_jwk(
        "did:web:a#1", {"kty": "OKP", "crv": "Ed25519", "x": x}
    )


def test_a_signed_statement_gives_the_key() -> None:
    public = encode_multikey(KEY.public_key().public_bytes_raw())
    assert check_key_statement(signed(key_statement(AID, DID)), AID) == bound_multikey(METHOD, public)


OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
OTHER_METHOD = did_key_method(did_key(OTHER.public_key().public_bytes_raw()))
GOOD = signed(key_statement(AID, DID))
WRONG: dict[str, dict[str, Any]] = {
    "unsigned": key_statement(AID, DID),
    "another AID": signed(key_statement("E" + "B" * 43, DID)),
    "altered": {**signed(key_statement("E" + "B" * 43, DID)), "aid": AID},
    "signed by another key": signed(key_statement(AID, DID), OTHER),
    "signed by another method": signed(key_statement(AID, DID), OTHER, OTHER_METHOD),
    "for another purpose": signed(key_statement(AID, DID), purpose="authentication"),
    "a member more": signed({**key_statement(AID, DID), "role": "anything"}),
    "two proofs": signed(GOOD, OTHER, OTHER_METHOD),
    "no did": signed({"type": "AidKeyStatement", "aid": AID, "id": 7}),
    "another suite": {**GOOD, "proof": {**GOOD["proof"], "cryptosuite": "eddsa-rdfc-2022"}},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_statement_that_does_not_hold(fault: str) -> None:
    with pytest.raises(FormatError) as error:
        check_key_statement(WRONG[fault], AID)
    assert error.value.code == "vlei.key_statement"


def test_a_statement_of_another_method_of_did() -> None:
    statement = signed(key_statement(AID, "did:web:hospital.example"), method="did:web:hospital.example#key-1")
    with pytest.raises(FormatError) as error:
        check_key_statement(statement, AID)
    assert error.value.code == "did.malformed"

"""Our ACDC schema: its SAID by two implementations, what it lets through, and thumbprints by the vectors of their standards."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft7Validator
from keri.core import scheming

from schemas.acdc import DID_BINDING_SAID, DID_BINDING_USAGE, did_binding_schema
from schemas.acdc.thumbprint import ed25519_thumbprint, jwk_thumbprint
from schemas.errors import FormatError
from verifier.identity.vlei.said import require_said

SAID = "E" + "A" * 43
LE = "ENPXp1vQzRF6JwIuS-mp2U8Uf1MoADoP_GqQ62VsDZWY"
ECR = "EEy9PkikFcANV1l7EHukCeXqrzT1hNZjGlUk7wuMO5jw"


def binding() -> dict[str, Any]:
    return {
        "v": "ACDC10JSON000400_",
        "d": SAID,
        "i": SAID,
        "ri": SAID,
        "s": DID_BINDING_SAID,
        "a": {
            "d": SAID,
            "dt": "2026-11-24T15:00:00.000000+00:00",
            "LEI": "984500HKTESTHOSP0164",
            "ids": ["did:web:localhost%3A8101:hospitals:hk"],
            "keys": [{"id": "did:web:localhost%3A8101:hospitals:hk#key-1", "jkt": "A" * 43}],
        },
        "e": {"d": SAID, "le": {"n": SAID, "s": LE}},
        "r": {"d": SAID, "usage": {"l": DID_BINDING_USAGE}},
    }


def test_its_id_is_the_digest_of_its_text() -> None:
    document = did_binding_schema()
    assert document["$id"] == DID_BINDING_SAID
    assert require_said(document, "$id") == DID_BINDING_SAID
    assert scheming.Schemer(sed=copy.deepcopy(document)).said == DID_BINDING_SAID


def test_a_binding_by_either_edge_follows_it() -> None:
    validator = Draft7Validator(did_binding_schema())
    hospital, doctor = binding(), binding()
    doctor["e"] = {"d": SAID, "ecr": {"n": SAID, "s": ECR}}
    assert validator.is_valid(hospital)
    assert validator.is_valid(doctor)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("e", {"d": SAID}),
        ("e", {"d": SAID, "le": {"n": SAID, "s": LE}, "ecr": {"n": SAID, "s": ECR}}),
        ("e", {"d": SAID, "le": {"n": SAID, "s": ECR}}),
        ("a.i", SAID),
        ("a.LEI", "984500hktesthosp0164"),
        ("a.ids", []),
        ("a.ids", ["did:web:a", "did:web:a"]),
        ("a.ids", ["https://hospital.example"]),
        ("a.ids", ["did:web:a#key-1"]),
        ("a.keys", []),
        ("a.keys", [{"id": "did:web:a", "jkt": "A" * 43}]),
        ("a.keys", [{"id": "did:web:a#key-1", "jkt": "short"}]),
        ("a.keys", [{"id": "did:web:a#key-1", "jkt": "A" * 43, "use": "anything"}]),
        ("r.usage", {"l": "The issuer is always right."}),
        ("u", "0AAAAAAAAAAAAAAAAAAAAAAA"),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:40],
)
def test_anything_else_does_not(path: str, value: Any) -> None:
    document = binding()
    *above, last = path.split(".")
    place = document
    for name in above:
        place = place[name]
    place[last] = value
    assert not Draft7Validator(did_binding_schema()).is_valid(document)


def test_thumbprints_of_the_standards() -> None:
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # RFC 8037 Appendix A.3
    assert jwk_thumbprint({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ignored", "use": "sig"}) == expected
    key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert ed25519_thumbprint(key) == expected


@pytest.mark.parametrize(
    "jwk", [{}, {"kty": "oct", "k": "AA"}, {"kty": "EC", "crv": "P-256", "x": "AA"}, {"kty": "OKP", "crv": 1}]
)
def test_what_is_no_public_key_has_no_thumbprint(jwk: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as error:
        jwk_thumbprint(jwk)
    assert error.value.code == "key.jwk"

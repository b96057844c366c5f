"""Which key belongs to whom: DID documents that list it, and many that do not."""

from types import SimpleNamespace
from typing import Any

import pytest
from acapy_agent.resolver.base import DIDNotFound

from agents.plugin.did_web import NoAnswerError
from agents.plugin.keys import public_key
from schemas.errors import RefusedError, SourceError
from schemas.keys import did_key, encode_multikey

RAW = bytes(range(32))
DID = "did:web:hospital.example"
METHOD = f"{DID}#key-1"
JWK_X = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def profile(document: object) -> Any:
    """A profile whose resolver knows one document."""

    async def resolve(profile: object, did: str) -> object:
        if document is None:
            raise DIDNotFound("CANARY-NOTE-5T8W")
        return document

    return SimpleNamespace(inject=lambda kind: SimpleNamespace(resolve=resolve))


def document(method: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    listed = {"id": METHOD, "type": "Multikey", "controller": DID, "publicKeyMultibase": encode_multikey(RAW)} | (method or {})
    return {"id": DID, "verificationMethod": [listed], "assertionMethod": [listed["id"]]} | more


async def find(document: object, method: object = METHOD, controller: str = DID) -> bytes:
    return await public_key(profile(document), method, controller=controller, purpose="assertionMethod")


@pytest.mark.parametrize(
    "good",
    [
        document(),
        document({"id": "#key-1"}),
        document(assertionMethod=["#other", "#key-1"]),
        document(
            {"publicKeyMultibase": None, "publicKeyJwk": {"crv": "Ed25519", "x": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}}
        ),
        document(verificationMethod=[], assertionMethod=document()["verificationMethod"]),
    ],
)
async def test_a_listed_key(good: dict[str, Any]) -> None:
    assert await find(good) == RAW


@pytest.mark.parametrize(
    "bad",
    [
        {},
        document(assertionMethod=[]),
        document(assertionMethod=None),
        document(assertionMethod="#key-1"),
        document(assertionMethod=["#key-2"]),
        document({"id": f"{DID}#key-2"}),
        document({"controller": "did:web:other.example"}),
        document({"publicKeyMultibase": "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"}),
        document({"publicKeyMultibase": 7}),
        document({"publicKeyMultibase": None, "publicKeyJwk": {"crv": "P-256", "x": "AAEC"}}),
        document({"publicKeyMultibase": None, "publicKeyJwk": {"crv": "Ed25519", "x": "AAEC"}}),
        document(verificationMethod="text"),
        document(verificationMethod=["text", None]),
        document(authentication=[METHOD], assertionMethod=[]),
    ],
)
async def test_a_key_that_is_not_listed(bad: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        await find(bad)
    assert refused.value.code == "proof.key_not_of_controller"


@pytest.mark.parametrize(
    ("method", "controller"),
    [(METHOD, "did:web:other.example"), (None, DID), (["x"], DID), (DID + "x#key-1", DID), ("#key-1", DID), (METHOD, "")],
)
async def test_a_method_of_someone_else(method: object, controller: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await find(document(), method, controller)
    assert refused.value.code == "proof.key_not_of_controller"


async def test_did_key_speaks_for_itself() -> None:
    did = did_key(RAW)
    assert await find(None, f"{did}#{did.removeprefix('did:key:')}", did) == RAW
    for method in (f"{did}#key-1", did, f"{did}#"):
        with pytest.raises(RefusedError):
            await find(None, method, did)
    with pytest.raises(RefusedError):
        await find(None, "did:key:zDna#zDna", "did:key:zDna")


@pytest.mark.parametrize("did", ["did:webvh:x:hospital.example", "did:peer:2.x", "did:jwk:e30", "https://hospital.example"])
async def test_other_ways_to_fetch_are_closed(did: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await find(document(), f"{did}#key-1", did)
    assert refused.value.code == "proof.key_unresolved"


async def test_an_issuer_without_a_document() -> None:
    with pytest.raises(RefusedError) as refused:
        await find(None)
    assert refused.value.code == "proof.key_unresolved"
    assert "CANARY" not in str(refused.value.as_dict())


@pytest.mark.parametrize("fault", [NoAnswerError("CANARY-NOTE-5T8W"), TimeoutError("CANARY-NOTE-5T8W")])
async def test_an_issuer_that_does_not_answer_now(fault: Exception) -> None:
    """Worth another try, unlike one that has no such document."""

    async def resolve(profile: object, did: str) -> object:
        raise fault

    with pytest.raises(SourceError) as failed:
        await public_key(
            SimpleNamespace(inject=lambda kind: SimpleNamespace(resolve=resolve)),  # type: ignore[arg-type]
            METHOD,
            controller=DID,
            purpose="assertionMethod",
        )
    assert failed.value.code == "proof.key_unanswered"
    assert "CANARY" not in str(failed.value.as_dict())

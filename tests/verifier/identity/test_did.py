"""DIDs: where a did:web is, which keys a document has, and what a hostile web server can do."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FormatError, MedcredError, SourceError
from tests.verifier.world import HK_KEY, HOLDER, HOLDER_KEY, did_of_key
from verifier.fetch import Limits
from verifier.identity.did import did_key_document, did_web_url, read_did_document, resolve_did

DID = "did:web:hospital.example"
MULTIKEY = did_of_key(HK_KEY).removeprefix("did:key:")
RAW = HK_KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:hospital.example", "https://hospital.example/.well-known/did.json"),
        ("did:web:hospital.example:hk:main", "https://hospital.example/hk/main/did.json"),
        ("did:web:hospital.example%3A8443:hk", "https://hospital.example:8443/hk/did.json"),
        ("did:web:HOSPITAL.example", "https://hospital.example/.well-known/did.json"),
        ("did:web:xn--ihq222g.example", "https://xn--ihq222g.example/.well-known/did.json"),
        ("did:web:localhost%3A8101:hospitals:hk", "http://localhost:8101/hospitals/hk/did.json"),
        ("did:web:127.0.0.1%3a8101", "http://127.0.0.1:8101/.well-known/did.json"),
    ],
)
def test_where_a_did_web_is(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:key:z6Mk",
        "did:web:10.0.0.1",
        "did:web:169.254.169.254:latest",
        "did:web:[::1]",
        "did:web:user@host.example",
        "did:web:host.example/path",
        "did:web:host.example?query",
        "did:web:host.example#fragment",
        "did:web:host.example::double",
        "did:web:host.example:..:secret",
        "did:web:host.example:%2e%2e:secret",
        "did:web:host.example:a%2Fb",
        "did:web:host.example%3A",
        "did:web:host.example%3A0",
        "did:web:host.example%3A99999",
        "did:web:host.example%3A80%3A80",
        "did:web:host.example%2Fpath",
        "did:web:-host.example",
        "did:web:host..example",
        "did:web:醫院.example",
        "did:web:host.example:" + "a" * 1100,
    ],
)
def test_what_is_no_did_web(did: str) -> None:
    with pytest.raises(FormatError) as refused:
        did_web_url(did)
    assert refused.value.code == "did.malformed"


@given(st.text())
def test_any_text_has_a_url_or_a_refusal(text: str) -> None:
    try:
        url = did_web_url(f"did:web:{text}")
    except FormatError:
        return
    assert httpx.URL(url).path.endswith("/did.json")
    assert httpx.URL(url).scheme == "https" or httpx.URL(url).host in ("localhost", "127.0.0.1")


def test_a_did_key_is_its_own_document() -> None:
    document = did_key_document(HOLDER)
    (method,) = document.keys
    assert document.keys[method] == HOLDER_KEY.public_key().public_bytes_raw()
    assert method in document.assertion
    assert method in document.authentication


@pytest.mark.parametrize(
    "did", ["did:key:", "did:key:z6Mk", "did:key:zDnaeW", "did:web:x", "did:key:z" + "6" * 5000, f"{HOLDER}x"]
)
def test_what_is_no_did_key(did: str) -> None:
    with pytest.raises(FormatError) as refused:
        did_key_document(did)
    assert refused.value.code == "did.malformed"


def method(**changes: Any) -> dict[str, Any]:
    return {"id": f"{DID}#key-1", "type": "Multikey", "controller": DID, "publicKeyMultibase": MULTIKEY, **changes}


def document(*methods: Any, **changes: Any) -> dict[str, Any]:
    return {"id": DID, "verificationMethod": list(methods), "assertionMethod": [f"{DID}#key-1"], **changes}


def test_the_four_forms_of_a_key() -> None:
    import base64

    import base58

    forms: list[dict[str, Any]] = [
        {},
        {"type": "Ed25519VerificationKey2020"},
        {"type": "Ed25519VerificationKey2018", "publicKeyBase58": base58.b58encode(RAW).decode()},
        {
            "type": "JsonWebKey",
            "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(RAW).rstrip(b"=").decode()},
        },
    ]
    for form in forms:
        read = read_did_document(DID, document(method(**form)))
        assert read.keys == {f"{DID}#key-1": RAW}
        assert read.assertion == {f"{DID}#key-1"}
        assert read.authentication == frozenset()


def test_relative_ids_and_embedded_methods() -> None:
    read = read_did_document(DID, document(method(id="#key-1"), assertionMethod=["#key-1", method(id="#key-2")]))
    assert read.assertion == {f"{DID}#key-1", f"{DID}#key-2"} == set(read.keys)


@pytest.mark.parametrize(
    "bad",
    [
        method(id="did:web:elsewhere.example#key-1"),
        method(id=DID),
        method(id=7),
        method(controller="did:web:elsewhere.example"),
        method(controller=None),
        method(publicKeyMultibase="zzzz"),
        method(publicKeyMultibase="z" + "1" * 60_000),
        method(type="EcdsaSecp256k1VerificationKey2019"),
        method(type="JsonWebKey", publicKeyJwk={"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        "text",
        None,
    ],
)
def test_a_key_that_is_not_the_dids_is_left_out(bad: Any) -> None:
    assert read_did_document(DID, document(bad)).keys == {}


def test_two_keys_of_one_name_leave_the_first() -> None:
    other = did_of_key(HOLDER_KEY).removeprefix("did:key:")
    read = read_did_document(DID, document(method(), method(publicKeyMultibase=other)))
    assert read.keys == {f"{DID}#key-1": RAW}


@pytest.mark.parametrize(
    "bad",
    [None, [], {}, {"id": "did:web:other.example"}, document(verificationMethod="x"), document(*[method()] * 65)],
)
def test_what_is_no_did_document(bad: Any) -> None:
    with pytest.raises(FormatError) as refused:
        read_did_document(DID, bad)
    assert refused.value.code == "did.document"


def server(*, status: int = 200, body: bytes | None = None, **how: Any) -> httpx.AsyncClient:
    import json

    content = json.dumps(document(method())).encode() if body is None else body
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(status, content=content, **how)))


async def public(host: str, port: int) -> list[str]:
    return ["93.184.215.14"]


async def resolve(http: httpx.AsyncClient) -> Any:
    async with http:
        return await resolve_did(DID, http, limits=Limits(max_bytes=2000, seconds=1), resolve=public)


async def test_resolving() -> None:
    assert (await resolve(server())).keys == {f"{DID}#key-1": RAW}


@pytest.mark.parametrize(
    ("http", "code"),
    [
        (server(status=404), "source.not_found"),
        (server(status=302, headers={"location": "http://169.254.169.254/"}), "source.status"),
        (server(body=b"x" * 3000), "source.too_large"),
        (server(body=b"<html>"), "json.malformed"),
        (server(body=b'{"id": "did:web:hospital.example", "id": "did:web:hospital.example"}'), "did.document"),
        (server(body=b'{"id": "did:web:elsewhere.example"}'), "did.document"),
    ],
)
async def test_a_hostile_server_gets_a_named_refusal(http: httpx.AsyncClient, code: str) -> None:
    with pytest.raises(MedcredError) as refused:
        await resolve(http)
    assert refused.value.code == code


async def test_other_methods_are_not_resolved() -> None:
    async with server() as http:
        with pytest.raises(SourceError) as refused:
            await resolve_did("did:example:abc", http)
    assert refused.value.code == "did.method"

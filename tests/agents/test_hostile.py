"""What must not stop an agent: a context that never answers, many calls at once, a poison graph, a dead database."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.launch import AgentRole
from agents.records import CredentialState
from schemas.errors import AgentError, StateError
from schemas.keys import did_key_method
from tests.agents.running import Party, RunningAgent, make_spec
from tests.agents.story import connect, draft, exchange_in, offered, requested, signed

pytestmark = pytest.mark.agents
AT_ONCE_SECONDS = 3.0


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that accepts and never answers. It counts who came."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                kept.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/context"
    visitors = len(kept)
    for each in kept:
        each.close()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    assert visitors == 0, "the agent tried to fetch a context"


async def test_a_context_that_never_answers_is_refused_at_once(hospital: Party, issuer_did: str, silent_url: str) -> None:
    credential = draft(issuer_did) | {"@context": ["https://www.w3.org/ns/credentials/v2", silent_url]}
    started = time.monotonic()
    with pytest.raises(StateError) as refused:
        await hospital.sign([credential], verification_method=f"{issuer_did}#key-1", cryptosuite="eddsa-rdfc-2022")
    assert refused.value.code == "proof.not_json_ld"
    # ACA-Py's own routes go through the frozen loader as well.
    stock = {"credential": credential, "options": {"type": "Ed25519Signature2020", "verificationMethod": f"{issuer_did}#key-1"}}
    answers = [
        await hospital.raw("POST", "/vc/credentials/issue", stock),
        await hospital.raw("POST", "/vc/credentials/verify", {"verifiableCredential": await _with_old_proof(credential)}),
    ]
    assert [answer.is_success and answer.json().get("verified", True) for answer in answers] == [False, False]
    assert time.monotonic() - started < AT_ONCE_SECONDS
    assert (await hospital.health()).database


async def _with_old_proof(credential: dict[str, Any]) -> dict[str, Any]:
    proof = {
        "type": "Ed25519Signature2020",
        "created": "2026-11-24T15:00:00Z",
        "verificationMethod": did_key_method("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"),
        "proofPurpose": "assertionMethod",
        "proofValue": "z58DAdFfa9SkqZMVPxAQpic7ndSayn1PzZs6ZjWp1CktyGesjuTSwRdoWhAfGFCF5bppETSTojQCrfFPP2oumHKtz",
    }
    return credential | {"proof": proof, "credentialSubject": {"id": "did:example:1"}}


async def test_a_received_credential_with_such_a_context_stops_nobody(
    thief: Party, mei: Party, silent_url: str, did_host: Any
) -> None:
    did = did_host.did("silent")
    did_host.publish("silent", await thief.create_key(f"{did}#key-1"))
    to_mei, _ = await connect(thief, mei)
    contexts = ["https://www.w3.org/ns/credentials/v2", silent_url]
    offer = await thief.raw(
        "POST",
        "/medcred/credential-exchanges",
        {"credential": draft(did, **{"@context": contexts}), "connection_id": to_mei, "cryptosuite": "eddsa-rdfc-2022"},
    )
    received = await offered(mei, offer.json()["thread_id"])
    await mei.accept_offer(received.id, await mei.create_holder_did())
    exchange = await exchange_in(thief, offer.json()["id"], CredentialState.REQUEST_RECEIVED)
    made = await signed(thief, exchange.credential)
    made["proof"][0]["cryptosuite"] = "eddsa-rdfc-2022"
    await thief.raw("POST", f"/forge/credential/{exchange.id}", made)
    ended = await exchange_in(mei, received.id, CredentialState.ABANDONED)
    assert ended.error is not None
    assert "proof.not_json_ld" in ended.error
    assert await mei.held_credentials() is not None


async def test_a_hundred_and_fifty_signing_calls_at_once(agents: dict[str, RunningAgent], issuer_did: str) -> None:
    spec = agents["hospital"].spec
    many = Party(spec.admin_url, spec.admin_key, limit=150)
    try:
        calls = [
            many.sign([draft(issuer_did, number=str(number))], verification_method=f"{issuer_did}#key-1") for number in range(150)
        ]
        made = await asyncio.gather(*calls)
    finally:
        await many.aclose()
    assert [document[0]["number"] for document in made] == [str(number) for number in range(150)]
    assert len({document[0]["proof"]["proofValue"] for document in made}) == 150
    assert "RecursionError" not in agents["hospital"].log.read_text()


async def test_a_batch_is_signed_in_order(hospital: Party, issuer_did: str) -> None:
    documents: list[dict[str, Any]] = [{"number": str(number), "text": "檢驗 \u2028 Ω"} for number in range(100)]
    made = await hospital.sign(documents, verification_method=f"{issuer_did}#key-1")
    assert [{name: value for name, value in each.items() if name != "proof"} for each in made] == documents


@pytest.mark.parametrize(
    ("documents", "method", "code"),
    [
        ([{"a": "b"}], "did:web:nobody.example#key-1", "key.unknown"),
        ([{"a": "b"}], "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "key.unknown"),
        ([{"a": "b"}], "did:key:not#not", "proof.key_not_of_controller"),
        ([{"a": "b"}, {"a": 2**60}], "", "document.unsignable"),
    ],
)
async def test_what_cannot_be_signed(hospital: Party, issuer_did: str, documents: list[Any], method: str, code: str) -> None:
    with pytest.raises(StateError) as refused:
        await hospital.sign(documents, verification_method=method or f"{issuer_did}#key-1")
    assert refused.value.code == code


async def test_undefined_terms_are_not_signed_by_rdf(hospital: Party, issuer_did: str) -> None:
    credential = draft(issuer_did, notATermOfAnyContext="x")
    with pytest.raises(StateError) as refused:
        await hospital.sign([credential], verification_method=f"{issuer_did}#key-1", cryptosuite="eddsa-rdfc-2022")
    assert refused.value.code == "proof.not_json_ld"


async def test_a_poison_graph_costs_its_sender_only(hospital: Party, mei: Party, issuer_did: str) -> None:
    """Many blank nodes that look alike: RDFC-1.0 tries their permutations."""
    alike: dict[str, Any] = {"with": [{"with": [{"is": "alike"} for _ in range(9)]} for _ in range(9)]}
    poison = {"@context": [{"@vocab": "urn:x:"}], "with": [alike for _ in range(9)]}
    slow = asyncio.create_task(hospital.sign([poison], verification_method=f"{issuer_did}#key-1", cryptosuite="eddsa-rdfc-2022"))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    await hospital.sign([{"a": "b"}], verification_method=f"{issuer_did}#key-1")
    assert time.monotonic() - started < AT_ONCE_SECONDS
    with pytest.raises(StateError) as refused:
        await slow
    assert refused.value.code == "proof.too_costly"
    await hospital.sign([draft(issuer_did)], verification_method=f"{issuer_did}#key-1", cryptosuite="eddsa-rdfc-2022")


@pytest.mark.parametrize("proof_type", ["Ed25519Signature2018", "Ed25519Signature2020"])
async def test_a_poison_graph_does_not_stop_the_older_suites(clinic: Party, proof_type: str) -> None:
    """ACA-Py canonicalises before it looks at the signature, so anybody may send this: ten blank nodes, each related to all."""
    clique = [{"id": f"_:e{one}", "p": [{"id": f"_:e{other}"} for other in range(10)]} for one in range(10)]
    credential = await _with_old_proof(
        {
            "@context": [
                "https://www.w3.org/2018/credentials/v1",
                "https://w3id.org/security/suites/ed25519-2020/v1",
                {"p": "http://example.com/p"},
            ],
            "type": ["VerifiableCredential"],
            "issuer": "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
            "issuanceDate": "2026-11-24T15:00:00Z",
        }
    )
    credential["credentialSubject"] = {"id": "did:example:1", "p": clique}
    credential["proof"] |= {"type": proof_type}
    if proof_type == "Ed25519Signature2018":
        credential["proof"]["jws"] = "eyJhbGciOiAiRWREU0EiLCAiYjY0IjogZmFsc2UsICJjcml0IjogWyJiNjQiXX0..AAAA"
        del credential["proof"]["proofValue"]
    slow = asyncio.create_task(clinic.raw("POST", "/vc/credentials/verify", {"verifiableCredential": credential}))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    assert (await clinic.health()).database
    assert time.monotonic() - started < AT_ONCE_SECONDS
    answer = (await slow).json()
    assert answer["verified"] is False
    assert "proof.too_costly" in str(answer)


@pytest.mark.parametrize("proof_type", ["Ed25519Signature2018", "Ed25519Signature2020"])
async def test_the_older_suites_still_sign_and_check(clinic: Party, proof_type: str) -> None:
    made = await clinic.raw("POST", "/wallet/did/create", {"method": "key", "options": {"key_type": "ed25519"}})
    did = made.json()["result"]["did"]
    credential = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/suites/ed25519-2020/v1"],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "issuanceDate": "2026-11-24T15:00:00Z",
        "credentialSubject": {"id": "did:example:1"},
    }
    options = {"proofType": proof_type, "verificationMethod": did_key_method(did)}
    issued = await clinic.raw("POST", "/vc/credentials/issue", {"credential": credential, "options": options})
    signed_credential = issued.json()["verifiableCredential"]
    assert signed_credential["proof"]["type"] == proof_type
    altered = signed_credential | {"issuanceDate": "2026-11-24T15:00:01Z"}
    answers = [
        await clinic.raw("POST", "/vc/credentials/verify", {"verifiableCredential": each})
        for each in (signed_credential, altered)
    ]
    assert [answer.json()["verified"] for answer in answers] == [True, False]


async def test_an_unsolicited_request_is_refused(hospital: Party, thief: Party, issuer_did: str) -> None:
    to_hospital, to_thief = await connect(hospital, thief)
    detail = {"credential": draft(issuer_did), "options": {"proofType": "DataIntegrityProof"}}
    detail["credential"]["credentialStatus"] = detail["credential"]["credentialStatus"][0]
    before = len(await hospital.credential_exchanges(connection_id=to_hospital))
    body = {"connection_id": to_thief, "filter": {"ld_proof": detail}, "holder_did": await thief.create_holder_did()}
    await thief.raw("POST", "/issue-credential-2.0/send-request", body)
    honest = await requested(hospital, thief, draft(issuer_did), to_hospital)
    after = await hospital.credential_exchanges(connection_id=to_hospital)
    assert [each.id for each in after[before:]] == [honest.id]


async def test_health_sees_a_dead_database(tmp_path: Path) -> None:
    agent = RunningAgent(make_spec(tmp_path, "doomed", AgentRole.HOSPITAL))
    try:
        agent.wait()
        party = Party(agent.spec.admin_url, agent.spec.admin_key)
        assert (await party.health()).database
        for file in (tmp_path / "doomed").rglob("sqlite.db*"):
            file.write_bytes(b"not a database" * 4096)
        with pytest.raises(AgentError) as failed:
            await party.health()
        assert failed.value.code == "agent.database"
        assert (await party.raw("GET", "/status/ready")).is_success
        await party.aclose()
    finally:
        agent.stop()

"""Who asks: the clinic's DID document, and its signature on what the code leads to."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from schemas.errors import ConfigError
from schemas.keys import decode_multikey
from tests.verifier.desk.conftest import CLINIC, OpenVisit
from tests.verifier.desk.visiting import Visit
from verifier.desk.service import create_app
from verifier.desk.settings import Settings
from verifier.proofs import Outcome, check_proof, proofs_of


async def published(visit: Visit) -> dict[str, Any]:
    answer = await visit.browser.get("/clinic/did.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/did+json")
    document: dict[str, Any] = answer.json()
    return document


def holds(message: dict[str, Any], document: dict[str, Any]) -> bool:
    (proof,) = proofs_of(message)
    (method,) = document["verificationMethod"]
    assert (proof["verificationMethod"], proof["proofPurpose"]) == (method["id"], "authentication")
    return check_proof(message, proof, decode_multikey(method["publicKeyMultibase"])) is Outcome.VALID


async def test_the_document_names_the_agents_key_for_asking_and_nothing_else(visit: Visit) -> None:
    document = await published(visit)
    (method,) = document["verificationMethod"]
    assert (document["id"], method["controller"], method["id"]) == (CLINIC, CLINIC, f"{CLINIC}#key-1")
    assert decode_multikey(method["publicKeyMultibase"]) == visit.agent.key.public_key().public_bytes_raw()
    assert document["authentication"] == [method["id"]]
    assert "assertionMethod" not in document


async def test_what_a_code_leads_to_is_signed_whole(visit: Visit) -> None:
    asked = await visit.ask()
    message, document = (await visit.scan(asked)).json(), await published(visit)
    assert holds(message, document)
    assert not holds(message | {"services": [{"serviceEndpoint": "http://thief.example"}]}, document)
    assert not holds(message | {"label": "Another clinic"}, document)


async def test_the_long_address_carries_the_same_signed_message(visit: Visit) -> None:
    asked = await visit.ask()
    location = (await visit.browser.get(urlsplit(asked["url"]).path)).headers["location"]
    (carried,) = parse_qs(urlsplit(location).query)["oob"]
    message = json.loads(base64.urlsafe_b64decode(carried + "=" * (-len(carried) % 4)))
    assert message == (await visit.scan(asked)).json()
    assert holds(message, await published(visit))


async def test_a_key_that_was_seen_is_published_while_the_agent_is_away(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        visit.agent.away = True
        answer = await visit.browser.get("/clinic/did.json")
        assert (answer.status_code, answer.json()["code"]) == (503, "agent.unreachable")
        visit.agent.away = False
        document = await published(visit)
        visit.agent.away = True
        assert await published(visit) == document


def test_a_clinic_without_a_did_web_is_a_fault_in_the_settings(settings: Settings) -> None:
    clinic = settings.clinic.model_copy(update={"did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"})
    with pytest.raises(ConfigError) as caught:
        create_app(settings.model_copy(update={"clinic": clinic}))
    assert caught.value.code == "desk.did"

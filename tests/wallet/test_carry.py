"""The file a patient carries: complete where it can be, honest where it cannot."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import SourceError
from schemas.keys import decode_multikey
from tests.wallet.conftest import WEBHOOK_KEY, Shelf
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import STATUS_LIST, immunization
from wallet.carry import CarriedFile, carried_file
from wallet.files import Files, digest_matches
from wallet.parts import Wallet
from wallet.tables import Account, KeptFile

PDF = b"%PDF-1.7 a synthetic report"
PDF_AT = "http://localhost:8101/files/k3x9"
LIST = {"id": STATUS_LIST, "type": ["VerifiableCredential", "BitstringStatusListCredential"]}


def related(data: bytes = PDF, at: str = PDF_AT) -> dict[str, str]:
    multihash = b"\x12\x20" + hashlib.sha256(data).digest()
    return {
        "id": at,
        "mediaType": "application/pdf",
        "digestSRI": "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode(),
        "digestMultibase": "u" + base64.urlsafe_b64encode(multihash).decode().rstrip("="),
    }


type Carry = Callable[[dict[str, Any]], Awaitable[CarriedFile]]


@pytest.fixture
def carry(wallet: Wallet, mei: Account) -> Carry:
    """The carried file of a record of Mei's."""
    return lambda credential: carried_file(mei.id, credential, wallet.outside, wallet.files)


async def test_everything_at_hand(carry: Carry, shelf: Shelf) -> None:
    shelf.put(STATUS_LIST, httpx.Response(200, json=LIST))
    shelf.put(PDF_AT, httpx.Response(200, content=PDF))
    credential = immunization() | {"relatedResource": [related()]}
    credential["credentialSubject"]["record"]["attachments"] = [{"resource": PDF_AT, "fileName": "report.pdf"}]
    carried = await carry(credential)
    assert (carried.missing_status, carried.missing_attachments) == (0, 0)
    content = json.loads(carried.as_bytes())
    assert content == {
        "type": "CarriedRecord",
        "version": "1",
        "credential": credential,
        "statusLists": [LIST],
        "attachments": [{"name": "report.pdf", "mediaType": "application/pdf", "content": base64.b64encode(PDF).decode()}],
    }


async def test_an_issuer_that_is_gone(carry: Carry) -> None:
    carried = await carry(immunization() | {"relatedResource": [related()]})
    assert (carried.missing_status, carried.missing_attachments) == (1, 1)
    assert (carried.content["statusLists"], carried.content["attachments"]) == ([], [])


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"id": "http://localhost:8101/status/other"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b" " * 2_000_000),
        httpx.Response(302, headers={"location": "/elsewhere"}),
    ],
    ids=["another list", "no object", "cut off", "deep", "huge", "moved"],
)
async def test_a_bad_status_list_is_left_out(answer: httpx.Response, carry: Carry, shelf: Shelf) -> None:
    shelf.put(STATUS_LIST, answer)
    assert (await carry(immunization())).missing_status == 1


async def test_an_altered_attachment_is_left_out(carry: Carry, shelf: Shelf) -> None:
    shelf.put(PDF_AT, httpx.Response(200, content=PDF + b"!"))
    carried = await carry(immunization() | {"relatedResource": [related()]})
    assert (carried.missing_attachments, carried.content["attachments"]) == (1, [])


@pytest.mark.parametrize("place", ["urn:uuid:1", "file:///etc/passwd", "https://10.0.0.1/x", 7])
async def test_attachments_are_not_fetched_from_anywhere(place: Any, carry: Carry, shelf: Shelf) -> None:
    carried = await carry(immunization() | {"relatedResource": related(at=place), "credentialStatus": "x"})
    assert (carried.missing_attachments, shelf.asked) == (1, [])


async def test_fetched_once_and_kept_sealed(carry: Carry, shelf: Shelf, wallet: Wallet, mei: Account) -> None:
    shelf.put(PDF_AT, httpx.Response(200, content=PDF))
    credential = immunization() | {"relatedResource": [related()]}
    await carry(credential)
    shelf.answers.clear()
    carried = await carry(credential)
    assert (carried.missing_attachments, shelf.asked.count(PDF_AT)) == (0, 1)
    async with wallet.database.begin() as session:
        (row,) = await session.scalars(select(KeptFile))
    assert PDF not in row.sealed
    joao = await wallet.accounts.sign_in("joao", "joao-771203")
    assert await wallet.files.get(joao.id, related()) is None, "another patient has no part in it"
    other_secret = Files(wallet.database, wallet.outside, "another-secret-of-this-service", wallet.clock)
    assert await other_secret.get(mei.id, related()) is None


async def test_attachments_are_fetched_when_the_record_comes(program: httpx.AsyncClient, agent: FakeAgent, shelf: Shelf) -> None:
    await program.get("/api/offers")
    shelf.put(PDF_AT, httpx.Response(200, content=PDF))
    tenant = agent.wallet_of()
    agent.hold(tenant, immunization() | {"relatedResource": [related()]})
    hook = "/webhooks/patients/topic/issue_credential_v2_0/"
    headers = {"x-api-key": WEBHOOK_KEY, "x-wallet-id": tenant.wallet_id}
    await program.post(hook, json={"state": "request-sent"}, headers=headers)
    assert shelf.asked == []
    for _ in range(2):
        await program.post(hook, json={"state": "done"}, headers=headers)
    assert shelf.asked == [PDF_AT]


def test_digests() -> None:
    entry = related()
    assert digest_matches(PDF, entry)
    assert not digest_matches(PDF + b"!", entry)
    multibase_only = {name: value for name, value in entry.items() if name != "digestSRI"}
    assert digest_matches(PDF, multibase_only)
    assert not digest_matches(PDF + b"!", multibase_only)
    for nothing in ({}, {"digestSRI": "md5-abc"}, {"digestSRI": "sha384-"}, {"digestMultibase": None}):
        assert not digest_matches(PDF, nothing)


async def test_the_download_says_nothing_in_its_name(program: httpx.AsyncClient, agent: FakeAgent, shelf: Shelf) -> None:
    await program.get("/api/offers")
    record_id = agent.hold(agent.wallet_of(), immunization())
    answer = await program.get(f"/api/credentials/{record_id}/file")
    assert answer.headers["content-type"] == "application/medcred+json"
    assert answer.headers["content-disposition"] == 'attachment; filename="record.medcred.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-missing-status-lists"] == "1"
    assert answer.json()["credential"]["type"][1] == "ImmunizationCredential"


class Listed:
    """A trust list that names where proofs are."""

    def __init__(self, *roads: tuple[str, str]) -> None:
        self.found = roads

    async def roads(self, account_id: str, did: str) -> tuple[tuple[str, str], ...]:
        if not self.found:
            raise SourceError("trust.unreachable", "The list of trusted hospitals cannot be read now.")
        return self.found if did == immunization()["issuer"] else ()


VLEI_AT, CHAIN_AT = "http://localhost:8101/hospitals/hk/vlei.cesr?binding=E1", "http://localhost:8101/hospitals/hk/chain.pem"
SIGNER = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


async def test_proofs_of_identity_travel_with_the_record(wallet: Wallet, mei: Account, shelf: Shelf) -> None:
    thumbprint = ed25519_thumbprint(decode_multikey(SIGNER.removeprefix("did:key:")))
    shelf.put(VLEI_AT, httpx.Response(200, text="{stream}"))
    shelf.put(f"http://localhost:8101/hospitals/hk/signers/{thumbprint}.cesr", httpx.Response(200, text="{signer}"))
    shelf.put(CHAIN_AT, httpx.Response(200, text="-----BEGIN CERTIFICATE-----\nMIIB\nAA==\n-----END CERTIFICATE-----\n"))
    trust: Any = Listed(("vlei", VLEI_AT), ("certificate", CHAIN_AT))
    credential = immunization() | {"signer": {"id": SIGNER, "role": "Physician"}}
    carried = await carried_file(mei.id, credential, wallet.outside, wallet.files, trust)
    assert carried.content["identity"] == {"vlei": "{stream}", "signer": "{signer}", "x5c": ["MIIBAA=="]}


@pytest.mark.parametrize("listed", [Listed(), Listed(("vlei", "http://localhost:8101/gone")), None])
async def test_a_file_without_proofs_says_nothing_of_identity(wallet: Wallet, mei: Account, listed: Any) -> None:
    carried = await carried_file(mei.id, immunization(), wallet.outside, wallet.files, listed)
    assert "identity" not in carried.content

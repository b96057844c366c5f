"""The main job, end to end: what the story came to, and that nothing of a record is anywhere it must not be."""

import asyncio
import json
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import httpx

from medcred.party import Party, until
from schemas import samples
from tests.flows.conftest import Told

CANARIES = (b"CANARY-NAME-7Q4X", b"CANARY-ID-9Z2K", b"CANARY-NOTE-5T8W")
EVERY_CREDENTIAL_CHECK = {
    *("well_formed", "context", "issuer_key", "signature", "schema", "trust_list", "issuer_trusted", "issuer_lei"),
    *("issuer_vlei", "issuer_binding", "issuer_certificate", "signer_role"),
    *("record_type_allowed", "validity", "status", "ledger", "log_consistent", "attachments", "holder"),
}
EVERY_PRESENTATION_CHECK = {"well_formed", "context", "holder", "signature", "challenge", "domain", "consent", "request"}


def test_the_clinic_reads_genuine_with_every_check(told: Told) -> None:
    verdict = told.outcome.verdict
    assert verdict["verdict"] == "genuine"
    assert verdict["accepted"] is True
    about = {part: {check["code"] for check in verdict["checks"] if check.get("about", "") == part} for part in _parts(verdict)}
    assert about[""] >= EVERY_PRESENTATION_CHECK
    assert about["credential[0]"] == about["credential[1]"] == EVERY_CREDENTIAL_CHECK
    assert not [check for check in verdict["checks"] if check["result"] == "fail"]


def test_the_issuers_name_comes_from_the_lei_record(told: Told) -> None:
    issuer = told.outcome.verdict["issuer"]
    assert issuer["lei"] == "984500SZTESTHOSP0152"
    assert issuer["legalName"] == "深圳湾示范医院"


def test_the_wallet_says_who_asks_by_the_listed_name(told: Told) -> None:
    said = [fact for step in told.teller.steps for fact in step.facts if fact.startswith("the wallet says")]
    assert said == ["the wallet says who asks: Lantau Demonstration Clinic, LEI 984500HKTESTCLIN0164"] * 2


def test_a_carried_file_is_genuine_with_the_issuer_stopped(told: Told) -> None:
    assert told.outcome.carried["verdict"] in ("genuine", "genuine_with_notes")
    results = {check["code"]: check["result"] for check in told.outcome.carried["checks"]}
    assert results["attachments"] == results["ledger"] == results["signature"] == "pass"


def test_an_altered_and_a_revoked_record_are_refused(told: Told) -> None:
    altered, revoked = told.outcome.refusals["altered"], told.outcome.refusals["revoked"]
    assert altered["verdict"] == revoked["verdict"] == "not_genuine"
    assert "signature.altered" in altered["refusals"]
    assert "status.revoked" in revoked["refusals"]
    assert altered["issuer"] is None, "nothing of a file whose signature does not hold may be shown"


async def test_no_canary_outside_the_vaults(told: Told) -> None:
    """A patient made of canaries is bound, issued to, and shares; then everything that is not a vault is searched."""
    house, secrets = told.running.house, told.running.secrets
    services = house.services
    assert services.issuer
    assert services.wallet
    assert services.desk
    records = Party(f"http://localhost:{services.issuer.port}", secrets.text(services.issuer.api_keys["records"].secret))
    wallet = Party(f"http://localhost:{services.wallet.port}")
    desk = Party(f"http://localhost:{services.desk.port}")
    async with records, wallet, desk:
        document = {"type": "passport", "number": "CANARY-ID-9Z2K"}
        patient = await records.post("/patients", {"hospital": "sz", "name": "CANARY-NAME-7Q4X", "document": document})
        binding = await records.post(f"/patients/{patient['id']}/bindings")
        await wallet.sign_in(login="mei", passcode=secrets.pin("file:secrets/wallet.mei"))
        await wallet.post("/api/invitations", {"url": binding["invitation_url"]})
        asked = await until(lambda: wallet.get("/api/requests"), bool, what="the DID request")
        await wallet.post(f"/api/requests/{asked[0]['id']}/share")
        await until(lambda: records.get(f"/bindings/{binding['id']}"), lambda row: row["state"] == "active", what="the binding")
        body = {"hospital": "sz", "binding": binding["id"], "bundle": json.loads(samples.bundle(samples.CANARY))}
        issued = (await records.post("/credentials", body, {"idempotency-key": str(uuid.uuid4())}))["credentials"]
        offers = await until(lambda: wallet.get("/api/offers"), lambda found: len(found) == len(issued), what="the offers")
        await asyncio.gather(*(wallet.post(f"/api/offers/{offer['id']}/accept") for offer in offers))
        held = await until(
            lambda: wallet.get("/api/credentials"), lambda found: len(found) == len(issued), what="the credentials"
        )
        nurse = services.desk.staff[0]
        await desk.sign_in(name=nurse.name, password=secrets.text(nurse.password))
        session = await desk.post("/sessions", {"types": [held[0]["type"]], "purpose": "treatment"})
        await wallet.post("/api/invitations", {"url": session["url"]})
        asked = await until(lambda: wallet.get("/api/requests"), bool, what="the clinic's request")
        await wallet.post(f"/api/requests/{asked[0]['id']}/share")
        shown = await until(lambda: desk.get(f"/sessions/{session['id']}"), lambda row: row["verdict"], what="the verdict")
        assert shown["verdict"]["verdict"] == "genuine"
        assert not any(canary in json.dumps(shown).encode() for canary in CANARIES)
        problem = await records.http.post(
            "/credentials", json=body | {"hospital": "nowhere"}, headers={"idempotency-key": "canary"}
        )
        assert problem.status_code >= 400
        assert not any(canary in problem.content for canary in CANARIES)
    assert _searched(house.state / "logs", "*") > 0
    for name in ("ledger.db", "witness.db"):
        assert _searched(house.state / "databases", f"{name}*") > 0
    assert _searched(house.state, "trust.json") == 1
    await _status_lists_hold_nothing(services.issuer.port)
    _number_is_only_a_digest(house.state / "databases" / "issuer.db")


def _searched(folder: Path, pattern: str) -> int:
    """How many files were searched for canaries; fails on the first that holds one."""
    files = [file for file in folder.glob(pattern) if file.is_file()]
    for file in files:
        content = file.read_bytes()
        assert not [canary for canary in CANARIES if canary in content], file
    return len(files)


async def _status_lists_hold_nothing(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for purpose in ("revocation", "suspension"):
            answer = await http.get(f"http://localhost:{port}/status/sz/{purpose}/1")
            assert answer.status_code == 200
            assert not any(canary in answer.content for canary in CANARIES)


def _number_is_only_a_digest(database: Path) -> None:
    """The document's number is nowhere in the issuer's vault either: only its salted digest is kept."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        dump = "\n".join(connection.iterdump())
    assert "CANARY-NAME-7Q4X" in dump, "the vault is where a name belongs"
    without_bundle = [line for line in dump.splitlines() if "CANARY-ID-9Z2K" in line]
    assert not without_bundle


def _parts(verdict: dict[str, list[dict[str, str]]]) -> set[str]:
    return {check.get("about", "") for check in verdict["checks"]}

"""The story, step by step: from a hospital's LEI to a verdict at a clinic across the border, and what is refused.

    1  two hospitals are bound to their LEIs, each approved by a second key, and the clinic is listed
    2  a patient is bound to a wallet at the Shenzhen hospital's desk
    3  records become credentials, witnessed by the ledger, accepted in the wallet
    4  the clinic in Hong Kong asks, the patient shares, the verdict is read
    5  an altered copy, and a revoked credential, are refused
    6  the issuer is stopped, and a carried file is still verified

Every act goes through the interface its actor would use. The names and numbers are synthetic.
"""

import asyncio
import base64
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

from medcred.demo.rehearsal import Rehearsal
from medcred.demo.telling import Teller
from medcred.house import House
from medcred.house.secrets import Secrets, write_private
from medcred.party import Json, Party, until
from medcred.supervise.supervisor import Supervisor
from schemas import samples
from schemas.display import type_name
from schemas.errors import RefusedError, UnavailableError
from schemas.types import RecordType
from verifier.cache import Cache
from verifier.identity.trust import TrustList
from verifier.reasons import sentence
from verifier.verdict import Verdict, Weight, Word
from verifier.verify import verify_file

TREATING, LOCAL = "sz", "hk"
PATIENT, NAME = "wang", "王强 Wang Qiang"
# Bundle, and the files that belong to it.
RECORDS = (
    (samples.MAINLAND_DISCHARGE_SUMMARY, ()),
    (samples.IMAGING_REPORT, (("imaging-report.dcm", "application/dicom"), ("imaging-report.pdf", "application/pdf"))),
    (samples.CERTIFICATE, ()),
)
ASKED = (RecordType.DISCHARGE_SUMMARY, RecordType.IMAGING_REPORT)


@dataclass
class Outcome:
    """What the story came to: the clinic's verdict, the refusals, and the file that was carried."""

    verdict: Json
    refusals: dict[str, Json] = field(default_factory=dict)
    carried: Json = None
    file: Path | None = None


class Story:
    """Tells the story in a running house.

    Args:
        house: what runs; only its addresses and secrets are used.
        supervisor: stops and starts the issuer for the last step.
        teller: hears each step.
        rehearsal: by it the hospitals prove their LEIs; without one the registrar vouches for them alone.
    """

    def __init__(self, house: House, supervisor: Supervisor, teller: Teller, rehearsal: Rehearsal | None = None) -> None:
        services = house.services
        if not (services.issuer and services.wallet and services.desk):
            raise RefusedError(
                "demo.incomplete", "The demo needs an issuer, a wallet and a desk in agents.yml.", "Use the one that ships."
            )
        secrets = Secrets(house.state)
        self.house, self.supervisor, self.teller, self.rehearsal = house, supervisor, teller, rehearsal
        keys = {name: secrets.text(key.secret) for name, key in services.issuer.api_keys.items()}
        issuer_url = f"http://localhost:{services.issuer.port}"
        self.records = Party(issuer_url, keys["records"])
        self.approvals = Party(issuer_url, keys["approvals"])
        self.wallet = Party(f"http://localhost:{services.wallet.port}")
        self.desk = Party(f"http://localhost:{services.desk.port}")
        patient = next(entry for entry in services.wallet.patients if entry.login == PATIENT)
        self.passcode = secrets.pin(patient.passcode)
        self.clinic = services.desk.agent
        self.nurse = services.desk.staff[0]
        self.password = secrets.password(self.nurse.password)

    async def tell(self) -> Outcome:
        """The whole story.

        Raises:
            MedcredError: a step failed; the story cannot go on without it.
        """
        try:
            for slug in (TREATING, LOCAL):
                await self._bind_hospital(slug)
            await self._list_clinic()
            binding = await self._bind_patient()
            credentials = await self._issue(binding)
            await self._accept(credentials)
            outcome = Outcome(await self._verify_at_the_desk("The patient shares at the clinic", Word.GENUINE))
            await self._carry(outcome)
            await self._revoke(outcome, next(each["id"] for each in credentials if each["type"] == ASKED[0]))
            return outcome
        finally:
            for party in (self.records, self.approvals, self.wallet, self.desk):
                await party.http.aclose()

    async def _bind_hospital(self, slug: str) -> None:
        with self.teller.step(f"Hospital {slug} is bound to its LEI") as step:
            await self.records.post("/hospitals", {"slug": slug})
            await self.records.post(f"/hospitals/{slug}/check-lei")
            proved = await self.records.post(f"/hospitals/{slug}/prove-did")
            if self.rehearsal:
                await self._show_vlei(self.rehearsal, proved)
                step.say("it shows a vLEI of a rehearsal, which names the key it signs with")
            bound = await self.approvals.post(f"/hospitals/{slug}/approve", {"accept_name_difference": True})
            _expect(bound["state"] == "active", f"Hospital {slug} is {bound['state']}, not active.")
            step.say(f"{bound['name']}, LEI {bound['lei']}")
            step.say(f"{bound['did']}: " + " → ".join(dict.fromkeys(entry["to_state"] for entry in bound["history"])))

    async def _show_vlei(self, rehearsal: Rehearsal, hospital: Json) -> None:
        """The hospital shows that it holds the vLEI of its LEI, and that the key it signs with is its own."""
        slug = hospital["slug"]
        keys = await self.records.get(f"/hospitals/{slug}/keys")
        stream = await asyncio.to_thread(rehearsal.stream, slug, hospital["lei"], keys["current"])
        await self.records.post(f"/hospitals/{slug}/identity", {"road": "vlei", "stream": stream})

    async def _list_clinic(self) -> None:
        """The registrar lists the clinic of this house's desk, which proves its own key."""
        with self.teller.step(f"Clinic {self.clinic} is listed, so that a wallet can say who asks") as step:
            await self.records.post("/hospitals", {"slug": self.clinic})
            await self.records.post(f"/hospitals/{self.clinic}/check-lei")
            asked = await self.records.post(f"/hospitals/{self.clinic}/challenge")
            await self.desk.sign_in(name=self.nurse.name, password=self.password)
            challenge = {"domain": asked["domain"], "challenge": asked["challenge"]}
            signed = await self.desk.post("/clinic/prove", challenge)
            await self.records.post(f"/hospitals/{self.clinic}/prove-did", {"signed": signed})
            bound = await self.approvals.post(f"/hospitals/{self.clinic}/approve", {"accept_name_difference": True})
            _expect(bound["state"] == "active", f"Clinic {self.clinic} is {bound['state']}, not active.")
            step.say(f"{bound['name']}, LEI {bound['lei']}; it may issue nothing")

    async def _bind_patient(self) -> str:
        with self.teller.step("At the desk a patient's wallet is bound") as step:
            patient = await self.records.post(
                "/patients",
                {
                    "hospital": TREATING,
                    "name": NAME,
                    "document": {"type": "mainland_travel_permit", "number": uuid.uuid4().hex[:9]},
                    "birth_date": "1979-08-02",
                    "sex": "male",
                },
            )
            binding = await self.records.post(f"/patients/{patient['id']}/bindings")
            await self.wallet.sign_in(login=PATIENT, passcode=self.passcode)
            await self.wallet.post("/api/invitations", {"url": binding["invitation_url"]})
            asked = await until(partial(self.wallet.get, "/api/requests"), bool, what="The request to prove a wallet DID")
            await self.wallet.post(f"/api/requests/{asked[0]['id']}/share")
            await until(
                partial(self.records.get, f"/bindings/{binding['id']}"),
                partial(_is, "state", "active"),
                what="The binding",
            )
            step.say("identity document seen (only a salted digest is kept), QR scanned, wallet DID proved over DIDComm")
            return str(binding["id"])

    async def _issue(self, binding: str) -> list[Json]:
        with self.teller.step("Records become credentials, offered over DIDComm") as step:
            offered: list[Json] = []
            for name, files in RECORDS:
                attachments = [
                    {"name": file, "mediaType": media_type, "content": base64.b64encode(samples.sample_file(file)).decode()}
                    for file, media_type in files
                ]
                body = {
                    "hospital": TREATING,
                    "binding": binding,
                    "bundle": json.loads(samples.bundle(name)),
                    "attachments": attachments,
                }
                answer = await self.records.post("/credentials", body, {"idempotency-key": str(uuid.uuid4())})
                offered += answer["credentials"]
            step.say(", ".join(sorted({type_name(RecordType(each["type"]), "en") for each in offered})))
            return offered

    async def _accept(self, credentials: list[Json]) -> None:
        with self.teller.step("The patient accepts; each fingerprint is witnessed before its credential leaves") as step:
            offers = await until(
                partial(self.wallet.get, "/api/offers"),
                lambda found: len(found) == len(credentials),
                what="The offers in the wallet",
            )
            await asyncio.gather(*(self.wallet.post(f"/api/offers/{offer['id']}/accept") for offer in offers))
            for credential in credentials:
                await until(
                    partial(self.records.get, f"/credentials/{credential['id']}"),
                    partial(_is, "state", "acknowledged"),
                    what="Issuing",
                )
            held = await self.wallet.get("/api/credentials")
            step.say(f"{len(held)} credentials in the wallet, each with its ledger receipt")

    async def _verify_at_the_desk(self, title: str, expected: Word) -> Json:
        with self.teller.step(title) as step:
            session = await self.desk.post("/sessions", {"types": list(ASKED), "purpose": "treatment"})
            await self.wallet.post("/api/invitations", {"url": session["url"]})
            asked = await until(partial(self.wallet.get, "/api/requests"), bool, what="The clinic's request in the wallet")
            step.say(_who_asks(asked[0]))
            await self.wallet.post(f"/api/requests/{asked[0]['id']}/share")
            shown = await until(partial(self.desk.get, f"/sessions/{session['id']}"), itemgetter("verdict"), what="The verdict")
            verdict = shown["verdict"]
            step.say(f"verdict: {verdict['verdict']} ({_count(verdict['checks'])})")
            for reason in sorted({check["reason"] for check in verdict["checks"] if check["result"] == "fail"}):
                step.say(f"✗ {reason}")
            _expect(verdict["verdict"] == expected.value, f"The verdict is {verdict['verdict']}, not {expected.value}.")
            return verdict

    async def _carry(self, outcome: Outcome) -> None:
        """A carried file, with the hospital's service stopped: genuine; and with one letter changed: not genuine."""
        with self.teller.step("The hospital's service is stopped; a carried file is judged all the same") as step:
            held = await self.wallet.get("/api/credentials")
            record = next(each for each in held if each["type"] == ASKED[1])
            answer = await self.wallet.http.get(f"/api/credentials/{record['id']}/file")
            outcome.file = self.house.state / "demo" / "imaging-report.medcred.json"
            write_private(outcome.file, answer.text)
            trust = await self.records.get("/trust.json")
            trust_file = self.house.state / "trust.json"
            write_private(trust_file, json.dumps(trust, ensure_ascii=False))
            listed = TrustList.parse(trust, publisher=trust["publisher"])
            await self.supervisor.stop("issuer")
            cache = Cache(self.house.state / "demo" / "cache")
            now = datetime.now(UTC)
            verdict = await asyncio.to_thread(verify_file, outcome.file, at=now, trust=listed, cache=cache)
            step.say(f"{outcome.file.name}: {verdict.verdict.value}")
            for note in sorted({check.reason for check in verdict.checks if check.weight is Weight.NOTE}):
                step.say(f"  {sentence(note)}")
            _expect(verdict.verdict in (Word.GENUINE, Word.GENUINE_WITH_NOTES), _why("The carried file", verdict))
            outcome.carried = verdict.as_dict()
            altered = await asyncio.to_thread(verify_file, _altered(answer.json()), at=now, trust=listed, cache=cache)
            step.say(f"the same with one word changed: {altered.verdict.value}")
            _expect(altered.verdict is Word.NOT_GENUINE, _why("The altered file", altered))
            outcome.refusals["altered"] = altered.as_dict()
            await self.supervisor.start("issuer")

    async def _revoke(self, outcome: Outcome, credential: str) -> None:
        with self.teller.step("The hospital revokes the discharge summary") as step:
            await self.records.post(f"/credentials/{credential}/revoke", {"reason": "entered_in_error"})
            await until(
                partial(self.records.get, f"/credentials/{credential}"),
                partial(_is, "status", "revoked"),
                what="The revocation",
            )
            step.say("reason: entered in error")
        outcome.refusals["revoked"] = await self._verify_at_the_desk("The patient shares it once more", Word.NOT_GENUINE)


def _who_asks(request: Json) -> str:
    """What the patient's wallet says of who asks."""
    asker = request["asker"]
    if asker["state"] != "verified":
        return f"the wallet says of who asks: {asker['state']}"
    return f"the wallet says who asks: {asker['name']}, LEI {asker['lei']}"


def _is(name: str, wanted: str, found: Json) -> bool:
    return bool(found[name] == wanted)


def _altered(carried: Json) -> bytes:
    """The file with the conclusion of its report changed by one word."""
    changed = json.loads(json.dumps(carried))
    changed["credential"]["credentialSubject"]["note"] = "no finding"
    return json.dumps(changed, ensure_ascii=False).encode()


def _count(checks: list[dict[str, Any]]) -> str:
    results = [check["result"] for check in checks]
    return ", ".join(f"{results.count(result)} {result}" for result in ("pass", "fail", "unknown") if result in results)


def _why(what: str, verdict: Verdict) -> str:
    reasons = ", ".join(sorted({check.reason for check in verdict.checks if check.weight}))
    return f"{what} is {verdict.verdict.value} ({reasons})."


def _expect(good: bool, otherwise: str) -> None:
    if not good:
        raise UnavailableError("demo.unexpected", otherwise, "The logs in the state folder say more.")

"""An issuer service around a fake agent and ledger: opened, ended and opened again over the same database."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, or_, select

import issuer
from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState
from issuer.issuing.submitting import SubmissionBody, submit
from issuer.issuing.tables import ClosingExchange, Credential
from issuer.issuing.worker import Worker
from issuer.onboarding.tables import Hospital, HospitalKey
from issuer.patients.identity import DocumentType, fact_digest, number_digest
from issuer.patients.tables import Patient, PatientBinding, PatientIdentity
from issuer.settings import LedgerSettings, Settings
from storage.clock import FixedClock
from tests.issuer.issuing.world import FakeAgent, FakeLedger, Fate, Mortal, MortalDatabase
from web.pages import Pages

BINDING = "11111111-1111-4111-8111-111111111111"
PAGES = Pages(Path(issuer.__file__).parent, "medcred")


def bundle(*, allergy: bool = False) -> dict[str, Any]:
    """A synthetic bundle with one immunisation, and an allergy when asked."""
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"text": "CANARY-NAME-7Q4X"}],
        "identifier": [{"value": "CANARY-ID-9Z2K"}],
        "gender": "female",
        "birthDate": "1980-02-03",
    }
    immunization = {
        "resourceType": "Immunization",
        "id": "i",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://snomed.info/sct", "code": "836374004"}], "text": "Hepatitis B"},
        "patient": {"reference": "Patient/p"},
        "occurrenceDateTime": "2026-01-02",
        "note": [{"text": "CANARY-NOTE-5T8W"}],
    }
    intolerance = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}], "text": "Penicillin"},
        "patient": {"reference": "Patient/p"},
    }
    resources = [patient, immunization, *([intolerance] if allergy else [])]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"http://his.test/{each['resourceType']}/{each['id']}", "resource": each} for each in resources],
    }


def identity(patient: str, now: datetime, *, name: str = "CANARY-NAME-7Q4X", **more: Any) -> PatientIdentity:
    """What a clerk kept of the patient of `bundle`, who showed a document with a number that is not in it."""
    salt = b"salt of sixteen!"
    seen = {
        "display_name": name,
        "document_type": DocumentType.PASSPORT,
        "document_salt": salt,
        "document_digest": number_digest(DocumentType.PASSPORT, "K1234567", salt),
        "birth_digest": fact_digest("birth_date", "1980-02-03", salt),
        "sex_digest": fact_digest("sex", "female", salt),
        "checked_by": "Ho",
        "checked_at": now,
    }
    return PatientIdentity(patient=patient, **seen | more)


@dataclass
class House:
    """Everything that outlives a process of the issuer service."""

    settings: Settings
    clock: FixedClock
    agents: dict[str, FakeAgent] = field(default_factory=dict)
    databases: list[MortalDatabase] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agents = {hospital.slug: FakeAgent(hospital.slug, self.clock) for hospital in self.settings.hospitals}
        self.ledger = FakeLedger(self.clock)
        keys = LedgerSettings(
            url="http://ledger.test",
            token="token",
            origin_key=str(self.ledger.log_key.verifier_key),
            witness_keys=[str(self.ledger.witness_key.verifier_key)],
        )
        self.settings = self.settings.model_copy(update={"ledger": keys})

    @property
    def agent(self) -> FakeAgent:
        return self.agents["hk"]

    def open(self, fate: Fate | None = None) -> IssuerContext:
        """A new process of the service; with a `fate`, one that may end."""
        fate = fate or Fate()
        database = MortalDatabase(self.settings.database)
        database.fate = fate
        self.databases.append(database)
        return IssuerContext(
            settings=self.settings,
            database=database,
            clock=self.clock,
            agents={slug: Mortal(agent, fate) for slug, agent in self.agents.items()},  # type: ignore[misc]
            ledger=Mortal(self.ledger, fate),  # type: ignore[arg-type]
            http=httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(404))),
            pages=PAGES,
            entropy=secrets.token_bytes,
        )

    async def close(self) -> None:
        for database in self.databases:
            await database.close()

    async def found(self, context: IssuerContext) -> None:
        """Two active hospitals, and a patient of the Hong Kong one whose wallet proved its DID."""
        now = self.clock.now()
        async with context.database.begin() as session:
            for hospital in self.settings.hospitals:
                session.add(
                    Hospital(
                        slug=hospital.slug,
                        name=hospital.label,
                        lei=hospital.lei,
                        jurisdiction=hospital.jurisdiction,
                        did=hospital.did,
                        state="active",
                        applied_by="Ho",
                        applied_at=now,
                    )
                )
            session.add(Patient(id=str(uuid.uuid4()), hospital="hk", registered_at=now))
            await session.flush()
            for hospital in self.settings.hospitals:
                session.add(HospitalKey(id=f"{hospital.did}#key-1", hospital=hospital.slug, multikey="z6Mk", valid_from=now))
            patient = await session.scalar(select(Patient.id))
            assert patient
            session.add(identity(patient, now))
            session.add(
                PatientBinding(
                    id=BINDING,
                    patient=patient,
                    hospital="hk",
                    code="code",
                    state="active",
                    created_by="Ho",
                    created_at=now,
                    expires_at=now + timedelta(days=1),
                    challenge="challenge",
                    invitation_id="invitation-1",
                    invitation_url="http://agent.test?oob=1",
                    invitation={},
                    connection_id="connection-1",
                    holder_dids=[self.agent.wallet.did],
                )
            )

    async def submit(self, context: IssuerContext, key: str = "key-1", **more: Any) -> list[str]:
        """Submit a bundle; the ids of its credentials."""
        body = SubmissionBody.model_validate({"hospital": "hk", "binding": BINDING, "bundle": bundle()} | more)
        answer = await submit(context, "his", key, body)
        return [each["id"] for each in answer["credentials"]]

    async def read(self, context: IssuerContext, credential: str) -> Credential:
        async with context.database.begin() as session:
            return await session.get_one(Credential, credential)

    async def round(self, context: IssuerContext, *lanes: str) -> int:
        """Each lane of issuing once, one after another; or those whose names begin so."""
        lanes = lanes or ("issuing", "ledger", "status", "sweep")
        return sum([await lane.round() for lane in Worker(context).lanes if lane.name.startswith(lanes)])

    async def run(self, context: IssuerContext, *, until: int = 400) -> None:
        """Run the service, the wallet and time until nothing is left to do."""
        for _ in range(until):
            worked = await self.round(context, "ledger", "issuing", "status")
            acted = sum(agent.act() for agent in self.agents.values())
            if worked or acted or await self.round(context, "sweep"):
                continue
            due_at = await self._next_due(context)
            if due_at is None:
                return
            self.clock.at = max(due_at, self.clock.at + timedelta(seconds=1))
        raise AssertionError("the service does not come to rest")

    async def _next_due(self, context: IssuerContext) -> datetime | None:
        """When something is due next; an offer or a delivery that is only waited for does not count."""
        soon = self.clock.now() + timedelta(minutes=5)
        waits = Credential.state.in_((CredentialState.OFFERED, CredentialState.ISSUED))
        async with context.database.begin() as session:
            dues = [
                await session.scalar(select(func.min(Credential.due_at)).where(or_(~waits, Credential.due_at <= soon))),
                await session.scalar(select(func.min(ClosingExchange.due_at))),
            ]
        return min((due for due in dues if due is not None), default=None)

"""A dishonest patient at a real desk: credentials that a real hospital signed, changed in one way, and sent by a real agent.

The hospital's key is used through its own agent, so that everything about a credential is right but the one thing a test changes.
"""

import asyncio
import contextlib
import copy
import dataclasses
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from agents.client import AgentClient
from agents.records import PresentationExchange, PresentationState
from ledger.client import LedgerClient
from ledger.commitment import credential_commitment
from ledger.interface import Ledger
from medcred.party import Party as Caller
from medcred.party import until
from schemas import samples
from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.credential import bind_subject, new_credential
from schemas.fhir import drafts, read_bundle
from tests.agents.running import Party
from tests.flows.conftest import Told
from tests.flows.running import Thief
from verifier.desk.service import create_app
from verifier.desk.settings import Settings
from verifier.verdict import stamp

type Json = dict[str, Any]
type Change = Callable[[Json], None]

FUTURE_PORT = 17203
TYPE = "LaboratoryReportCredential"


@dataclass
class Desk:
    """A clinic's desk with somebody signed in, the hospital's agent and ledger, and the wallet that sends whatever it likes."""

    told: Told
    http: httpx.AsyncClient
    clinic: Caller
    hospital: AgentClient
    thief: Party
    did: str
    ahead: timedelta = timedelta()
    """How far this desk's clock is ahead of the machine's."""

    @property
    def hospital_did(self) -> str:
        did = self.told.running.house.agent("sz").did
        assert did
        return did

    @property
    def operator(self) -> LedgerClient:
        """The house's ledger."""
        entry = self.told.running.house.services.ledger
        assert entry
        return LedgerClient(f"http://127.0.0.1:{entry.port}", self.told.running.secrets.text(entry.token), self.http)

    async def credential(self, *, subject: str = "", change: Change | None = None, ledger: Ledger | None = None) -> Json:
        """A credential of the Shenzhen hospital, signed by its agent and witnessed; `change` is applied before it is signed."""
        (draft,) = drafts(read_bundle(samples.bundle(samples.LABORATORY_REPORT)))
        now = datetime.now(UTC) - timedelta(minutes=1)
        issuer = self.told.running.house.services.issuer
        assert issuer
        base = f"http://localhost:{issuer.port}/status/sz"
        status = [
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": "7",
                "statusListCredential": f"{base}/{purpose}/1",
            }
            for purpose in ("revocation", "suspension")
        ]
        unsigned = new_credential(
            draft,
            issuer=self.hospital_did,
            credential_id=f"urn:uuid:{uuid.uuid4()}",
            valid_from=now,
            valid_until=None,
            status=status,
            salt=secrets.token_bytes(32),
        )
        unsigned = bind_subject(unsigned, subject or self.did)
        if change:
            change(unsigned)
        (signed,) = await self.hospital.sign([unsigned], verification_method=f"{self.hospital_did}#key-1")
        return await witnessed(signed, ledger or self.operator)

    async def judge(self, *credentials: Json) -> Json:
        """Open a session, let the thief answer it with these credentials, and read the verdict."""
        exchange, session = await self.ask()
        await self.answer(exchange, self.presentation(exchange, *credentials))
        return await self.verdict(session)

    async def ask(self) -> tuple[PresentationExchange, str]:
        """A request of the desk, as it arrived in the thief's agent; and the session's id."""
        session = await self.clinic.post("/sessions", {"types": [TYPE], "purpose": "treatment"})
        invitation = (await self.http.get(session["url"], headers={"accept": "application/json"})).json()
        reception = await self.thief.receive_invitation(invitation)
        assert reception.thread_id
        found = await until(
            lambda: self.thief.presentation_exchanges(thread_id=reception.thread_id, state=PresentationState.REQUEST_RECEIVED),
            bool,
            what="the request in the thief's agent",
        )
        return found[0], session["id"]

    def presentation(self, exchange: PresentationExchange, *credentials: Json) -> Json:
        """The presentation an honest wallet would make of these, unsigned."""
        request = exchange.request
        assert request
        grant = {
            "type": "ShareGrant",
            "recipient": request.domain,
            "purpose": request.purpose,
            "validUntil": stamp(request.valid_until),
        }
        return {
            "@context": [CREDENTIALS_V2, MEDCRED_V1],
            "type": ["VerifiablePresentation"],
            "holder": self.did,
            "verifiableCredential": list(copy.deepcopy(credentials)),
            "termsOfUse": [grant],
        }

    async def answer(self, exchange: PresentationExchange, presentation: Json, **more: str) -> None:
        """Sign as the thief and send; `domain` signs for another clinic. What is signed already is sent as it is."""
        body: Json = {"presentation": presentation}
        if "proof" not in presentation:
            body |= {"sign_as": self.did, "created": stamp(datetime.now(UTC) + self.ahead), **more}
        assert (await self.thief.raw("POST", f"/forge/presentation/{exchange.id}", body)).is_success

    async def received(self, exchange: PresentationExchange) -> Json:
        """What arrived at the clinic's agent: somebody on the way could have kept it."""
        clinic = self.told.running.agent("lantau")
        found = await clinic.presentation_exchanges(thread_id=exchange.thread_id)
        await clinic.aclose()
        assert found[0].presentation
        return found[0].presentation

    async def verdict(self, session: str) -> Json:
        shown = await until(lambda: self.clinic.get(f"/sessions/{session}"), lambda found: found["verdict"], what="the verdict")
        found: Json = shown["verdict"]
        return found


@contextlib.asynccontextmanager
async def at_the_desk(told: Told, thief: Thief, *, url: str = "") -> AsyncIterator[Desk]:
    """Everybody in place, and gone afterwards. `url`: another desk of the same clinic."""
    running = told.running
    entry = running.house.services.desk
    assert entry
    nurse = entry.staff[0]
    client, hospital = thief.client(), running.agent("sz")
    async with httpx.AsyncClient(trust_env=False) as http, Caller(url or f"http://localhost:{entry.port}") as clinic:
        await clinic.sign_in(name=nurse.name, password=running.secrets.text(nurse.password))
        yield Desk(told, http, clinic, hospital, client, await client.create_holder_did())
    await asyncio.gather(client.aclose(), hospital.aclose())


async def witnessed(signed: Json, ledger: Ledger) -> Json:
    """The credential with a receipt of `ledger` beside its signature."""
    commitment = credential_commitment(signed)
    await ledger.submit([commitment])
    found = await until(lambda: ledger.receipts([commitment]), bool, what="the receipt")
    proofs = signed["proof"] if isinstance(signed["proof"], list) else [signed["proof"]]
    proofs = [proof for proof in proofs if proof["type"] != "LedgerReceipt"]
    return signed | {"proof": [*proofs, found[commitment.digest].to_json()]}


class Ahead:
    """A clock that runs ahead of the machine's."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@contextlib.asynccontextmanager
async def desk_in_the_future(told: Told, thief: Thief, folder: Path, ahead: timedelta) -> AsyncIterator[Desk]:
    """A second desk of the same clinic, in this process, whose clock runs ahead. Its agent is the clinic's."""
    file = folder / "desk.json"
    await told.running.settings.write("desk", file)
    url = f"http://localhost:{FUTURE_PORT}"
    changes = {"base_url": url, "database": f"sqlite:///{folder / 'desk.db'}"}
    settings = Settings.model_validate(json.loads(file.read_text())["settings"] | changes)
    config = uvicorn.Config(create_app(settings, clock=Ahead(ahead)), port=FUTURE_PORT, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    try:
        async with at_the_desk(told, thief, url=url) as desk:
            yield dataclasses.replace(desk, ahead=ahead)
    finally:
        server.should_exit = True
        await serving

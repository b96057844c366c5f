"""Who uses the house while it is hurt: a hospital's records system, a patient, a nurse. Each repeats what did not get through."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from medcred.party import Party, until
from schemas import samples
from schemas.errors import UnavailableError
from tests.faults.house import FragileHouse

type Json = Any

PATIENT = "mei"
# A message that was lost is sent again after a minute; lost again, after two more.
PATIENCE_SECONDS = 300.0
OVER = {"acknowledged", "declined", "expired", "failed"}


@dataclass
class People:
    """Everybody, signed in."""

    house: FragileHouse
    records: Party
    approvals: Party
    wallet: Party
    desk: Party

    async def bind(self) -> str:
        """Bind the treating hospital and the patient; the binding's id."""
        slug = self.house.hospital
        await self.records.post("/hospitals", {"slug": slug})
        await self.records.post(f"/hospitals/{slug}/check-lei")
        await self.records.post(f"/hospitals/{slug}/prove-did")
        await self.approvals.post(f"/hospitals/{slug}/approve", {"accept_name_difference": True})
        document = {"type": "passport", "number": uuid.uuid4().hex[:9]}
        patient = await self.records.post("/patients", {"hospital": slug, "name": "陳美 Chan Mei", "document": document})
        binding = await self.records.post(f"/patients/{patient['id']}/bindings")
        await self.wallet.post("/api/invitations", {"url": binding["invitation_url"]})
        asked = await until(lambda: self.wallet.get("/api/requests"), bool, what="the request to prove a DID")
        await self.wallet.post(f"/api/requests/{asked[0]['id']}/share")
        await until(
            lambda: self.records.get(f"/bindings/{binding['id']}"), lambda row: row["state"] == "active", what="the binding"
        )
        return str(binding["id"])

    async def submit(self, binding: str) -> str:
        """Have one credential made; the same request is repeated until it is answered."""
        body = {
            "hospital": self.house.hospital,
            "binding": binding,
            "bundle": json.loads(samples.bundle(samples.LABORATORY_REPORT)),
        }
        key = {"idempotency-key": str(uuid.uuid4())}
        answer = await insist(lambda: self.records.post("/credentials", body, key))
        (credential,) = answer["credentials"]
        return str(credential["id"])

    @contextlib.asynccontextmanager
    async def accepting(self) -> AsyncIterator[None]:
        """The patient takes whatever is offered, meanwhile."""

        async def take() -> None:
            while True:
                for offer in await insist(lambda: self.wallet.get("/api/offers")):
                    if offer["state"] == "waiting":
                        with contextlib.suppress(UnavailableError):  # taken back meanwhile, or the agent is down
                            await self.wallet.post(f"/api/offers/{offer['id']}/accept")
                await asyncio.sleep(0.3)

        taking = asyncio.create_task(take())
        try:
            yield
        finally:
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await taking

    async def states(self, credentials: list[str]) -> dict[str, str]:
        """What became of the credentials, by id."""
        rows = [await insist(partial(self.records.get, f"/credentials/{one}")) for one in credentials]
        return {row["id"]: row["state"] for row in rows}

    async def all_are(self, state: str, credentials: list[str]) -> None:
        """Wait until each of the credentials is in that state."""
        await until(
            lambda: self.states(credentials), lambda found: set(found.values()) == {state}, what=f"All to be {state}", seconds=90
        )

    async def all_over(self, credentials: list[str]) -> dict[str, str]:
        """Their states, once none of them is on its way, or patience ends: the caller then sees which still are."""
        with contextlib.suppress(UnavailableError):
            await until(
                lambda: self.states(credentials),
                lambda found: set(found.values()) <= OVER,
                what=f"the end of {len(credentials)} credentials",
                seconds=PATIENCE_SECONDS,
            )
        return await self.states(credentials)

    async def held(self) -> list[str]:
        """The ids of the credentials in the wallet, as often as they are there."""
        files = [
            (await self.wallet.http.get(f"/api/credentials/{row['id']}/file")).json()
            for row in await self.wallet.get("/api/credentials")
        ]
        return sorted(file["credential"]["id"].removeprefix("urn:uuid:") for file in files)

    async def ask(self) -> tuple[str, str]:
        """The clinic asks and the patient scans: the session's id, and the request's in the wallet."""
        wanted = {"types": ["LaboratoryReportCredential"], "purpose": "treatment"}
        session = await self.desk.post("/sessions", wanted)
        before = {row["id"] for row in await self.wallet.get("/api/requests")}
        await self.wallet.post("/api/invitations", {"url": session["url"]})

        async def new() -> list[str]:
            return [row["id"] for row in await self.wallet.get("/api/requests") if row["id"] not in before]

        (request,) = await until(new, bool, what="the clinic's request in the wallet")
        return str(session["id"]), request

    async def ended(self, session: str) -> Json:
        """The session, once it is in a final state."""
        final = ("shared", "declined", "expired", "failed")
        return await until(
            lambda: insist(lambda: self.desk.get(f"/sessions/{session}")),
            lambda row: row["state"] in final,
            what="the end of the session",
            seconds=PATIENCE_SECONDS,
        )


@contextlib.asynccontextmanager
async def people(house: FragileHouse) -> AsyncIterator[People]:
    """Everybody at the doors of `house`."""
    services, secrets = house.house.services, house.secrets
    assert services.issuer
    assert services.wallet
    assert services.desk
    keys = {name: secrets.text(key.secret) for name, key in services.issuer.api_keys.items()}
    issuer = f"http://localhost:{services.issuer.port}"
    async with (
        Party(issuer, keys["records"]) as records,
        Party(issuer, keys["approvals"]) as approvals,
        Party(f"http://localhost:{services.wallet.port}") as wallet,
        Party(f"http://localhost:{services.desk.port}") as desk,
    ):
        patient = next(entry for entry in services.wallet.patients if entry.login == PATIENT)
        await wallet.sign_in(login=PATIENT, passcode=secrets.pin(patient.passcode))
        nurse = services.desk.staff[0]
        await desk.sign_in(name=nurse.name, password=secrets.text(nurse.password))
        yield People(house, records, approvals, wallet, desk)


async def insist[Answer](call: Callable[[], Awaitable[Answer]], seconds: float = PATIENCE_SECONDS) -> Answer:
    """Call again until the service is there to answer. What it refuses for a reason is raised."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await call()
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            except UnavailableError as error:
                if not error.code.startswith(("agent.", "http.5", "service.", "database.")):
                    raise
                await asyncio.sleep(0.2)

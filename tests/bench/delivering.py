"""Issuing over DIDComm, from offer to acknowledgement, by two ways that differ in nothing but the steps between.

Ours: offer → request → all waiting requests signed in one batch → issue → the wallet checks, stores and acknowledges.
Stock: offer → request → ACA-Py signs, sends, checks, stores and acknowledges by itself.

Both go to the same number of tenants' wallets, are driven by webhooks, and keep as many exchanges open as asked. An exchange
that has not ended after `PATIENCE` is lost.
"""

import asyncio
import itertools
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from agents.client import AgentClient
from agents.events import AgentEvent
from agents.records import CredentialState
from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from tests.bench.credentials import SMALL, unsigned
from tests.bench.measuring import Sample, cpu_seconds
from tests.bench.processes import Pair
from tests.bench.stock_api import StockApi
from tests.independent.issuing import Json

PATIENCE = 120.0
TOPIC = "issue_credential_v2_0"
BATCH = 100


@dataclass(frozen=True)
class Wallet:
    """A patient: a tenant's wallet, its DID, and the hospital's connection with it."""

    ours: AgentClient
    stock: StockApi
    did: str
    connection_id: str


class Way(Protocol):
    """How an agent pair issues."""

    name: str
    pair: Pair

    async def offer(self, credential: Json, wallet: Wallet) -> str:
        """Send an offer; the id of the hospital's exchange."""
        ...

    async def accept(self, wallet: Wallet, exchange_id: str) -> None:
        """The patient accepts."""
        ...

    async def requested(self, exchange_id: str) -> None:
        """The hospital has heard a request."""
        ...


class OurWay:
    """The issuer service's steps, without its database and without the ledger's epoch in between."""

    name = "offer, batch signature, issue"

    def __init__(self, pair: Pair, hospital: AgentClient, issuer: str) -> None:
        self.pair, self._hospital = pair, hospital
        self._issuer = issuer
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    async def offer(self, credential: Json, wallet: Wallet) -> str:
        offered = credential | {"issuer": self._issuer}
        return (await self._hospital.offer(offered, connection_id=wallet.connection_id)).id

    async def accept(self, wallet: Wallet, exchange_id: str) -> None:
        await wallet.ours.accept_offer(exchange_id, wallet.did)

    async def requested(self, exchange_id: str) -> None:
        self._waiting.put_nowait(exchange_id)

    async def sign_waiting(self) -> None:
        """Take whatever waits, read it, sign it in one call, send each; for ever."""
        sending: set[asyncio.Task[None]] = set()
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and len(batch) < BATCH:
                batch.append(self._waiting.get_nowait())
            exchanges = await asyncio.gather(*(self._hospital.credential_exchange(each) for each in batch))
            documents = [exchange.credential for exchange in exchanges]
            signed = await self._hospital.sign(documents, verification_method=f"{self._issuer}#key-1")
            for exchange, credential in zip(exchanges, signed, strict=True):
                task = asyncio.create_task(self._issue(exchange.id, credential))
                sending.add(task)
                task.add_done_callback(sending.discard)

    async def _issue(self, exchange_id: str, credential: Json) -> None:
        await self._hospital.issue(exchange_id, credential)


class StockWay:
    """ACA-Py's `ld_proof` with Ed25519Signature2020, answered by the agents themselves."""

    name = "ACA-Py, auto-respond, Ed25519Signature2020"

    def __init__(self, pair: Pair, hospital: StockApi, issuer: str, method: str) -> None:
        self.pair, self._hospital, self._issuer = pair, hospital, issuer
        self._options = {"proofType": "Ed25519Signature2020", "verificationMethod": method}

    async def offer(self, credential: Json, wallet: Wallet) -> str:
        # ACA-Py's holder refuses in silence a status that the options do not repeat: this credential goes without.
        offered = {name: value for name, value in credential.items() if name != "credentialStatus"} | {"issuer": self._issuer}
        detail = {"credential": offered, "options": self._options}
        body = {"connection_id": wallet.connection_id, "auto_remove": False, "filter": {"ld_proof": detail}}
        return str((await self._hospital.post("/issue-credential-2.0/send-offer", body))["cred_ex_id"])

    async def accept(self, wallet: Wallet, exchange_id: str) -> None:
        await wallet.stock.post(f"/issue-credential-2.0/records/{exchange_id}/send-request", {"holder_did": wallet.did})

    async def requested(self, exchange_id: str) -> None:
        pass


class Delivery:
    """One way, with its patients; hears the webhooks of its agents."""

    def __init__(self, way: Way, wallets: dict[str, Wallet]) -> None:
        self._way, self._wallets = way, wallets
        self._turn: Iterator[Wallet] = itertools.cycle(wallets.values())
        self._ended: dict[str, asyncio.Future[None]] = {}

    async def hear(self, event: AgentEvent) -> None:
        """What the issuer service and the wallet service would do."""
        if event.topic != TOPIC:
            return
        if event.agent.endswith("patients"):
            if event.state == CredentialState.OFFER_RECEIVED:
                await self._way.accept(self._wallets[event.wallet_id], event.record_id)
        elif event.state == CredentialState.REQUEST_RECEIVED:
            await self._way.requested(event.record_id)
        elif event.state == CredentialState.DONE and not (ended := self._end(event.record_id)).done():
            ended.set_result(None)

    async def sample(self, in_flight: int, number: int) -> Sample:
        """Issue `number` credentials, `in_flight` at once."""
        numbers = iter(range(number))
        lost = 0
        used, start = cpu_seconds(*self._way.pair.pids), time.perf_counter()

        async def caller() -> None:
            nonlocal lost
            for _ in numbers:
                wallet = next(self._turn)
                credential = _draft()
                try:
                    async with asyncio.timeout(PATIENCE):
                        await self._end(await self._way.offer(credential, wallet))
                except TimeoutError:
                    lost += 1

        await asyncio.gather(*(caller() for _ in range(in_flight)))
        seconds = time.perf_counter() - start
        return Sample(number - lost, seconds, cpu_seconds(*self._way.pair.pids) - used, lost)

    def _end(self, exchange_id: str) -> asyncio.Future[None]:
        if exchange_id not in self._ended:
            self._ended[exchange_id] = asyncio.get_running_loop().create_future()
        return self._ended[exchange_id]


def _draft() -> Json:
    """A credential of the small size that is about nobody yet."""
    credential = unsigned(SMALL, uuid.uuid4().int)
    subject = {name: value for name, value in credential["credentialSubject"].items() if name != "id"}
    assert credential["@context"] == [CREDENTIALS_V2, MEDCRED_V1]
    return credential | {"credentialSubject": subject}

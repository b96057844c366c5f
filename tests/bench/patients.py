"""Two agent pairs ready to issue: connections between a hospital and its patients, their DIDs, and one listener for all."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from agents.client import AgentClient
from agents.events import AgentEvent, webhook_router
from agents.launch import AgentSpec
from schemas.keys import did_key_method
from tests.agents.running import DidHost
from tests.agents.story import connect
from tests.bench.delivering import Delivery, OurWay, StockWay, Wallet
from tests.bench.processes import FIRST_PORT, Pair, running
from tests.bench.signing import Signers
from tests.bench.stock_api import StockApi

PATIENTS = 8
LISTENER_PORT = FIRST_PORT + 90


@dataclass(frozen=True)
class Bench:
    """Everything that needs agents."""

    signers: Signers
    ours: Delivery
    stock: Delivery


@contextlib.asynccontextmanager
async def bench(folder: Path, server: str) -> AsyncIterator[Bench]:
    """Start the agents, bind the patients, and hear the webhooks until the end."""
    key = secrets.token_urlsafe(16)
    deliveries: dict[str, Delivery] = {}

    async def hear(event: AgentEvent) -> None:
        if delivery := deliveries.get(event.agent.partition("-")[0]):
            await delivery.hear(event)

    did_host = DidHost()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(did_host.close)
        await stack.enter_async_context(_listening(key, hear))
        url = f"http://127.0.0.1:{LISTENER_PORT}/webhooks"
        ours, stock = await asyncio.to_thread(stack.enter_context, running(folder, server, url, key))
        hospital = await _client(stack, ours.hospital.spec)
        stock_hospital = StockApi(stock.hospital.spec)
        stack.push_async_callback(stock_hospital.aclose)
        did = did_host.did("bench")
        did_host.publish("bench", await hospital.create_key(f"{did}#key-1"))
        way = OurWay(ours, hospital, did)
        signing = asyncio.create_task(way.sign_waiting())
        stack.callback(signing.cancel)
        stock_did = await _stock_did(stock_hospital)
        stock_way = StockWay(stock, stock_hospital, stock_did, did_key_method(stock_did))
        deliveries["ours"] = Delivery(way, await _wallets(stack, ours))
        deliveries["stock"] = Delivery(stock_way, await _wallets(stack, stock))
        routes = StockApi(ours.hospital.spec)
        stack.push_async_callback(routes.aclose)
        signers = Signers(ours.hospital, hospital, routes, await _stock_did(routes))
        yield Bench(signers, deliveries["ours"], deliveries["stock"])


async def _wallets(stack: contextlib.AsyncExitStack, pair: Pair) -> dict[str, Wallet]:
    """Tenants by wallet id, each with a DID and a connection to the hospital."""
    hospital, patients = await _client(stack, pair.hospital.spec), await _client(stack, pair.patients.spec)
    routes = StockApi(pair.patients.spec)
    stack.push_async_callback(routes.aclose)
    wallets = {}
    for number in range(PATIENTS):
        tenant = await patients.create_tenant(f"patient-{number}", f"Patient {number}")
        client = patients.as_tenant(tenant.token)
        connection_id, _ = await connect(hospital, client)
        did = await client.create_holder_did()
        wallets[tenant.wallet_id] = Wallet(client, routes.as_tenant(tenant.token), did, connection_id)
    return wallets


async def _client(stack: contextlib.AsyncExitStack, spec: AgentSpec) -> AgentClient:
    client = AgentClient(spec.admin_url, spec.admin_key)
    stack.push_async_callback(client.aclose)
    return client


async def _stock_did(api: StockApi) -> str:
    answer = await api.post("/wallet/did/create", {"method": "key", "options": {"key_type": "ed25519"}})
    return str(answer["result"]["did"])


@contextlib.asynccontextmanager
async def _listening(key: str, hear) -> AsyncIterator[None]:
    app = FastAPI()
    app.include_router(webhook_router(key, hear))
    config = uvicorn.Config(app, host="127.0.0.1", port=LISTENER_PORT, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        await serving

"""Signing through an agent, and judging by it: our batch route and our verdict against ACA-Py's VC-API, in one agent process.

That process runs our plugin, so ACA-Py's routes have frozen contexts too: slower alternatives are left out.
"""

import asyncio
import itertools
from pathlib import Path

from agents.client import AgentClient
from schemas.keys import did_key_method, encode_base58btc, encode_multikey
from tests.bench.credentials import DIFFERENT, LARGE, SMALL, Size, bytes_of, unsigned
from tests.bench.measuring import Comparison, Effort, Sample, closed_loop, side_by_side
from tests.bench.processes import Agent
from tests.bench.stock_api import StockApi
from tests.bench.verdicts import Judge
from tests.independent import issuing, node
from tests.independent.issuing import Json
from tests.verifier import world

BATCH = 100
AIM_SIGN, AIM_VERDICT = 15.0, 20.0
NODE = Path(__file__).parents[1] / "independent" / "digitalbazaar"


class Signers:
    """Both ways to sign, with one key of the agent's wallet."""

    def __init__(self, agent: Agent, ours: AgentClient, stock: StockApi, did: str) -> None:
        self.agent, self.ours, self.stock, self.did = agent, ours, stock, did
        self.method = did_key_method(did)

    async def batch(self, documents: list[Json]) -> int:
        signed = await self.ours.sign(documents, verification_method=self.method)
        assert len(signed) == len(documents)
        return len(signed)

    async def one(self, document: Json) -> Json:
        options = {"proofType": "Ed25519Signature2020", "verificationMethod": self.method}
        answer = await self.stock.post("/vc/credentials/issue", {"credential": document, "options": options})
        return dict(answer["verifiableCredential"])

    async def judge(self, document: Json) -> int:
        answer = await self.stock.post("/vc/credentials/verify", {"verifiableCredential": document})
        assert answer["verified"], answer
        return 1


async def signing(effort: Effort, signers: Signers, size: Size, in_flight: int, batch_size: int = BATCH) -> Comparison:
    """Batches through our route against one by one through ACA-Py's."""
    documents = [unsigned(size, number, signers.did) for number in range(DIFFERENT)]
    each = itertools.cycle(documents)
    batch = documents[:batch_size]
    await signers.batch(batch[:1])
    await signers.one(documents[0])

    async def one() -> int:
        await signers.one(next(each))
        return 1

    async def ours() -> Sample:
        return await closed_loop(lambda: signers.batch(batch), in_flight, effort.sample_seconds, signers.agent.pid)

    async def theirs() -> Sample:
        return await closed_loop(one, in_flight, effort.sample_seconds, signers.agent.pid)

    ours_taken, theirs_taken = await side_by_side(effort, ours, theirs)
    kb = len(bytes_of(documents[0])) / 1000
    case = f"{kb:.1f} kB unsigned, {in_flight} in flight"
    names = (f"our route, {batch_size} a call", "ACA-Py /vc/credentials/issue")
    aim = AIM_SIGN if batch_size == BATCH else None
    return Comparison("sign", case, *names, ours_taken, theirs_taken, aim=aim)


async def judging(effort: Effort, signers: Signers, size: Size, in_flight: int = 8) -> Comparison:
    """Our whole verdict in one process against ACA-Py's check of one signature, asked by enough callers to keep it busy."""
    judge = Judge(size)
    signed = itertools.cycle([await signers.one(unsigned(size, number, signers.did)) for number in range(DIFFERENT // 4)])

    async def ours() -> Sample:
        return judge.sample(effort.sample_seconds)

    async def theirs() -> Sample:
        return await closed_loop(lambda: signers.judge(next(signed)), in_flight, effort.sample_seconds, signers.agent.pid)

    names = ("verify(), one process", "ACA-Py /vc/credentials/verify")
    return Comparison("verdict", size.label, *names, *await side_by_side(effort, ours, theirs), aim=AIM_VERDICT)


async def digital_bazaar(effort: Effort, signers: Signers, size: Size = SMALL) -> Comparison | None:
    """Our batch route against `@digitalbazaar/vc` in a process of its own; None without its packages."""
    if not (NODE / "node_modules").is_dir():
        return None
    public = world.HK_KEY.public_key().public_bytes_raw()
    question = {
        "documents": issuing.documents(),
        "key": {
            "id": f"{world.HK}#key-1",
            "controller": world.HK,
            "publicKeyMultibase": encode_multikey(public),
            "secretKeyMultibase": encode_base58btc(b"\x80\x26" + world.HK_KEY.private_bytes_raw() + public),
        },
        "date": world.stamp(world.ISSUED),
        "seconds": effort.sample_seconds,
        "credentials": [unsigned(size, number) for number in range(DIFFERENT)],
    }
    batch = [unsigned(size, number, signers.did) for number in range(BATCH)]

    async def ours() -> Sample:
        return await closed_loop(lambda: signers.batch(batch), 1, effort.sample_seconds, signers.agent.pid)

    async def theirs() -> Sample:
        said = await asyncio.to_thread(node.ask, NODE / "sign-many.mjs", question)
        return Sample(said["done"], said["seconds"], said["cpuSeconds"])

    names = (f"our route, {BATCH} a call", "@digitalbazaar/vc in one process")
    case = f"{len(bytes_of(batch[0])) / 1000:.1f} kB unsigned, 1 in flight"
    return Comparison("sign", case, *names, *await side_by_side(effort, ours, theirs))


SIZES = (SMALL, LARGE)

"""Whether the parts behind the console answer, within three seconds: agents, their plugin and database, and the ledger."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from issuer.context import IssuerContext
from issuer.issuing.states import CredentialState
from issuer.issuing.tables import Credential
from schemas.errors import AgentError, MedcredError

SECONDS = 3.0
LAG_NOTE = timedelta(minutes=2)
"""A fingerprint that waits longer than this for its witness is worth a look."""


@dataclass(frozen=True)
class Part:
    """One part: `code` is empty when it answers."""

    name: str
    code: str


@dataclass(frozen=True)
class Witnessing:
    """Fingerprints on their way to the ledger: how many, and for how long the oldest has waited."""

    count: int
    oldest: timedelta
    code: str

    @property
    def is_slow(self) -> bool:
        return bool(self.code) or self.oldest > LAG_NOTE


async def agents(context: IssuerContext) -> list[Part]:
    """Every hospital's agent."""
    codes = await asyncio.gather(*(_code(_agent(context, slug)) for slug in context.agents))
    return [Part(slug, code) for slug, code in zip(context.agents, codes, strict=True)]


async def witnessing(context: IssuerContext) -> Witnessing:
    """The ledger, and what waits for it."""
    waits = Credential.state.in_((CredentialState.SIGNED, CredentialState.COMMITTED))
    async with context.database.begin() as session:
        count = await session.scalar(select(func.count()).where(waits)) or 0
        oldest: datetime | None = await session.scalar(
            select(Credential.changed_at).where(waits).order_by(Credential.changed_at).limit(1)
        )
    age = context.clock.now() - oldest if oldest else timedelta()
    return Witnessing(count, age, await _code(context.ledger.checkpoint()))


async def _agent(context: IssuerContext, slug: str) -> None:
    await context.agents[slug].require_plugin()
    if not (await context.agents[slug].health()).database:
        raise AgentError("agent.database", "The agent's database does not answer.")


async def _code(call: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            await call
    except MedcredError as error:
        return error.code
    except TimeoutError:
        return "timeout"
    return ""

"""The agent's web hooks: hints that something changed in a tenant's wallet, which is then read again (`Wallet.hear`).

A hook that is late, doubled, forged in its state or lost changes nothing that a reading does not find.
"""

from fastapi import APIRouter

from agents.events import AgentEvent, webhook_router
from wallet.parts import Wallet

ISSUING = "issue_credential_v2_0"
TOPICS = frozenset({ISSUING, "present_proof_v2_0", "connections"})


def hooks(wallet: Wallet) -> APIRouter:
    """The routes the agent posts to."""

    async def hear(event: AgentEvent) -> None:
        if event.topic in TOPICS and event.wallet_id:
            await wallet.hear(event.wallet_id, arrived=event.topic == ISSUING and event.state == "done")

    return webhook_router(wallet.settings.agent.webhook_key.get_secret_value(), hear)

"""A patient's no reaches the hospital, also when the offer came in a code."""

import pytest

from agents.records import CredentialState
from tests.agents.running import Party
from tests.agents.story import connect, draft, exchange_in, offered

pytestmark = pytest.mark.agents


async def test_a_no_to_an_offer_in_a_code(hospital: Party, mei: Party, issuer_did: str) -> None:
    offer = await hospital.offer(draft(issuer_did))
    invitation = await hospital.create_invitation(label="H", handshake=False, credential_exchange_id=offer.id)
    await mei.receive_invitation(invitation.message)
    await mei.abandon_credential((await offered(mei, offer.thread_id)).id, "declined")
    ended = await exchange_in(hospital, offer.id, CredentialState.ABANDONED)
    assert "declined" in (ended.error or "")


async def test_a_no_over_a_connection(hospital: Party, mei: Party, issuer_did: str) -> None:
    to_mei, _ = await connect(hospital, mei)
    offer = await hospital.offer(draft(issuer_did), connection_id=to_mei)
    await mei.abandon_credential((await offered(mei, offer.thread_id)).id, "declined")
    await exchange_in(hospital, offer.id, CredentialState.ABANDONED)

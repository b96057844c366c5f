"""A bundle becomes a credential in the wallet, and every way in which it does not."""

from issuer.context import IssuerContext
from issuer.issuing.witnessing import has_receipt
from tests.issuer.issuing.house import House


async def test_a_bundle_reaches_the_wallet_signed_and_witnessed(house: House, context: IssuerContext) -> None:
    [credential] = await house.submit(context)
    await house.run(context)
    row = await house.read(context, credential)
    assert row.state == "acknowledged"
    assert row.acknowledged_at is not None
    [stored] = house.agent.wallet.stored[f"urn:uuid:{credential}"]
    assert stored["credential"] == row.signed
    assert stored["credential"]["credentialSubject"]["id"] == house.agent.wallet.did
    assert has_receipt(stored["credential"])
    assert house.agent.exchanges == {}, "the agent keeps no record content"

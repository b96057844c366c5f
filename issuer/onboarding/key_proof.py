"""A hospital proves that a key is in its agent's wallet: the agent signs a challenge nobody has seen before.

Order: make (or find) the key under its id in the wallet; let the agent sign a statement with a fresh challenge; verify the
signature here, with the verifier's code, under the key the wallet named. Nothing the agent says about itself is believed.
"""

from typing import TYPE_CHECKING

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital, HospitalKey
from schemas.errors import FormatError, RefusedError
from schemas.keys import decode_multikey
from verifier.proofs import Outcome, check_proof, proofs_of, without_proof

if TYPE_CHECKING:
    from agents.client import AgentClient


async def next_key(context: IssuerContext, hospital: Hospital) -> tuple[str, str]:
    """The verification method and the Multikey that a hospital's next rotation leads to; the wallet makes it on first call.

    Whoever issues the hospital's DID binding needs the new key before it is used.

    Raises:
        AgentError: the agent did not answer.
    """
    kid = await _next_method(context, hospital)
    return kid, await context.agents[hospital.slug].create_key(kid)


async def prove_next_key(context: IssuerContext, hospital: Hospital) -> tuple[str, str]:
    """The hospital's next key, after its agent proved that it can sign with it.

    Raises: as `prove_key`.
    """
    kid = await _next_method(context, hospital)
    multikey = await prove_key(
        context.agents[hospital.slug],
        did=hospital.did,
        lei=hospital.lei,
        kid=kid,
        domain=context.settings.public_url,
        challenge=context.entropy(16),
    )
    return kid, multikey


async def _next_method(context: IssuerContext, hospital: Hospital) -> str:
    async with context.database.begin() as session:
        known = await session.scalars(select(HospitalKey.id).where(HospitalKey.hospital == hospital.slug))
        return f"{hospital.did}#key-{len(known.all()) + 1}"


async def prove_key(agent: "AgentClient", *, did: str, lei: str, kid: str, domain: str, challenge: bytes) -> str:
    """The Multikey of the key `kid`, after the agent's wallet proved that it can sign with it.

    Args:
        kid: the verification method, `did#fragment`; the wallet makes a key for it unless it has one.
        domain: who asks, so that an answer given elsewhere is not an answer here.
        challenge: at least 16 fresh random bytes.

    Raises:
        RefusedError: `hospital.key_not_proved`.
        AgentError: the agent did not answer.
    """
    multikey = await agent.create_key(kid)
    statement = {"type": "HospitalKeyProof", "did": did, "lei": lei, "domain": domain, "challenge": challenge.hex()}
    signed = await agent.sign([statement], verification_method=kid)
    if len(signed) != 1 or without_proof(signed[0]) != statement or not _signed_by(signed[0], kid, multikey):
        raise RefusedError(
            "hospital.key_not_proved",
            "The hospital's agent did not sign the challenge with the key it named.",
            "Check that the agent is this hospital's and runs our plugin.",
        )
    return multikey


def _signed_by(document: dict[str, object], kid: str, multikey: str) -> bool:
    proofs = proofs_of(document)
    if len(proofs) != 1 or proofs[0].get("verificationMethod") != kid or proofs[0].get("proofPurpose") != "assertionMethod":
        return False
    try:
        public_key = decode_multikey(multikey)
    except FormatError:
        return False
    return check_proof(document, proofs[0], public_key) is Outcome.VALID

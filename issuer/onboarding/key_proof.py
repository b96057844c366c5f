"""A hospital proves that a key is in its agent's wallet: the agent signs a challenge nobody has seen before.

Order: make (or find) the key under its id in the wallet; let the agent sign a statement with a fresh challenge; verify the
signature here, with the verifier's code, under the key the wallet named. Nothing the agent says about itself is believed.
"""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.tables import Hospital, HospitalKey
from schemas.errors import FormatError, RefusedError, StateError
from schemas.keys import decode_multikey
from verifier.fetch import LOOPBACK_HOSTS
from verifier.identity.did import DOCUMENT_LIMITS, resolve_did
from verifier.identity.did_document import DidDocument
from verifier.proofs import Outcome, check_proof, proofs_of, without_proof

if TYPE_CHECKING:
    from agents.client import AgentClient


async def next_key(context: IssuerContext, hospital: Hospital) -> tuple[str, str]:
    """The verification method and the Multikey that a hospital's next rotation leads to; the wallet makes it on first call.

    Whoever issues the hospital's DID binding needs the new key before it is used.

    Raises:
        AgentError: the agent did not answer. StateError: `clinic.own_agent`.
    """
    kid = await _next_method(context, hospital)
    return kid, await _agent(context, hospital).create_key(kid)


async def prove_next_key(context: IssuerContext, hospital: Hospital) -> tuple[str, str]:
    """The hospital's next key, after its agent proved that it can sign with it.

    Raises: as `prove_key`.
    """
    kid = await _next_method(context, hospital)
    multikey = await prove_key(
        _agent(context, hospital),
        did=hospital.did,
        lei=hospital.lei,
        kid=kid,
        domain=context.settings.public_url,
        challenge=context.entropy(16),
    )
    return kid, multikey


async def read_document(context: IssuerContext, did: str) -> DidDocument:
    """The DID document of `did`, read where the world reads it.

    Raises:
        FormatError, SourceError: it cannot be read.
    """
    # A document on this machine is only looked for when this service is on this machine alone.
    local = urlsplit(context.settings.public_url).hostname in LOOPBACK_HOSTS
    return await resolve_did(did, context.http, limits=replace(DOCUMENT_LIMITS, allow_loopback=local))


def _agent(context: IssuerContext, hospital: Hospital) -> "AgentClient":
    if context.settings.is_clinic(hospital.slug):
        raise StateError(
            "clinic.own_agent",
            "A clinic's agent is not driven from here: the clinic itself signs a challenge.",
            "medcred clinic bind SLUG says how.",
        )
    return context.agents[hospital.slug]


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

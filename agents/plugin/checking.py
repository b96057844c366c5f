"""What an agent checks before it keeps a credential, and what it says about a presentation it received.

A credential: signed by a key its issuer's DID lists, and by the did:key of its signer when it names one. A presentation: signed
with our challenge and domain by its holder, and every credential in it signed by its issuer and about that holder. Trust in the
issuer, validity, status, receipts and consent are the verifier's and not judged here.
"""

from collections.abc import Mapping
from typing import Any

from acapy_agent.core.profile import Profile

from agents.plugin.data_integrity import data_integrity_proofs, signature_holds
from agents.plugin.keys import public_key
from agents.plugin.rdfc import RdfcWorker
from schemas.errors import RefusedError
from schemas.keys import encode_multikey

CREDENTIALS_IN_ONE_PRESENTATION = 64


async def check_credential(profile: Profile, credential: Mapping[str, Any]) -> None:
    """Pass when the credential carries a proof we know by its issuer, one by its signer if it names one, and all of those hold.

    Raises:
        RefusedError: `proof.missing`, `proof.purpose`, `proof.invalid`, `proof.key_*`, or from the rdfc worker.
        SourceError: `proof.key_unanswered`.
    """
    issuer = credential.get("issuer")
    issuer_id = issuer.get("id") if isinstance(issuer, dict) else issuer
    signer = credential.get("signer")
    signer_id = signer.get("id") if isinstance(signer, dict) else None
    if signer is not None and not str(signer_id).startswith("did:key:"):
        raise _missing()  # another DID would let a stranger choose what is resolved here
    keys = await check_signed(profile, credential, controller=issuer_id, purpose="assertionMethod", beside=signer_id)
    if signer is not None and not any(method.partition("#")[0] == signer_id for method in keys):
        raise _missing()


async def check_presentation(profile: Profile, presentation: Mapping[str, Any], *, challenge: str, domain: str) -> None:
    """Pass when holder, challenge, domain and every credential fit together.

    Raises:
        RefusedError, SourceError: as above, and `presentation.challenge`, `presentation.not_subject`, `presentation.credentials`.
    """
    proofs = data_integrity_proofs(presentation)
    if any(proof.get("challenge") != challenge or proof.get("domain") != domain for proof in proofs):
        raise RefusedError("presentation.challenge", "The presentation answers another request.", "Ask again.")
    holder = presentation.get("holder")
    await check_signed(profile, presentation, controller=holder, purpose="authentication")
    credentials = presentation.get("verifiableCredential", [])
    if not isinstance(credentials, list) or len(credentials) > CREDENTIALS_IN_ONE_PRESENTATION:
        raise RefusedError("presentation.credentials", "The credentials of this presentation cannot be read.", "")
    for credential in credentials:
        if not isinstance(credential, dict) or subject_id(credential) != holder:
            raise RefusedError("presentation.not_subject", "The presenter is not the subject of the credential.", "")
        await check_credential(profile, credential)


def subject_id(credential: Mapping[str, Any]) -> str | None:
    """The DID a credential is about."""
    subject = credential.get("credentialSubject")
    identifier = subject.get("id") if isinstance(subject, dict) else None
    return identifier if isinstance(identifier, str) else None


async def check_signed(
    profile: Profile, document: Mapping[str, Any], *, controller: object, purpose: str, beside: object = None
) -> dict[str, str]:
    """The keys that signed a document, verification method → Multikey, when it carries a proof we know and all of those hold.

    Every key is the controller's, or that of `beside`, a DID that may sign as well; at least one is the controller's.

    Raises:
        RefusedError, SourceError: as `check_credential`.
    """
    keys: dict[str, str] = {}
    proofs = data_integrity_proofs(document)
    if not isinstance(controller, str):
        raise _missing()
    rdfc = profile.inject(RdfcWorker)
    for proof in proofs:
        if proof.get("proofPurpose") != purpose:
            raise RefusedError("proof.purpose", "The proof was made for another purpose.", "")
        method = proof.get("verificationMethod")
        is_beside = isinstance(beside, str) and isinstance(method, str) and method.partition("#")[0] == beside
        key = await public_key(profile, method, controller=str(beside) if is_beside else controller, purpose=purpose)
        if not await signature_holds(document, proof, key, rdfc):
            raise RefusedError("proof.invalid", "The signature does not fit the content.", "It was altered, or signed wrongly.")
        keys[proof["verificationMethod"]] = encode_multikey(key)
    if not any(method.partition("#")[0] == controller for method in keys):
        raise _missing()
    return keys


def _missing() -> RefusedError:
    return RefusedError("proof.missing", "There is no proof that can be checked here.", "")

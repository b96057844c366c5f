"""ACA-Py's own suites (Ed25519Signature2018 and 2020, EcdsaSecp256r1Signature2019), with RDF canonicalised in the worker process.

They canonicalise in the event loop, before they look at the signature: a poison graph from any peer would stop the agent for
hours. Here what is to be hashed is only noted when they ask for it, and hashed by the worker (`agents.plugin.rdfc`) when the
signature is made or checked. What the worker refuses has no valid signature.
"""

from dataclasses import dataclass
from typing import Any

from acapy_agent.vc.ld_proofs.constants import SECURITY_CONTEXT_URL
from acapy_agent.vc.ld_proofs.error import LinkedDataProofException
from acapy_agent.vc.ld_proofs.suites.ed25519_signature_2020 import Ed25519Signature2020
from acapy_agent.vc.ld_proofs.suites.jws_linked_data_signature import JwsLinkedDataSignature
from acapy_agent.vc.ld_proofs.suites.linked_data_signature import LinkedDataSignature

from agents.plugin.data_integrity import Json
from agents.plugin.rdfc import RdfcWorker
from schemas.errors import RefusedError

SIGNATURE_MEMBERS = ("jws", "signatureValue", "proofValue")


@dataclass(frozen=True)
class _ToHash:
    """What a suite will sign or check, not yet canonicalised."""

    document: Json
    options: Json


def install(worker: RdfcWorker) -> None:
    """Let ACA-Py's suites ask `worker`."""
    LinkedDataSignature._create_verify_data = _note
    for suite in (JwsLinkedDataSignature, Ed25519Signature2020):
        suite.sign = _hashing_first(suite.sign, worker)
        suite.verify_signature = _hashing_first(suite.verify_signature, worker)


def _note(self: LinkedDataSignature, *, proof: Json, document: Json, document_loader: object) -> _ToHash:
    options = {name: value for name, value in proof.items() if name not in SIGNATURE_MEMBERS}
    return _ToHash(document, options | {"@context": document.get("@context") or SECURITY_CONTEXT_URL})


def _hashing_first(stock: Any, worker: RdfcWorker) -> Any:
    async def with_hash(self: LinkedDataSignature, *, verify_data: _ToHash, **more: Any) -> Any:
        try:
            data = await worker.hash_data(verify_data.document, verify_data.options)
        except RefusedError as error:
            raise LinkedDataProofException(f"{error.code}: {error.message}") from error
        return await stock(self, verify_data=data, **more)

    return with_hash

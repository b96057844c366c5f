"""Credentials as a hospital issues them, from every sample bundle, with receipts of a real log; the keys are those of the
verifier's small world, so its trust list vouches for them."""

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from issuer.onboarding.did_document import CONTEXTS, did_document
from issuer.onboarding.tables import HospitalKey
from ledger.commitment import credential_commitment
from ledger.database import open_database
from ledger.operator import Operator
from ledger.witness.cosigning import Witness
from ledger.witnessing import WitnessClient
from schemas import samples
from schemas.contexts import frozen_contexts
from schemas.credential import bind_subject, new_credential
from schemas.fhir import Attachment, drafts, read_bundle
from schemas.fhir.attachments import DICOM, PDF
from schemas.keys import did_key_method, encode_multikey
from storage.clock import FixedClock
from storage.migrate import migrate_sync
from tests.verifier import world

type Json = dict[str, Any]

FILES = (("imaging-report.dcm", DICOM), ("imaging-report.pdf", PDF))


def sample_credentials() -> list[Json]:
    """An unsigned credential for each draft of each sample bundle, about the patient of the small world."""
    credentials = []
    for name in samples.BUNDLES:
        files = (
            [Attachment(file, kind, samples.sample_file(file)) for file, kind in FILES] if name == samples.IMAGING_REPORT else []
        )
        for draft in drafts(read_bundle(samples.bundle(name)), attachments=files):
            credential = new_credential(
                draft,
                issuer=world.HK,
                credential_id=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {len(credentials)}')}",
                valid_from=world.ISSUED,
                valid_until=None,
                status=world.unsigned()["credentialStatus"],
                salt=hashlib.sha256(name.encode()).digest()[:16],
            )
            credentials.append(bind_subject(credential, world.HOLDER))
    return credentials


def witnessed(credentials: Sequence[Json], folder: Path) -> list[Json]:
    """The signed credentials with the receipts of a log that runs here, on SQLite, with one witness."""
    return asyncio.run(_witnessed(credentials, folder))


async def _witnessed(credentials: Sequence[Json], folder: Path) -> list[Json]:
    clock = FixedClock(world.ISSUED + timedelta(seconds=10))
    engines = []
    for room in ("ledger", "ledger.witness"):
        url = f"sqlite:///{folder / room}.db"
        migrate_sync(url, room)
        engines.append(open_database(url))
    witness = Witness(engines[1], world.WITNESS_KEY, [world.LOG_KEY.verifier_key], clock)
    commitments = [credential_commitment(credential) for credential in credentials]
    try:
        async with httpx.AsyncClient(transport=httpx.MockTransport(_serve(witness))) as http:
            client = WitnessClient("http://witness.test", world.WITNESS_KEY.verifier_key, http)
            operator = Operator(engines[0], world.LOG_KEY, [client], 1, clock, secrets.token_bytes)
            await operator.submit(commitments)
            await operator.step()
            receipts = await operator.receipts(commitments)
    finally:
        for engine in engines:
            engine.dispose()
    pairs = zip(credentials, commitments, strict=True)
    return [world.with_receipt(credential, receipts[commitment.digest]) for credential, commitment in pairs]


def _serve(witness: Witness) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        answer = witness.add_checkpoint(request.content)
        return httpx.Response(answer.status, text=answer.body, headers={"Content-Type": answer.media_type})

    return handle


def documents() -> Json:
    """What a verifier elsewhere has at hand: the frozen contexts, and the DID documents of hospital, patient and thief."""
    keys = {"key-0": world.HK_OLD_KEY, "key-1": world.HK_KEY}
    multikeys = {name: encode_multikey(key.public_key().public_bytes_raw()) for name, key in keys.items()}
    known = [hospital_document(multikeys), did_key_document(world.HOLDER), did_key_document(world.THIEF)]
    return {**frozen_contexts(), **{document["id"]: document for document in known}}


def hospital_document(multikeys: Mapping[str, str]) -> Json:
    """The hospital's DID document as the issuer publishes it; all keys but the last are retired."""
    *_, newest = multikeys
    keys = [
        HospitalKey(id=f"{world.HK}#{name}", multikey=multikey, valid_until=None if name == newest else world.BOUND)
        for name, multikey in multikeys.items()
    ]
    return did_document(world.HK, keys)


def did_key_document(did: str) -> Json:
    """The DID document that a did:key stands for (did:key method §3.1)."""
    key = {"id": did_key_method(did), "type": "Multikey", "controller": did, "publicKeyMultibase": did.removeprefix("did:key:")}
    return {
        "@context": CONTEXTS,
        "id": did,
        "verificationMethod": [key],
        "authentication": [key["id"]],
        "assertionMethod": [key["id"]],
    }

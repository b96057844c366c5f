"""Where a wallet keeps its credentials: ACA-Py's own store, so that its other routes see them too."""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from acapy_agent.core.profile import Profile
from acapy_agent.storage.error import StorageDuplicateError, StorageNotFoundError
from acapy_agent.storage.vc_holder.base import VCHolder
from acapy_agent.storage.vc_holder.vc_record import VCRecord

from agents.plugin.checking import subject_id
from agents.plugin.data_integrity import PROOF_TYPE, Json
from agents.request import VOCABULARY
from schemas.canonical import canonicalize
from schemas.contexts import MEDCRED_V1
from schemas.errors import NotFoundError

log = logging.getLogger(__name__)

MOST = 10_000
RECORD_ID_LENGTH = 32


async def store(profile: Profile, credential: Mapping[str, Any]) -> None:
    """Keep a credential that was checked. The record is named after its bytes, so the same one is kept once."""
    issuer = credential["issuer"]
    record = VCRecord(
        contexts=[context for context in credential["@context"] if isinstance(context, str)],
        expanded_types=_types(credential),
        issuer_id=issuer["id"] if isinstance(issuer, dict) else issuer,
        subject_ids=[subject] if (subject := subject_id(credential)) else [],
        schema_ids=[],
        proof_types=[PROOF_TYPE],
        cred_value=credential,
        given_id=credential.get("id"),
        record_id=hashlib.sha256(canonicalize(credential)).hexdigest()[:RECORD_ID_LENGTH],
    )
    try:
        await profile.inject(VCHolder).store_credential(record)
    except StorageDuplicateError:
        log.info("this credential is held already")


async def held(profile: Profile) -> list[tuple[str, Json]]:
    """Record id and credential of everything stored here."""
    search = profile.inject(VCHolder).search_credentials()
    try:
        return [(record.record_id, record.cred_value) for record in await search.fetch(MOST)]
    finally:
        await search.close()


async def credential(profile: Profile, record_id: str) -> Json:
    """One stored credential.

    Raises:
        NotFoundError: `record.unknown`.
    """
    try:
        record = await profile.inject(VCHolder).retrieve_credential_by_id(record_id)
    except StorageNotFoundError as error:
        raise NotFoundError("record.unknown", "This wallet holds no such credential.", "It may have been deleted.") from error
    value: Json = record.cred_value
    return value


def _types(credential: Mapping[str, Any]) -> list[str]:
    """The types as stock queries look for them: expanded where our own context defines them, else as written."""
    ours = MEDCRED_V1 in credential["@context"]
    expanded = {"VerifiableCredential": "https://www.w3.org/2018/credentials#VerifiableCredential"}
    return [expanded.get(kind, VOCABULARY + kind if ours else kind) for kind in credential["type"] if isinstance(kind, str)]

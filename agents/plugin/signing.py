"""Signing with a key that never leaves the wallet: the key is fetched once, then each document's 64-byte hash is signed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from acapy_agent.core.profile import Profile

from agents.plugin.data_integrity import Json, hash_data, proof_options, with_proof
from agents.plugin.keys import wallet_key
from agents.plugin.rdfc import RdfcWorker
from schemas.errors import FormatError, StateError

# Documents signed before the event loop gets a turn: about 10 ms of work.
TURN = 16


async def sign_documents(
    profile: Profile,
    documents: Sequence[Mapping[str, Any]],
    *,
    verification_method: str,
    purpose: str,
    cryptosuite: str,
    created: str,
    challenge: str = "",
    domain: str = "",
) -> list[Json]:
    """The documents, each with one Data Integrity proof more.

    Raises:
        StateError: `key.unknown`, `document.unsignable`. RefusedError: `proof.cryptosuite` and the rdfc worker's.
    """
    async with profile.session() as session:
        key = await wallet_key(session, verification_method)
    rdfc = profile.inject(RdfcWorker)
    signed: list[Json] = []
    for number, document in enumerate(documents, start=1):
        options = proof_options(
            document,
            cryptosuite=cryptosuite,
            verification_method=verification_method,
            purpose=purpose,
            created=created,
            challenge=challenge,
            domain=domain,
        )
        try:
            data = await hash_data(document, options, rdfc)
        except FormatError as error:
            raise StateError("document.unsignable", f"Document {number} of the batch: {error.message}", error.hint) from error
        signed.append(with_proof(document, options, key.sign_message(data)))
        if number % TURN == 0:
            await asyncio.sleep(0)
    return signed

"""A clinic's key, proved from afar: this service does not drive a clinic's agent, as it does a hospital's.

    challenge_for   what the clinic is to sign; it holds for fifteen minutes and for the application as it is now
    prove_clinic    the answer is taken when the key in the clinic's own DID document made it

The challenge carries its own end and a MAC of this service, so that nothing is kept of challenges nobody answers.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.key_proof import read_document
from issuer.onboarding.tables import Hospital, HospitalKey
from schemas.canonical import canonicalize
from schemas.errors import RefusedError
from schemas.keys import encode_multikey
from verifier.identity.clinic_proof import clinic_statement, proved_method

HOLDS = timedelta(minutes=15)


def challenge_for(context: IssuerContext, clinic: Hospital) -> dict[str, str]:
    """The statement that a clinic is to sign."""
    nonce = context.entropy(16).hex()
    until = int((context.clock.now() + HOLDS).timestamp())
    return _statement(context, clinic, f"{nonce}.{until}.{_mac(context, clinic, nonce, until)}")


async def prove_clinic(context: IssuerContext, clinic: Hospital, signed: Mapping[str, Any]) -> tuple[str, str]:
    """The verification method and the Multikey that a clinic proved.

    Raises:
        RefusedError: `clinic.challenge`, `clinic.key_not_proved`, `clinic.key_known`.
        FormatError, SourceError: the clinic's DID document cannot be read at its address.
    """
    challenge = signed.get("challenge")
    if not isinstance(challenge, str) or not _is_ours(context, clinic, challenge):
        raise RefusedError(
            "clinic.challenge",
            "This challenge was not given for this application, or its time is over.",
            "Ask for a new one, and let the clinic sign it within fifteen minutes.",
        )
    document = await read_document(context, clinic.did)
    method = proved_method(signed, _statement(context, clinic, challenge), document)
    async with context.database.begin() as session:
        known = await session.scalar(select(HospitalKey.id).where(HospitalKey.id == method))
    if known is not None:
        raise RefusedError(
            "clinic.key_known", "This key is listed already.", "A clinic's new key stands in its document under a new id."
        )
    return method, encode_multikey(document.keys[method])


def _statement(context: IssuerContext, clinic: Hospital, challenge: str) -> dict[str, str]:
    return clinic_statement(did=clinic.did, lei=clinic.lei, domain=context.settings.public_url, challenge=challenge)


def _is_ours(context: IssuerContext, clinic: Hospital, challenge: str) -> bool:
    nonce, _, rest = challenge.partition(".")
    until, _, mac = rest.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) <= 12):
        return False
    if not hmac.compare_digest(mac.encode(), _mac(context, clinic, nonce, int(until)).encode()):
        return False
    return context.clock.now() < datetime.fromtimestamp(int(until), UTC)


def _mac(context: IssuerContext, clinic: Hospital, nonce: str, until: int) -> str:
    about = ["clinic challenge", clinic.slug, clinic.did, clinic.lei, clinic.applied_at.isoformat(), nonce, str(until)]
    secret = context.settings.session_secret.get_secret_value().encode()
    return hmac.new(secret, canonicalize(about), hashlib.sha256).hexdigest()

"""A wallet's answer to a clinic: the VC 2.0 presentation with the patient's grant in it.

Order: the request is readable, the records are held, each was asked for, all are about one DID, that DID's key is in this wallet,
build, sign. The grant (`termsOfUse`) says to whom, what for and until when, in the request's own words; the holder's signature
covers it. A DID proof is a presentation without credentials, signed by the did:key the caller names.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from acapy_agent.core.profile import Profile

from agents.plugin.checking import subject_id
from agents.plugin.data_integrity import JCS, Json
from agents.plugin.holding import credential
from agents.plugin.present_format import is_request
from agents.plugin.signing import sign_documents
from agents.request import PresentationRequest
from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.errors import FormatError, StateError
from schemas.keys import did_key_method


def readable_request(attachment: object) -> PresentationRequest:
    """The request in a stored attachment.

    Raises:
        StateError: `request.unreadable`, not one of ours, or one that hides who asks, what for or until when.
    """
    if not is_request(attachment):
        raise StateError("request.unreadable", "This request is not one this wallet can answer.", "Decline it.")
    try:
        return PresentationRequest.from_dif(attachment)
    except FormatError as error:
        raise StateError(error.code, error.message, error.hint) from error


async def presentation(
    profile: Profile, request: PresentationRequest, record_ids: Sequence[str], holder_did: str | None, now: datetime
) -> Json:
    """The signed presentation that answers `request`.

    Raises:
        StateError: `share.nothing`, `share.not_requested`, `share.not_subject`, `share.holder_did`, `share.expired`.
        NotFoundError: `record.unknown`.
    """
    if request.valid_until <= now:
        raise StateError("share.expired", "The time this request asks for is over.", "Ask the clinic to make a new one.")
    records = [await credential(profile, record_id) for record_id in record_ids]
    holder = _did_to_prove(records, holder_did) if request.is_did_proof else _subject(request, records)
    document = _document(request, records, holder)
    try:
        signed = await sign_documents(
            profile,
            [document],
            verification_method=did_key_method(holder),
            purpose="authentication",
            cryptosuite=JCS,
            created=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            challenge=request.challenge,
            domain=request.domain,
        )
    except StateError as error:
        if error.code != "key.unknown":
            raise
        # The record came from elsewhere: this wallet cannot speak for its subject.
        raise _not_subject() from error
    return signed[0]


def _did_to_prove(records: Sequence[Json], holder_did: str | None) -> str:
    if records or not holder_did or not holder_did.startswith("did:key:z6Mk"):
        raise StateError("share.holder_did", "This request asks for the proof of a did:key, and for no record.", "Name the DID.")
    return holder_did


def _subject(request: PresentationRequest, records: Sequence[Json]) -> str:
    if not records:
        raise StateError("share.nothing", "No record was chosen.", "Choose one, or decline.")
    if not all(request.wants(record) for record in records):
        raise StateError("share.not_requested", "A chosen record is not of a kind that was asked for.", "Leave it out.")
    subjects = {subject_id(record) for record in records}
    subject = subjects.pop()
    if subjects or subject is None or not subject.startswith("did:key:"):
        raise _not_subject()
    return subject


def _not_subject() -> StateError:
    return StateError(
        "share.not_subject",
        "The records are not all about one DID of this wallet.",
        "A record can only be shared from the wallet it was issued to.",
    )


def _document(request: PresentationRequest, records: Sequence[Json], holder: str) -> Json:
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, MEDCRED_V1],
        "type": ["VerifiablePresentation"],
        "holder": holder,
    }
    if records:
        document["verifiableCredential"] = list(records)
        document["termsOfUse"] = [
            {
                "type": "ShareGrant",
                "recipient": request.domain,
                "purpose": request.purpose,
                "validUntil": request.valid_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ]
    return document

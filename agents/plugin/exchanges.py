"""Exchange records as our routes show them: read straight from the stored JSON, with the attachment decoded.

ACA-Py's own record routes build some thirty model objects for one record; a controller that polls would spend the agent's time
on that.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from acapy_agent.core.profile import Profile
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.protocols.present_proof.v2_0.models.pres_exchange import V20PresExRecord
from acapy_agent.storage.base import BaseStorage
from acapy_agent.storage.error import StorageNotFoundError
from acapy_agent.storage.record import StorageRecord

from agents.plugin.checking import subject_id
from agents.plugin.data_integrity import Json
from schemas.errors import NotFoundError

ERROR_LENGTH = 200
# present-proof 2.0 by Presentation Exchange, issue-credential 2.0 by JSON-LD.
_FORMATS = ("dif/", "aries/")

# Exchange id, thread id, stored value.
type Found = tuple[str, str, Json]


async def credential_exchange(profile: Profile, exchange_id: str) -> Json:
    """One credential exchange. Raises NotFoundError `exchange.unknown`."""
    return _credential_view(*await _stored(profile, V20CredExRecord.RECORD_TYPE, exchange_id))


async def presentation_exchange(profile: Profile, exchange_id: str) -> Json:
    """One presentation exchange. Raises NotFoundError `exchange.unknown`."""
    return _presentation_view(*await _stored(profile, V20PresExRecord.RECORD_TYPE, exchange_id))


def credential_exchange_now(record: V20CredExRecord) -> Json:
    """A credential exchange that was just saved, without reading it again."""
    return _credential_view(record.cred_ex_id, record.thread_id, record.record_value)


def presentation_exchange_now(record: V20PresExRecord) -> Json:
    """A presentation exchange that was just saved, without reading it again."""
    return _presentation_view(record.pres_ex_id, record.thread_id, record.record_value)


async def credential_exchanges(profile: Profile, filters: Mapping[str, str]) -> list[Json]:
    """All credential exchanges that fit."""
    return [_credential_view(*found) for found in await _all_stored(profile, V20CredExRecord.RECORD_TYPE, filters)]


async def presentation_exchanges(profile: Profile, filters: Mapping[str, str]) -> list[Json]:
    """All presentation exchanges that fit."""
    return [_presentation_view(*found) for found in await _all_stored(profile, V20PresExRecord.RECORD_TYPE, filters)]


def attachment(message: Mapping[str, Any] | None) -> Any:
    """The JSON that a stored message attaches in the format the plugin answers, or None.

    A message may attach several things. What is shown must be what is answered, so the attachment is found as ACA-Py finds it:
    by the first entry of `formats` with that format.
    """
    formats = (message or {}).get("formats", ())
    wanted = next((each["attach_id"] for each in formats if each["format"].startswith(_FORMATS)), None)
    for name, attached in (message or {}).items():
        if not name.endswith("~attach"):
            continue
        for each in attached:
            if each.get("@id") == wanted:
                return _content(each["data"])
    return None


def _content(data: Mapping[str, Any]) -> Any:
    if "json" in data:
        return data["json"]
    text = data["base64"].replace("-", "+").replace("_", "/")
    return json.loads(base64.b64decode(text + "=" * (-len(text) % 4)))


async def _stored(profile: Profile, kind: str, exchange_id: str) -> Found:
    async with profile.session() as session:
        try:
            return _read(await session.inject(BaseStorage).get_record(kind, exchange_id))
        except StorageNotFoundError as error:
            raise NotFoundError("exchange.unknown", "This agent knows no such exchange.", "It may have been deleted.") from error


async def _all_stored(profile: Profile, kind: str, filters: Mapping[str, str]) -> list[Found]:
    # The thread is the one tag ACA-Py stores with an exchange; the rest is compared here.
    tags = {"thread_id": filters["thread_id"]} if "thread_id" in filters else None
    async with profile.session() as session:
        found = [_read(record) for record in await session.inject(BaseStorage).find_all_records(kind, tags)]
    others = {name: wanted for name, wanted in filters.items() if name != "thread_id"}
    return [each for each in found if all(each[2].get(name) == wanted for name, wanted in others.items())]


def _read(record: StorageRecord) -> Found:
    return record.id, record.tags.get("thread_id", ""), json.loads(record.value)


def _common(exchange_id: str, thread_id: str, value: Mapping[str, Any]) -> Json:
    error = value.get("error_msg")
    return {
        "id": exchange_id,
        "state": value["state"],
        "role": value["role"],
        "connection_id": value.get("connection_id"),
        "thread_id": thread_id,
        # The other side's words may be in it.
        "error": error[:ERROR_LENGTH] if error else None,
    }


def _credential_view(exchange_id: str, thread_id: str, value: Mapping[str, Any]) -> Json:
    requested = attachment(value.get("cred_request"))
    detail = requested or attachment(value.get("cred_offer")) or {}
    credential = attachment(value.get("cred_issue")) or detail.get("credential") or {}
    holder_did = subject_id(requested["credential"]) if requested else None
    return _common(exchange_id, thread_id, value) | {"holder_did": holder_did, "credential": credential}


def _presentation_view(exchange_id: str, thread_id: str, value: Mapping[str, Any]) -> Json:
    return _common(exchange_id, thread_id, value) | {
        "request": attachment(value.get("pres_request")),
        "presentation": attachment(value.get("pres")),
    }

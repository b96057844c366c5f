"""Offers: what may be offered, and finding the offer that was made already.

An outbox repeats what it does not know to have happened. The thread of an offer carries the credential's own UUID, and the
thread is what ACA-Py can look up; so the same credential offered again is the same exchange.
"""

import re
from collections.abc import Mapping
from typing import Any

from acapy_agent.core.profile import ProfileSession
from acapy_agent.protocols.issue_credential.v2_0.message_types import CRED_20_OFFER
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_format import V20CredFormat
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from marshmallow import ValidationError

from agents.plugin.data_integrity import Json
from agents.plugin.issue_format import CredentialFormat, is_detail
from schemas.errors import StateError

URN_UUID = re.compile(r"urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def check_offer(detail: Json) -> None:
    """Refuse what is not an unsigned VC 2.0 credential.

    Raises:
        StateError: `offer.malformed`.
    """
    try:
        if not is_detail(detail):
            raise ValidationError("credential: not VC 2.0")
        CredentialFormat.validate_fields(CRED_20_OFFER, detail)
    except ValidationError as error:
        raise StateError("offer.malformed", "This is not an unsigned VC 2.0 credential.", "See the VC Data Model 2.0.") from error


def thread_of(credential: Mapping[str, Any]) -> str | None:
    """The thread of a credential's first offer: the UUID of its id, when it has one."""
    found = URN_UUID.fullmatch(str(credential.get("id")))
    return found[1] if found else None


async def find_offer(
    session: ProfileSession, thread_id: str | None, detail: Json, connection_id: str | None
) -> tuple[V20CredExRecord | None, bool]:
    """The open exchange that offers just this over this connection, or None; and whether the thread's name is taken.

    Raises:
        StateError: `offer.repeated`, the credential's id was offered with other content.
    """
    if thread_id is None:
        return None, False
    made = await V20CredExRecord.query(
        session, {"thread_id": thread_id}, post_filter_positive={"role": V20CredExRecord.ROLE_ISSUER}
    )
    for record in made:
        if record.cred_offer.attachment(V20CredFormat.Format.LD_PROOF) != detail:
            raise StateError("offer.repeated", "A credential with this id and other content was offered.", "Give it a new id.")
        is_open = record.state != V20CredExRecord.STATE_ABANDONED
        if is_open and connection_id in (None, record.connection_id):
            return record, True
    return None, bool(made)

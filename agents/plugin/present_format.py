"""present-proof 2.0, attachment `dif/presentation-exchange`, for VC 2.0 presentations with Data Integrity proofs.

A wallet answers our requests through `/medcred/presentation-exchanges/{id}/share` (`agents.plugin.presenting`). The clinic's
agent keeps whatever presentation comes, right or wrong, so that the verifier can say what is wrong with it; `verified` in
ACA-Py's record is only what `agents.plugin.checking` can tell. Anything else goes to ACA-Py's own handler.
"""

# mypy: allow-subclassing-any

import json
from collections.abc import Mapping
from typing import Any

from acapy_agent.messaging.decorators.attach_decorator import AttachDecorator
from acapy_agent.protocols.present_proof.v2_0.formats.dif.handler import DIFPresFormatHandler
from acapy_agent.protocols.present_proof.v2_0.formats.handler import V20PresFormatHandlerError
from acapy_agent.protocols.present_proof.v2_0.message_types import PRES_20, PRES_20_REQUEST
from acapy_agent.protocols.present_proof.v2_0.messages.pres import V20Pres
from acapy_agent.protocols.present_proof.v2_0.messages.pres_format import V20PresFormat
from acapy_agent.protocols.present_proof.v2_0.models.pres_exchange import V20PresExRecord
from marshmallow import ValidationError

from agents.plugin.checking import check_presentation
from agents.plugin.data_integrity import PROOF_TYPE
from agents.request import PresentationRequest
from schemas.contexts import CREDENTIALS_V2
from schemas.errors import FormatError, MedcredError, RefusedError


class PresentationFormat(DIFPresFormatHandler):
    """Takes our requests and VC 2.0 presentations; hands the rest to `DIFPresFormatHandler`."""

    @classmethod
    def validate_fields(cls, message_type: str, attachment_data: Mapping[str, Any]) -> None:
        """Shape only. Raises marshmallow's ValidationError, as the caller expects."""
        if message_type == PRES_20_REQUEST and is_request(attachment_data):
            try:
                PresentationRequest.from_dif(attachment_data)
            except FormatError as error:
                raise ValidationError(error.message) from error
        elif message_type != PRES_20 or not is_presentation(attachment_data):
            super().validate_fields(message_type, attachment_data)

    async def create_pres(
        self, pres_ex_record: V20PresExRecord, request_data: dict[str, Any] | None = None
    ) -> tuple[V20PresFormat, AttachDecorator]:
        """Ours is answered through the medcred route, which checks that the holder is the subject."""
        if is_request(pres_ex_record.pres_request.attachment(self.format)):
            raise V20PresFormatHandlerError("Share through the medcred route.")
        made: tuple[V20PresFormat, AttachDecorator] = await super().create_pres(pres_ex_record, request_data)
        return made

    async def receive_pres(self, message: V20Pres, pres_ex_record: V20PresExRecord) -> bool:
        """Keep what came; stock checks refuse presentations that the verifier should see and name."""
        if is_request(pres_ex_record.pres_request.attachment(self.format)):
            return True
        return bool(await super().receive_pres(message, pres_ex_record))

    async def verify_pres(self, pres_ex_record: V20PresExRecord) -> V20PresExRecord:
        """Set `verified` to what this agent can tell."""
        request = pres_ex_record.pres_request.attachment(self.format)
        if not is_request(request):
            return await super().verify_pres(pres_ex_record)
        presentation = pres_ex_record.pres.attachment(self.format)
        options = request["options"]
        try:
            if not isinstance(presentation, dict):
                raise RefusedError("presentation.unreadable", "This is not one presentation.", "")
            await check_presentation(self.profile, presentation, challenge=options["challenge"], domain=options["domain"])
        except MedcredError as error:
            pres_ex_record.verified = json.dumps(False)
            pres_ex_record.verified_msgs = [error.code]
        else:
            pres_ex_record.verified = json.dumps(True)
        return pres_ex_record


def is_request(attachment: object) -> bool:
    """True for a request that takes Data Integrity proofs only: ours."""
    try:
        return bool(attachment["presentation_definition"]["format"]["ldp_vp"]["proof_type"] == [PROOF_TYPE])  # type: ignore[index]
    except (KeyError, TypeError):
        return False


def is_presentation(attachment: object) -> bool:
    """True for a VC 2.0 presentation with some proof."""
    if not isinstance(attachment, dict) or "proof" not in attachment:
        return False
    contexts = attachment.get("@context")
    return isinstance(contexts, list) and contexts[:1] == [CREDENTIALS_V2]
